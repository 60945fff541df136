"""What people do to a node's trust at once: suspend something, or lift a suspension; guarded."""

from hub.clock import Instant
from hub.trust.model import LocalSuspension
from hub.trust.operators import Act
from hub.trust.revoking import lift, require_subject, require_suspended, suspend
from ops.guarded import Consent, require
from ops.wiring import Parts

SUSPEND, LIFT = "trust.suspend", "trust.lift"


def suspension(parts: Parts, subject: str, since: Instant, reason: str) -> Act:
    """The act of suspending, bound to this node: every node decides for itself.

    Raises:
        RuleBroken: `suspension_unknown`: nobody need sign what could not be done.
    """
    require_subject(subject, parts.view(parts.fence.trust_state).trust.register)
    arguments = {
        "node": parts.settings.node, "subject": subject, "since": str(since), "reason": reason,
    }  # fmt: skip
    return Act(parts.settings.env, SUSPEND, arguments)


def lifting(parts: Parts, subject: str) -> Act:
    """The act of taking a suspension back.

    Raises:
        RuleBroken: `suspension_unknown`.
    """
    with parts.store.read() as tx:
        require_suspended({subject}, tx.suspensions())
    return Act(parts.settings.env, LIFT, {"node": parts.settings.node, "subject": subject})


def do_suspend(parts: Parts, act: Act, consent: Consent) -> int:
    """Suspend; effective with the next transaction of every process. Returns the trust state.

    Raises:
        RuleBroken: what `guarded.require` raises.
        StoreDown: nothing was done.
    """
    told, line = act.arguments, require(parts, act, consent)
    row = LocalSuspension(told["subject"], Instant(int(told["since"])), told["reason"])
    return suspend(parts.store, parts.here(frozenset()), [row], line)


def do_lift(parts: Parts, act: Act, consent: Consent) -> int:
    """Take a suspension back; returns the trust state.

    Raises:
        RuleBroken: `suspension_unknown`, and what `guarded.require` raises.
        StoreDown: nothing was done.
    """
    line = require(parts, act, consent)
    return lift(parts.store, parts.here(frozenset()), [act.arguments["subject"]], line)
