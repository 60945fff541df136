"""The pure middle: vouchers, seals, exchange, clearing, trust, lease and the parties' desks.

Nothing here does I/O, starts threads, reads a clock or writes a log: time, ids, stores, channels
and seal makers are arguments. Start reading at hub/voucher, then hub/exchange/service.py.
"""
