"""What people ask a node: status, checks, one voucher's trace. Read only.

`status` and `trace` turn what a store says into values; `checks` judges a node, one finding a
check; `channels` asks each channel. The commands show the values and decide nothing.
"""
