"""Fence, peers, journal lanes and checkpoints in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from adapters.embedded.memory_tables import Data, Table, Work
from hub import journal
from hub.clock import Instant
from hub.errors import Fenced
from hub.exchange import muteness
from hub.exchange.beats import Beat, PeerRow
from hub.exchange.muteness import NEWCOMERS, OPEN
from hub.exchange.recovery import known_until
from hub.exchange.succession import Heard, Stood, heard, since
from hub.fence import Fence
from hub.journal import GENESIS, Anchor, Checkpoint, Entry, LaneHeads
from hub.parties import NodeId


@dataclass(frozen=True, slots=True)
class LaneHead:
    """Where a lane stands."""

    n: int
    hash: bytes
    opened_at: Instant
    closed: bool = False


FENCE: Final = Table[str, Fence]("meta")
PEERS: Final = Table[NodeId, PeerRow]("peer")
FORMER: Final = Table[tuple[NodeId, str], None]("former_life")
"""Lives of neighbours' stores that are over: whatever still speaks in their name is not heard."""
ENTRIES: Final = Table[tuple[str, int], Entry]("journal")
HEADS: Final = Table[str, LaneHead]("lane_head")
CHECKPOINTS: Final = Table[int, Checkpoint]("checkpoint")


class Journal(Work):
    """Who is there, and what was recorded in which order."""

    def __init__(
        self,
        data: Data,
        now: Instant,
        before: Callable[[str], None],
        *,
        lanes: LaneHeads,
        writable: bool,
    ) -> None:
        super().__init__(data, now, before, writable=writable)
        self.fence = self.rows(FENCE)["fence"]
        """As at the start of the transaction."""
        self.incarnation = self.fence.incarnation
        self.lanes = lanes
        self.written: dict[str, tuple[int, bytes]] = {}
        """Lane heads that this transaction has moved."""

    def peers(self) -> Mapping[NodeId, PeerRow]:
        """Known neighbours."""
        self.before("peers")
        return {peer: row for peer, row in self.rows(PEERS).items() if peer != NEWCOMERS}

    def recovering(self, neighbours: Collection[NodeId]) -> set[NodeId]:
        """Which of these neighbours are still to be compared with."""
        self.before("recovering")
        states = {peer: row.state for peer, row in self.rows(PEERS).items()}
        return muteness.among(states, neighbours)

    def seen(self, beats: Sequence[Beat]) -> None:
        """Note beats; the newest per peer wins, those of a life that is over change nothing.

        Another life begins only with a beat that answers this store.
        """
        self.before("seen")
        for peer in sorted({beat.sender for beat in beats}):
            row = self.rows(PEERS).get(peer)
            former = {life for of, life in self.rows(FORMER) if of == peer}
            said = [beat for beat in beats if beat.sender == peer]
            life, answered = (row.incarnation, (row.last, row.said)) if row else ("", ("", ""))
            found = heard(life, former, said, self.incarnation, answered)
            for life in sorted(found.over):
                self.put(FORMER, (peer, life), None)
            if found.beat is not None:
                self._note(found.beat)
            if found.last is not None:
                self._answer(peer, found, row)

    def _answer(self, peer: NodeId, found: Heard, old: PeerRow | None) -> None:
        """Note what the next beat says to have heard, whether it is believed or not."""
        stood = Stood()
        if old is not None:
            stood = Stood(old.incarnation, old.last, old.said, old.last_since, old.unheard_since)
        last = found.last.incarnation if found.last else ""
        last_since, unheard_since = since(stood, found, self.incarnation, self.now)
        row = self.rows(PEERS)[peer]
        new = replace(
            row, last=last, said=found.said, last_since=last_since, unheard_since=unheard_since
        )
        if new != row:
            self.put(PEERS, peer, new)

    def _note(self, beat: Beat) -> None:
        peers = self.rows(PEERS)
        unseen = PeerRow(beat.sender, "", Instant(0), 0, b"", 0, 0, OPEN)
        old = peers.get(beat.sender) or peers.get(NEWCOMERS, unseen)
        said = Anchor(beat.incarnation, beat.checkpoint, beat.checkpoint_hash)
        held = journal.held(old.hold, said, self.now)
        row = replace(
            old,
            peer=beat.sender,
            incarnation=beat.incarnation,
            seen_at=self.now,
            checkpoint=held.anchor.number,
            checkpoint_hash=held.anchor.hash,
            trust_number=beat.trust_number,
            catalogue_release=beat.catalogue_release,
            marks=beat.marks,
            known_until=known_until(old.state, old.incarnation, old.known_until, beat),
            behind_since=held.behind_since,
            back_since=held.back_since,
        )
        self.put(PEERS, beat.sender, row)

    def let_go(self, peer: NodeId) -> None:
        """Hold nothing of this neighbour's journal any more until its next beat."""
        self.before("let_go")
        if row := self.rows(PEERS).get(peer):
            never = Instant(0)
            gone = replace(row, checkpoint=0, checkpoint_hash=b"", behind_since=never)
            self.put(PEERS, peer, replace(gone, back_since=never))

    def set_peer_state(self, peer: NodeId, state: str) -> None:
        """`open`, `recovering` or `set_aside`."""
        self.before("set_peer_state")
        unseen = PeerRow(peer, "", Instant(0), 0, b"", 0, 0, state)
        self.put(PEERS, peer, replace(self.rows(PEERS).get(peer, unseen), state=state))

    def append_journal(self, lane: str, payload: bytes) -> Entry:
        """Append to this process's lane."""
        self.before("append_journal")
        old = self.rows(HEADS).get(lane)
        head = (old.n, old.hash) if old else None
        if not (self.lanes.accept(lane, head) or (head and self.written.get(lane) == head)) or (
            old and old.closed
        ):
            raise Fenced("lane_taken", lane=lane)
        entry = journal.append(lane, head or (0, GENESIS), payload, self.now)
        self.put(ENTRIES, (lane, entry.n), entry)
        self.put(HEADS, lane, LaneHead(entry.n, entry.hash, old.opened_at if old else self.now))
        self.written[lane] = (entry.n, entry.hash)
        return entry

    def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint."""
        self.before("last_checkpoint")
        made = self.rows(CHECKPOINTS)
        return made[len(made)] if made else None

    def make_checkpoint(self) -> Checkpoint:
        """Hash all open lane heads, then close dead lanes."""
        self.before("make_checkpoint")
        made = self.rows(CHECKPOINTS)
        lanes = {lane: head for lane, head in self.rows(HEADS).items() if not head.closed}
        heads = [(lane, head.n, head.hash) for lane, head in lanes.items()]
        checkpoint = journal.next_checkpoint(made.get(len(made)), heads, self.now)
        self.put(CHECKPOINTS, checkpoint.number, checkpoint)
        opened = [(lane, head.opened_at) for lane, head in lanes.items()]
        for lane in sorted(journal.superseded(opened, self.incarnation)):
            self.put(HEADS, lane, replace(lanes[lane], closed=True))
        return checkpoint

    def raise_trust_state(self) -> int:
        """Count up `trust_state`."""
        self.before("raise_trust_state")
        fence = self.rows(FENCE)["fence"]
        raised = replace(fence, trust_state=fence.trust_state + 1)
        self.put(FENCE, "fence", raised)
        return raised.trust_state
