"""Peers, journal lanes, checkpoints and the trust state."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Executable, bindparam, not_, select, update

from adapters.store.recovery_tables import FORMER_LIFE
from adapters.store.session import Forms, Row
from adapters.store.tables import CHECKPOINT, JOURNAL, LANE_HEAD, META, PEER
from adapters.store.unit import Unit
from hub import journal
from hub.clock import Instant
from hub.errors import Fenced
from hub.exchange import muteness
from hub.exchange.beats import Beat, PeerRow
from hub.exchange.model import Mark, MessageClass
from hub.exchange.muteness import NEWCOMERS, OPEN
from hub.exchange.recovery import known_until
from hub.exchange.succession import Heard, Stood, heard, since
from hub.journal import GENESIS, NO_ANCHOR, Anchor, Checkpoint, Entry, Hold
from hub.parties import NodeId

_BEAT: Final = ("incarnation", "seen_at", "checkpoint", "checkpoint_hash", "trust_number",
                "catalogue_release", "marks", "known_until", "behind_since",
                "back_since")  # fmt: skip
_NOTHING_HELD: Final[dict[str, Any]] = {
    "checkpoint": 0, "checkpoint_hash": b"", "behind_since": 0, "back_since": 0,
}  # fmt: skip
_ANSWERED: Final = ("last", "said", "last_since", "unheard_since")
_TO: Final = tuple(f"to_{name}" for name in _ANSWERED)
_UNANSWERED: Final[dict[str, Any]] = {"last": "", "said": "", "last_since": 0, "unheard_since": 0}


def _peers(_forms: Forms) -> Executable:
    return select(PEER).order_by(PEER.c.peer)


def peer_states(_forms: Forms) -> Executable:
    """How it stands with every neighbour."""
    row = (PEER.c.peer, PEER.c.state, PEER.c.incarnation, PEER.c.last, PEER.c.said)
    held = (PEER.c.known_until, PEER.c.checkpoint, PEER.c.checkpoint_hash)
    since = (PEER.c.last_since, PEER.c.behind_since, PEER.c.back_since, PEER.c.unheard_since)
    return select(*row, *held, *since)


def _former(forms: Forms) -> Executable:
    return select(FORMER_LIFE).where(forms.among(FORMER_LIFE.c.peer, "peers"))


def _seen(forms: Forms) -> Executable:
    new = forms.insert(PEER)
    return new.on_conflict_do_update(
        index_elements=["peer"], set_={name: new.excluded[name] for name in _BEAT}
    )


def _answered(_forms: Forms) -> Executable:
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in _ANSWERED}
    return update(PEER).where(PEER.c.peer == bindparam("of")).values(values)


def _let_go(_forms: Forms) -> Executable:
    return update(PEER).where(PEER.c.peer == bindparam("of")).values(_NOTHING_HELD)


def _set_state(forms: Forms) -> Executable:
    new = forms.insert(PEER)
    return new.on_conflict_do_update(index_elements=["peer"], set_={"state": new.excluded["state"]})


def _head(_forms: Forms) -> Executable:
    head = LANE_HEAD.c
    return select(head.n, head.hash, head.closed).where(head.lane == bindparam("lane"))


def _move_head(_forms: Forms) -> Executable:
    head = LANE_HEAD.c
    unmoved = (head.lane == bindparam("of"), head.n == bindparam("at_n"), not_(head.closed))
    return (
        update(LANE_HEAD)
        .where(*unmoved, head.hash == bindparam("at_hash"))
        .values(n=bindparam("to_n"), hash=bindparam("to_hash"))
    )


def _open_heads(_forms: Forms) -> Executable:
    return select(LANE_HEAD).where(not_(LANE_HEAD.c.closed)).order_by(LANE_HEAD.c.lane)


def _close_lanes(forms: Forms) -> Executable:
    return update(LANE_HEAD).where(forms.among(LANE_HEAD.c.lane, "lanes")).values(closed=True)


def _newest_checkpoint(_forms: Forms) -> Executable:
    return select(CHECKPOINT).order_by(CHECKPOINT.c.number.desc()).limit(1)


def _raise_trust(_forms: Forms) -> Executable:
    raised = update(META).where(META.c.id == 1).values(trust_state=META.c.trust_state + 1)
    return raised.returning(META.c.trust_state)


def heads_text(heads: Sequence[tuple[str, int, bytes]]) -> bytes:
    """Lane heads as lines, as a checkpoint keeps them."""
    return "\n".join(f"{lane} {n} {head.hex()}" for lane, n, head in heads).encode()


def _peer(row: Row) -> PeerRow:
    marks = (word.split(":") for word in row[8].split())
    read = tuple(
        Mark(MessageClass(c), int(n), bytes.fromhex(d), int(*more)) for c, n, d, *more in marks
    )
    values = [*row[:8], read, *row[9:]]
    return PeerRow(*values)


def _hold(row: Row | None) -> Hold:
    """What is held of a neighbour's journal, by its row of `peer_states`."""
    return Hold(Anchor(row[2], row[6], row[7]), row[9], row[10]) if row else Hold(NO_ANCHOR)


def _written(marks: Iterable[Mark]) -> str:
    return " ".join(f"{m.message_class}:{m.n}:{m.digest.hex()}:{m.ended}" for m in marks)


def read_checkpoint(row: Row) -> Checkpoint:
    """A checkpoint from its row."""
    lines = (line.rsplit(" ", 2) for line in row[3].decode().split("\n"))
    heads = tuple((lane, int(n), bytes.fromhex(head)) for lane, n, head in lines)
    return Checkpoint(row[0], row[1], row[2], heads)


class Journal(Unit):
    """Who is there, and what was recorded in which order."""

    def peers(self) -> Mapping[NodeId, PeerRow]:
        """Known neighbours."""
        rows = self.session.rows(_peers)
        return {row[0]: _peer(row) for row in rows if row[0] != NEWCOMERS}

    def recovering(self, neighbours: Collection[NodeId]) -> set[NodeId]:
        """Which of these neighbours are still to be compared with."""
        return muteness.among(self._peer_states(), neighbours) if neighbours else set()

    def _peer_states(self) -> dict[NodeId, str]:
        return {NodeId(row[0]): row[1] for row in self.session.rows(peer_states)}

    def seen(self, beats: Sequence[Beat]) -> None:
        """Note beats; the newest per peer wins, those of a life that is over change nothing.

        Another life begins only with a beat that answers this store, in this life of it: it may
        have been restored and have forgotten that a life was over.
        """
        known = {row[0]: row for row in self.session.rows(peer_states)} if beats else {}
        unmet = known[NEWCOMERS][1] if NEWCOMERS in known else OPEN
        lives: dict[NodeId, str] = {peer: row[2] for peer, row in known.items()}
        former = self._former(beats, lives)
        said: dict[NodeId, list[Beat]] = {}
        for beat in beats:
            said.setdefault(beat.sender, []).append(beat)
        stood = {peer: (row[1], row[2], row[5]) for peer, row in known.items()}
        answered = {peer: (row[3], row[4]) for peer, row in known.items()}
        found = {
            peer: heard(
                lives.get(peer, ""),
                former.get(peer, ()),
                said[peer],
                self.fence.incarnation,
                answered.get(peer, ("", "")),
            )
            for peer in sorted(said)
        }
        over = [(peer, life) for peer, one in found.items() for life in sorted(one.over)]
        self.session.add_new(FORMER_LIFE, over)
        held = {
            peer: journal.held(
                _hold(known.get(peer)),
                Anchor(one.life, one.beat.checkpoint, one.beat.checkpoint_hash),
                self.now,
            )
            for peer, one in found.items()
            if one.beat is not None
        }
        rows = [
            {
                "peer": peer,
                "incarnation": one.life,
                "seen_at": self.now,
                "checkpoint": held[peer].anchor.number,
                "checkpoint_hash": held[peer].anchor.hash,
                "behind_since": held[peer].behind_since,
                "back_since": held[peer].back_since,
                "trust_number": one.beat.trust_number,
                "catalogue_release": one.beat.catalogue_release,
                "state": unmet,
                "marks": _written(one.beat.marks),
                "known_until": known_until(*stood.get(peer, (unmet, "", Instant(0))), one.beat),
                **_UNANSWERED,
            }
            for peer, one in found.items()
            if one.beat is not None
        ]
        self.session.run_each(_seen, rows)
        self._answer(found, known)

    def let_go(self, peer: NodeId) -> None:
        """Hold nothing of this neighbour's journal any more until its next beat."""
        self.session.run(_let_go, of=peer)

    def _answer(self, found: Mapping[NodeId, Heard], known: Mapping[NodeId, Any]) -> None:
        """Note what the next beat says to have heard, whether it is believed or not."""
        rows = []
        for peer, one in found.items():
            if one.last is None:
                continue
            row: Any = known.get(peer)
            stood = Stood(row[2], row[3], row[4], row[8], row[11]) if row else Stood()
            moments = since(stood, one, self.fence.incarnation, self.now)
            new = (one.last.incarnation, one.said, *moments)
            if new != stood[1:]:
                rows.append({"of": peer, **dict(zip(_TO, new, strict=True))})
        self.session.run_each(_answered, rows)

    def _former(
        self, beats: Sequence[Beat], lives: Mapping[NodeId, str]
    ) -> Mapping[NodeId, set[str]]:
        """Lives that are over; looked up where a beat is not of the life that is known."""
        other = {b.sender for b in beats if lives.get(b.sender, "") != b.incarnation}
        former: dict[NodeId, set[str]] = {}
        for peer, life in self.session.rows_among(_former, "peers", sorted(other)):
            former.setdefault(NodeId(peer), set()).add(life)
        return former

    def set_peer_state(self, peer: NodeId, state: str) -> None:
        """`open`, `recovering` or `set_aside`."""
        row = {
            "peer": peer, "incarnation": "", "seen_at": 0, "trust_number": 0,
            "catalogue_release": 0, "state": state, "marks": "", "known_until": 0,
            **_NOTHING_HELD, **_UNANSWERED,
        }  # fmt: skip
        self.session.run_each(_set_state, [row])

    def append_journal(self, lane: str, payload: bytes) -> Entry:
        """Append to this process's lane."""
        head = self.lanes_written.get(lane) or self.lanes.certain(lane)
        if head is None:
            found = self.session.rows(_head, lane=lane)
            head = (found[0][0], found[0][1]) if found else None
            if not self.lanes.accept(lane, head):
                raise Fenced("lane_taken", lane=lane)
        entry = journal.append(lane, head or (0, GENESIS), payload, self.now)
        if head is None:
            self.session.add(LANE_HEAD, [(lane, entry.n, entry.hash, self.now, False)])
        else:
            moved = self.session.run(
                _move_head, of=lane, at_n=head[0], at_hash=head[1],
                to_n=entry.n, to_hash=entry.hash,
            )  # fmt: skip
            if moved != 1:
                raise Fenced("lane_taken", lane=lane)
        self.session.add(JOURNAL, [(lane, entry.n, entry.at, payload, entry.hash)])
        self.lanes_written[lane] = (entry.n, entry.hash)
        return entry

    def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint."""
        found = self.session.rows(_newest_checkpoint)
        return read_checkpoint(found[0]) if found else None

    def make_checkpoint(self) -> Checkpoint:
        """Hash all open lane heads, then close dead lanes."""
        lanes = self.session.rows(_open_heads)
        heads = [(row[0], row[1], row[2]) for row in lanes]
        made = journal.next_checkpoint(self.last_checkpoint(), heads, self.now)
        self.session.add(CHECKPOINT, [(made.number, made.at, made.hash, heads_text(made.heads))])
        dead = journal.superseded([(row[0], row[3]) for row in lanes], self.fence.incarnation)
        self.session.run_among(_close_lanes, "lanes", sorted(dead))
        return made

    def raise_trust_state(self) -> int:
        """Count up `trust_state`."""
        return int(self.session.rows(_raise_trust)[0][0])
