"""Names, accounts and amounts of marked payments appear in no log, fact, answer or status.

A small day on real processes with marked data on every path: good payments, payments a bank or the
hub refuses, octets that are no message, a number used twice, a file of payments with and without
mistakes. Then all that nodes and commands have written for people to see is searched: logs, facts,
figures at `/metrics`, alarms as they are listed and as hooks get them, answers. Three commands are
meant to show what a voucher or a cell holds, and are not asked: `voucher show`, `voucher page`,
`payments check`; `payments import` shows the same bad cells on standard output. `alarm list` is
meant to add up the money that waits because of an alarm; at the end of this day none waits.
"""

import contextlib
import csv
import io
import re
import signal
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hub.desks.bureau import PaymentRequest, QuotaNotice
from hub.errors import ChannelDown
from hub.exchange.model import Incoming, Item, MessageClass, Outgoing, Packet, Publish
from hub.exchange.packets import encode_packet
from hub.exchange.ports import Channel
from hub.money import Fen
from hub.observer import Fact
from hub.parties import NodeId
from hub.voucher.model import Voucher
from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen
from ops.clock import SystemClock
from ops.demo.incidents import CENTRE
from ops.demo.run import SAMPLE
from ops.demo.town import BUREAU_NODE, ENV, HUB_NODE
from ops.settings import load
from ops.wiring import Parts
from tests.support.day import SmallDay, small_day
from tests.support.marked import ACCOUNT, MARK, amounts, found_in, marked
from tests.support.overheard import overheard

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
CHANNEL = "c1"
IMPORTED = 3
"""Good rows of the file; one more is bad."""
WRITTEN = ("refusal", "journal", "outbox", "outbox_history", "delivery", "layer", "status_event")
"""Tables that name, count and answer; vouchers themselves lie in others."""
ASKED = (
    ["status"], ["check"], ["channel", "list"], ["lease", "show"], ["breaks", "list"],
    ["resync", "list"], ["store", "verify"], ["alarm", "list"], ["alarm", "list", "--all"],
)  # fmt: skip


def ample(notice: QuotaNotice) -> QuotaNotice:
    """The notice with room for marked amounts, which are larger than the day's."""
    rows = tuple(replace(row, amount_fen=Fen(row.amount_fen + 10**12)) for row in notice.rows)
    return replace(notice, rows=rows)


def test_nothing_marked_is_written_for_people_to_see(tmp_path: Path) -> None:
    site = overheard(tmp_path)
    with small_day(tmp_path, 28, seed=3, site=site) as day:
        requests = [marked(r, n) for n, r in enumerate(day.demo.day.payments)]
        granted = tuple(map(ample, day.demo.day.authorised))
        day.demo.day = replace(day.demo.day, payments=tuple(requests), authorised=granted)
        day.quota()
        day.issue(len(requests) - 2)
        first = day.recorded(requests[0])
        bad = hostile(day, first)
        told = import_marked(day, tmp_path)
        day.until_answered()
        day.signal(f"{HUB_NODE}-a", "work-w0", signal.SIGKILL)  # logs hold an end and a beginning
        day.watch.quiet("rest", 240, lambda: None)
        fresh = day.sealed(requests[-2]).octets
        facts = offered(day, [*bad, packet(day, "y/", [fresh, first.octets, twice(day, requests)])])
        day.until("an alarm by a hook", lambda: "raised" in site.events("conflict"))
        told += asked(day, first)
        figures = site.figures()
    secrets = {MARK, ACCOUNT, *amounts(requests)}
    assert {"recorded", "refused", "duplicate"} <= {fact.name for fact in facts}
    assert [] == found_in("\n".join(str(fact.fields) for fact in facts), secrets)
    logs = sorted(tmp_path.glob("*/log-*.jsonl"))
    assert len(logs) == len(day.site.town.nodes) + 1
    text = "\n".join(path.read_text(encoding="utf-8") for path in logs)
    assert '"refused"' in text
    assert "Traceback" not in text
    assert [] == found_in(text, secrets)
    assert [] == found_in(told, secrets)
    assert {"conflict", "identity_conflict"} <= set(re.findall(r"[a-z_]+", told + str(facts)))
    assert len(day.site.town.nodes) + 1 == len(figures)
    assert [] == found_in("\n".join(figures.values()), secrets)
    assert set() == numbers(figures.values()) & money(requests)
    assert [] == found_in(site.delivered(), secrets)
    assert [] == found_in(kept(tmp_path, WRITTEN), {MARK, ACCOUNT})
    assert [] == found_in(notes(tmp_path), secrets)
    assert MARK in kept(tmp_path, ("desk_line",))  # it has really gone through, the file too
    assert IMPORTED == len(posted(tmp_path))


# --- what goes in ---------------------------------------------------------------------------------


def packet(day: SmallDay, named: str, octets: Sequence[bytes]) -> bytes:
    """As the bureau's node would compose it, in its present life."""
    life = day.demo.bureau.place.incarnation
    items = tuple(
        Item(f"{named}{n}", CENTRE, n, 1, False, None, one) for n, one in enumerate(octets, 1)
    )
    return encode_packet(Packet(ENV, BUREAU_NODE, HUB_NODE, MessageClass.ONLINE, life, items))


def hostile(day: SmallDay, voucher: Voucher) -> list[bytes]:
    """Marked octets of every bad sort, sent over a channel from the bureau's own node."""
    half = voucher.octets[: len(voucher.octets) // 2]
    bad = [
        f'<MOF Version="1"><VoucherBody Payee="{MARK}{ACCOUNT}">'.encode(),
        half,
        voucher.octets.replace(b'Position="', b'Position="x', 1),
        MARK.encode() * 10,
    ]
    named = packet(day, "x/", bad).replace(b'"x/1"', f'"{MARK}"'.encode())
    parcels = [packet(day, "x/", bad), named, MARK.encode() * 99]
    channels = day.demo.bureau.channels(lambda: None)
    for octets in parcels:
        out = Outgoing(1, NodeId(HUB_NODE), MessageClass.ONLINE, octets)
        day.until("a channel that takes it", lambda out=out: taken(channels[CHANNEL], out))
    for channel in channels.values():
        channel.close()
    return parcels


def taken(channel: Channel, out: Outgoing) -> bool:
    """Whether a channel that others use too has stored it."""
    with contextlib.suppress(ChannelDown):
        channel.publish([out])
        return [Publish.CONFIRMED] == [one.publish for one in channel.outcomes()]
    return False


def twice(day: SmallDay, requests: Sequence[PaymentRequest]) -> bytes:
    """The first payment's number with other marked content, well sealed."""
    other = replace(requests[0], extra={**requests[0].extra, "Remark": f"{MARK}另一用途"})
    return day.sealed(other).octets


def import_marked(day: SmallDay, folder: Path) -> str:
    """A file of marked payments, with a mistake in one; and two that are no such file."""
    with SAMPLE.open(encoding="utf-8-sig", newline="") as sample:
        header, *rows = [
            row for row, _ in zip(csv.reader(sample), range(IMPORTED + 2), strict=False)
        ]
    for n, row in enumerate(rows):
        row[header.index("收款人全称")] = f"{MARK}收款{n}"
        row[header.index("收款人账号")] = f"{ACCOUNT}90{n}"
    rows[-1][header.index("支付金额")] = f"{MARK}{ACCOUNT}"
    good = io.StringIO()
    csv.writer(good).writerows([header, *rows])
    octets = good.getvalue().encode()
    told = ""
    for name, content, expected in (
        ("payments.csv", octets, Exit.INVALID),
        ("torn.csv", octets + b"\xff\xff", Exit.INVALID),
        ("open.csv", octets + f'"{MARK}'.encode(), Exit.INVALID),
    ):
        (folder / name).write_bytes(content)
        out, err = io.StringIO(), io.StringIO()
        config = str(day.site.config(BUREAU_NODE))
        argv = ["payments", "import", str(folder / name), "--config", config]
        assert expected == hubctl.run(argv, Screen(out, err, chinese=False)), err.getvalue()
        assert bool(out.getvalue()) == (name == "payments.csv")  # bad cells are meant for people
        told += err.getvalue()
    return told


# --- what comes out -------------------------------------------------------------------------------


def offered(day: SmallDay, parcels: Sequence[bytes]) -> list[Fact]:
    """Every fact, the quiet ones too, that the hub tells of these."""
    facts: list[Fact] = []
    settings = load(day.site.config(HUB_NODE))
    with contextlib.closing(Parts(settings, "w9", "probe", facts.append, SystemClock())) as hub:
        for tag, octets in enumerate(parcels):
            one = Incoming(CHANNEL, tag, BUREAU_NODE, MessageClass.ONLINE, octets, False)
            day.until("a store that is free", lambda one=one: recorded(hub, one))
    return facts


def recorded(hub: Parts, one: Incoming) -> bool:
    """True; StoreDown while the hub's own processes write for long."""
    hub.exchange.receive([one])
    return True


def asked(day: SmallDay, voucher: Voucher) -> str:
    """What every command that looks at a node says of every node, for people and machines."""
    identity = voucher.id
    name = (
        f"{identity.division}/{identity.year}/{identity.kind}/{identity.issuer}/{identity.number}"
    )
    told = io.StringIO()
    for node in day.site.town.nodes:
        config = ["--config", str(day.site.config(node))]
        for words in (*ASKED, ["voucher", "trace", name]):
            for form in ([], ["--json"]):
                before = told.tell()
                ended = hubctl.run([*words, *config, *form], Screen(told, told, chinese=False))
                assert Exit.BUG != ended, (node, words)
                assert before < told.tell()
    return told.getvalue()


def numbers(pages: Iterable[str]) -> set[float]:
    """All figures, however they are spelt."""
    lines = "\n".join(pages).splitlines()
    rows = [line.rpartition(" ")[2] for line in lines if line and not line.startswith("#")]
    assert len(rows) > 100
    return {float(row) for row in rows}


def money(requests: Sequence[PaymentRequest]) -> set[float]:
    """Marked amounts, their payments' and all together, in fen and in yuan."""
    rows = [payee.amount_fen for request in requests for payee in request.payees]
    whole = [request.amount_fen for request in requests]
    return {float(value) / part for value in (*rows, *whole, sum(whole)) for part in (1, 100)}


def posted(root: Path) -> list[str]:
    """What the import remembers to have sent."""
    return (root / BUREAU_NODE / "data-a" / "imported-payments").read_text().splitlines()


def kept(root: Path, tables: Sequence[str]) -> str:
    """Rows of the stores."""
    words: list[str] = []
    for file in sorted(root.glob("*/store.sqlite")):
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
            for table in tables:
                words += map(str, store.execute(f"SELECT * FROM {table}"))  # noqa: S608 - ours
    return "\n".join(words)


def notes(root: Path) -> str:
    """What nodes write down beside their stores: members, checkpoints, memory of imports."""
    files = [path for path in root.glob("*/data-*/*") if path.is_file()]
    assert any(path.name == "imported-payments" for path in files)
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
