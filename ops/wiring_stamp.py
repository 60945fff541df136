"""Wiring of a node's stamping process: its store's windows, its authority."""

from adapters.store.windows import Windows
from hub.parties import NodeId
from hub.trust.view import View
from keys.tsa import TsaClient
from ops.leash import Leash
from ops.stamp import Stamping, Whose
from ops.wiring import Parts


def stamping(parts: Parts, leash: Leash) -> Stamping:
    """The loop. Required: settings name an authority.

    Raises:
        Misconfigured: `tsa_url`, and what the store and the trust raise.
    """
    settings, life = parts.settings, parts.fence.incarnation
    assert settings.tsa is not None, "begun only where one is set"

    def anchors() -> View:
        with parts.store.read() as tx:
            return parts.view(tx.fence.trust_state)

    client = TsaClient(settings.tsa.url, anchors, parts.suites)
    whose = Whose(settings.env, NodeId(settings.node), life, settings.tsa.late_minutes)
    windows = Windows(parts.store, settings.tsa.window_minutes)
    return Stamping(
        leash, windows.due, parts.store.begin, client.stamp, whose, parts.clock.now, parts.observe
    )
