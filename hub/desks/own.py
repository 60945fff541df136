"""A desk that decides nothing: the party's own system reads each voucher and answers it.

Every layer that arrives for the party becomes mail; what it says back goes through the window.
The node still verifies, signs for, seals and delivers: only the business is elsewhere.
"""

from collections.abc import Sequence

from hub.desks.mail import Mail
from hub.desks.ports import Bounce, DeskTransaction
from hub.desks.step import Step
from hub.exchange.model import Arrival, Role
from hub.voucher.model import LayerType


class OwnClerk:
    """Any party with a system of its own."""

    def recorded(self, tx: DeskTransaction, arrivals: Sequence[Arrival]) -> None:
        """New deliveries become mail; copies and documents have no business effect."""
        tx.add_mail(
            [
                Mail(
                    str(top.id), a.delivery.receiver, a.voucher.id.kind, a.voucher.id.division,
                    tx.now, a.voucher.digest,
                )
                for a in arrivals
                if a.delivery.role is Role.TO
                and (top := a.voucher.top).id.layer is not LayerType.DOCUMENT
            ]
        )  # fmt: skip

    def prepare(self, tx: DeskTransaction, step: Step) -> None:
        """There are no tasks."""
        assert tx.now
        step.finish()

    def conclude(self, tx: DeskTransaction, step: Step) -> None:
        """There are no intents."""
        assert tx.now
        step.finish()

    def phase(self, tx: DeskTransaction, name: str, day: str) -> int:
        """The party's own system plans its day."""
        assert tx.now
        assert name
        assert day
        return 0

    def bounced(self, tx: DeskTransaction, bounces: Sequence[Bounce], day: str) -> int:
        """The party's own system knows."""
        assert tx.now
        assert day
        assert not bounces, "there is no core"
        return 0
