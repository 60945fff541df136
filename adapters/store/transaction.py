"""The node's transaction: all port groups over one unit of work."""

from adapters.store.alarms import Alarms
from adapters.store.answered import Answered
from adapters.store.carrying import Carried
from adapters.store.counting import Counts
from adapters.store.dead import DeadLetters
from adapters.store.desk_base import BaseData
from adapters.store.desk_lines import DeskLines
from adapters.store.desk_mail import DeskMail
from adapters.store.desk_tasks import DeskTasks
from adapters.store.lateness import Lateness
from adapters.store.looking import Looks
from adapters.store.notices import Notices
from adapters.store.orders import Orders
from adapters.store.outside import Outside
from adapters.store.probes import Probes
from adapters.store.proofs import Proofs
from adapters.store.reclaiming import Reclaims
from adapters.store.records import Records
from adapters.store.recovery import Recovery
from adapters.store.searching import Search
from adapters.store.stamps import Stamps
from adapters.store.trust import Trust
from hub.errors import OutcomeUnknown


class SqlTransaction(
    Records,
    Recovery,
    Notices,
    Trust,
    DeskTasks,
    DeskLines,
    DeskMail,
    BaseData,
    Search,
    Looks,
    Counts,
    Alarms,
    Orders,
    DeadLetters,
    Outside,
    Probes,
    Proofs,
    Stamps,
    Answered,
    Lateness,
    Reclaims,
    Carried,
):
    """To add a port group: its module with its mixin, its name here, a migration."""

    over = False
    """Whether it was committed, or an attempt was made."""

    def commit(self) -> None:
        """Make it true."""
        assert not self.over, "a transaction ends once"
        self.over = True
        try:
            self.session.commit()
        except OutcomeUnknown:
            self.lanes.settle(self.lanes_written, certain=False)
            raise
        self.lanes.settle(self.lanes_written, certain=True)
