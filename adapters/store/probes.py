"""Questions of this node, one row an answer that is waited for."""

from collections.abc import Collection, Sequence

from sqlalchemy import Executable, bindparam, delete, select, update

from adapters.store.session import Forms
from adapters.store.tables import PROBE
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.exchange.probes import UNANSWERED, ProbeRow


def _old(_forms: Forms) -> Executable:
    return delete(PROBE).where(PROBE.c.sent_at < bindparam("before"))


def _answered(_forms: Forms) -> Executable:
    waiting = (
        PROBE.c.number == bindparam("of"),
        PROBE.c.party == bindparam("by"),
        PROBE.c.channel == bindparam("way"),
        PROBE.c.answered_at == UNANSWERED,
    )
    return update(PROBE).where(*waiting).values(answered_at=bindparam("now"))


def _found(forms: Forms) -> Executable:
    wanted = select(PROBE).where(forms.among(PROBE.c.number, "numbers"))
    return wanted.order_by(PROBE.c.number, PROBE.c.party)


class Probes(Unit):
    """What was asked, and when it was answered."""

    def put_probes(self, rows: Sequence[ProbeRow], before: Instant) -> None:
        """Record questions; those sent before that moment are forgotten."""
        self.session.run_each(_old, [{"before": before}])
        self.session.add_new(
            PROBE,
            sorted((r.number, r.party, r.channel, r.line, r.sent_at, r.answered_at) for r in rows),
        )

    def answer_probe(self, number: str, party: str, channel: str) -> bool:
        """Note an answer, now."""
        return self.session.run(_answered, of=number, by=party, way=channel, now=self.now) > 0

    def probes(self, numbers: Collection[str]) -> list[ProbeRow]:
        """Questions of these numbers, by number and party."""
        rows = self.session.rows_among(_found, "numbers", sorted(numbers))
        return sorted((ProbeRow(*row) for row in rows), key=lambda r: (r.number, r.party))
