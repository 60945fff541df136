"""A carried file at size: `python -m tests.bench.carry FOLDER COUNT [STAGE...]`; JSON lines.

Stages, in this order, each a process of its own: `site` makes keys and stores, `issue` puts COUNT
open rows at the bureau (asked again: as many more), `export`, `check`, `import` and `answer` do
what the commands of `hubctl packet` do. Each line tells seconds, CPU, and the most memory the
process held.

The vouchers are plain (`tests.support.plain`, padded to 10 KB) and the hub verifies them as such,
so that figures tell of files, records and answers; a real one's seals cost a hub by this way what
they cost by a channel. Everything else is real: node keys, cipher, stores, routing.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from hub.exchange.model import Hop, MessageClass, Role
from hub.exchange.relay import Relay
from hub.exchange.routing import delivery_id
from hub.exchange.verifying import Verification
from hub.parties import HUB as HUB_TYPE
from hub.parties import NodeId, Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher, VoucherId
from ops.carry import taking
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, ENV, HUB_NODE, town
from ops.look_wiring import node
from ops.wiring import Parts
from tests.support.hubctl import run
from tests.support.plain import PlainVerifier, a_kind, sealed
from tests.support.staffed import plain

PORTION: Final = 500
PADDING: Final = "x" * 9_600
KIND: Final = "5201"
CENTRE: Final = Party(HUB_TYPE, "centre")
PACKETS: Final = "medium/to-hub.evx"
ANSWER: Final = "medium/answer.evx"

Told = dict[str, Any]


class Plainly(PlainVerifier):
    """Plain vouchers beside real node keys."""

    def __init__(self, parts: Parts) -> None:
        self._real: Verification = parts.verification
        super().__init__(parts.directory, {KIND: a_kind(KIND)}, self._real.trust_state)
        self.number = self._real.trust_number

    def verify_node(self, node: NodeId, signer: bytes, data: bytes, signature: bytes) -> bool:
        """By the key that the trust list has."""
        return self._real.verify_node(node, signer, data, signature)


def plainly(parts: Parts) -> None:
    """Have this process verify plain vouchers, and route them as ever."""
    verifier = Plainly(parts)
    vars(parts)["verification"] = verifier
    vars(parts)["application"] = Relay(parts.place, verifier)


def vouchers(first: int, count: int) -> list[Voucher]:
    """Plain payments of one bureau to one bank."""
    people = town()
    finance, bank = people.divisions[0].finance, people.banks[0].party
    division = people.divisions[0].code
    body = Body({"Remark": PADDING}, ())
    made = []
    for n in range(first, first + count):
        identity = VoucherId(ENV, division, "2026", KIND, finance, f"{n:09d}")
        layer = LayerId(identity, LayerType.ORIGINAL, finance)
        made.append(sealed(Draft(layer, 1, (str(bank),), body, None)))
    return made


def post(tx: Any, some: Sequence[Voucher]) -> None:
    """Have them wait for the hub."""
    tx.add_messages({one.digest: one.octets for one in some})
    tx.add_hops(
        [
            Hop(
                delivery_id(one.top.id, CENTRE, Role.RELAY), HUB_NODE, str(CENTRE),
                MessageClass.ONLINE, one.digest, len(one.octets), None,
            )
            for one in some
        ]
    )  # fmt: skip


def _site(folder: Path) -> Site:
    return Site(folder, town(), Embedded(folder))


def make(folder: Path, count: int) -> Told:
    """A site, nobody running."""
    assert count
    folder.mkdir(parents=True)
    plain(folder)
    (folder / "medium").mkdir()
    return {}


def issue(folder: Path, count: int) -> Told:
    """Vouchers of the bureau; their rows stay open."""
    note = folder / "issued"
    first = int(note.read_text()) if note.exists() else 0
    with node(_site(folder).config(BUREAU_NODE)) as bureau:
        for start in range(first, first + count, PORTION):
            some = vouchers(start, min(PORTION, first + count - start))
            with bureau.parts.store.begin() as tx:
                post(tx, some)
                tx.commit()
            note.write_text(str(start + len(some)))
    return {"issued": first + count}


def _packet(folder: Path, verb: str, name: NodeId, *words: str | Path) -> Told:
    said = run("packet", verb, *words, "--config", _site(folder).config(name), expect=None)
    return {key: said[key] for key in ("count", "bytes", "left", "closed", "open") if key in said}


def export(folder: Path, count: int) -> Told:
    """All of them into one file."""
    out = ("--out", folder / PACKETS, "--limit", str(count))
    words = ("--reason", "bench", "--yes", "--type", BUREAU_NODE)
    return _packet(folder, "export", BUREAU_NODE, HUB_NODE, *out, *words)


def check(folder: Path, count: int) -> Told:
    """The file, at the hub."""
    assert count
    return _packet(folder, "check", HUB_NODE, folder / PACKETS)


def take(folder: Path, count: int) -> Told:
    """Into the hub, with the answer."""
    assert count
    with node(_site(folder).config(HUB_NODE)) as hub:
        plainly(hub.parts)
        done = taking.take(hub.parts, folder / PACKETS, folder / ANSWER, "li.si", lambda *_: None)
    row = done.carriage
    return {"count": row.count, "refused": row.refused, "waiting": row.waiting, **done.more}


def answer(folder: Path, count: int) -> Told:
    """Back to the bureau: rows are closed."""
    assert count
    words = (folder / ANSWER, "--by", "wang.wu", "--record", folder / "medium/back")
    return _packet(folder, "import", BUREAU_NODE, *words)


STAGES: Final[dict[str, Callable[[Path, int], Told]]] = {
    "site": make, "issue": issue, "export": export, "check": check, "import": take,
    "answer": answer,
}  # fmt: skip


def stage(name: str, folder: Path, count: int) -> None:
    """One stage in this process, told as a line."""
    started = time.monotonic()
    told = STAGES[name](folder, count)
    used = resource.getrusage(resource.RUSAGE_SELF)
    line = {
        "bench": f"carry_{name}", "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "most_mb": round(used.ru_maxrss / 1024), **told,
    }  # fmt: skip
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Run the stages that are named, or all; 1 when one fails."""
    folder, count, names = Path(arguments[0]).resolve(), int(arguments[1]), arguments[2:]
    for name in names or STAGES:
        process = get_context("spawn").Process(target=stage, args=(name, folder, count))
        process.start()
        process.join()
        if process.exitcode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
