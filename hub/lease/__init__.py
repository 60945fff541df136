"""The lease: who runs the singletons and, by default, who consumes. Pure decisions.

Data-path safety does not depend on it (PROTOCOL §6); start reading at tenancy.py.
"""
