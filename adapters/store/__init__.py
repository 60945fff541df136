"""A node's store in SQL: SQLite on one machine, PostgreSQL on several. `opening` is the entrance.

`tables` (and tables of other areas in the same METADATA) ← `session` with `sqlite` and `postgres`
(statements, bulk rows, the border) ← `unit` ← one module and mixin per port group (`records`,
`outbox`, `notices`, `journal`) ← `transaction` ← `store`. Beside them: `lease`, `verify`.

A new port group: its tables with `words`, `number`, `octets` of `tables`; a module with a mixin
over `Unit`, whose statements are functions of `Forms` (made once per store); its name among the
parents of `SqlTransaction`; a new file in `migrations/versions` (forward only, a test compares it
with the tables). Its double is a mixin over `adapters.embedded.memory_tables.Work`. Both run under
one suite in `tests/contract`. What must not be here: rules of the exchange or of a desk.
"""
