"""The lease: who runs the singletons and, by default, who consumes. Pure decisions.

Data-path safety does not depend on it (protocol 6); start reading at tenancy.py.
"""
