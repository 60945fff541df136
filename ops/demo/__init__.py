"""`hubctl demo`: one day of payments on real node processes, with faults in the middle.

town (who lives there) → day (what is paid) → site (folders, settings, processes) → incidents
(forgeries, SIGKILL, a channel taken away) → run (the order of the day) → report (do all books
agree). Everything it makes is invented; no account, name or code belongs to anybody.
"""
