"""Payments from a CSV: octets → rows and bad cells → a plan of what to send.

`reader` turns any octets into cells, `columns` says what a cell must be, `rows` makes payment rows
with an identity, `plan` decides what is new, already sent, or held as a suspected duplicate. All
of it is pure: files, stores and the clock belong to the caller.
"""
