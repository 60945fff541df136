"""What `hubctl` has, and in which module of this folder: only what is asked for is read.

Its own help is made of this table. The nouns take their text from here; what is said of a verb is
the first line of the verb's own help.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Place(NamedTuple):
    """Where a noun or a verb without a noun is, and what is said of it."""

    module: str
    says: str


VERBS: Final[Mapping[str, Place]] = {
    "version": Place("version", "Show the version of this program."),
    "run": Place(
        "run", "Run a node: keeper, dispatcher and workers; stop it with SIGTERM or Ctrl-C."
    ),
    "demo": Place(
        "demo",
        "Run one day from the finance bureau to cleared and reconciled, and show that books agree.",
    ),
    "status": Place(
        "nodes", "Show what waits for whom, since when, until when, and what happens next."
    ),
    "check": Place("nodes", "Check a node: one line a check, OK, WARN or FAIL, and what to do."),
}
NOUNS: Final[Mapping[str, Place]] = {
    "voucher": Place(
        "voucher_conflicts", "Vouchers, as files and at a node."
    ),  # with the verbs of all its modules
    "seal": Place("seal", "Seals and signatures of any maker (GB/T 38540)."),
    "payments": Place("payments", "Payments from a CSV file."),
    "backup": Place("backup", "Backup sets: make, list, verify, restore."),
    "archive": Place("archive", "Days that left the store, each in a file that proves itself."),
    "breaks": Place("breaks", "Differences that reconciliation has found."),
    "drill": Place("drill", "Drills on a scratch site: timeline, RTO, RPO."),
    "resync": Place("resync", "After a restore: compare with neighbours, get back what was lost."),
    "alarm": Place("alarm", "What a person must do now."),
    "channel": Place("channels", "The ways vouchers travel."),
    "packet": Place("packet", "Packets and their answers as files that people carry."),
    "deadletter": Place("deadletter", "What brokers have given up on."),
    "parked": Place("parked", "Rows and tasks that wait for an operator."),
    "party": Place("party", "Whose vouchers are taken in and sent on, and how many."),
    "keys": Place("trust_next", "Keys, certificates, seals."),
    "trust": Place("trust_next", "Trust lists, CRLs, suspensions."),
    "operator": Place("trust_next", "Registered operators, their proposals and approvals."),
    "catalogue": Place("catalogue", "Releases of the catalogue of voucher kinds."),
    "basedata": Place("basedata", "Code lists and accounts that vouchers are checked against."),
    "route": Place("route", "Who gets what, and why."),
    "lease": Place("nodes", "Who of a node's instances may act."),
    "clearing": Place("nodes", "The phases of the business day."),
    "store": Place("store", "A node's records."),
}
