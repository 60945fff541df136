"""The exchange: moves verified vouchers between neighbours, loses none, doubles none.

model (values) ← pure deciders (inbox, outbox, routing, notices, statements, selector, presence)
← ports ← service. What must not be here: business of a party (hub/desks), SQL, pika, clocks.
"""
