"""`hubctl voucher`: time stamps, evidence packages, and the verifier that needs no site."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import Clock
from hub.errors import Misconfigured
from hub.voucher.codec import MESSAGE_BYTES_MAX, open_message
from keys.site import suites
from keys.tsa import TsaClient
from ops.alone_wiring import alone
from ops.cli import voucher
from ops.cli.command import verb
from ops.cli.files import read, write
from ops.cli.options import FileArgument, Site, identity_of
from ops.cli.output import Block, Pairs, Report, Said, Table, counted
from ops.cli.placing import writes
from ops.cli.spoken import INDICATIONS_ZH, RESULTS_ZH, SEAL_CHECKS_ZH, layer, spoken
from ops.cli.views import EXITS, evidence_of
from ops.clock import SystemClock
from ops.evidence.bundle import verifier
from ops.evidence.contents import Contents
from ops.evidence.gather import (
    Made,
    catalogue_files,
    founding_catalogue,
    made,
    on_record,
    testified,
    token_path,
    tokens_beside,
    trust_files,
)
from ops.evidence.judging import Judgement
from ops.evidence.offline import judged
from ops.evidence.package import PACKAGE_BYTES_MAX
from ops.exits import Exit
from ops.look_wiring import node

app: Final = voucher.app
WRITES: Final = "File to write; an older one is replaced"
Package = Annotated[Path, writes(WRITES, ".zip", option="--to")]
Program = Annotated[Path, writes(WRITES, ".pyz", option="--to")]
Pins = Annotated[
    list[str] | None, typer.Option("--pin", help="SHA-256 of a pinned certificate; twice or more.")
]


@verb(app, "stamp")
def stamp(
    file: FileArgument,
    site: Site,
    tsa: Annotated[str, typer.Option("--tsa", help="URL of the time-stamp authority.")],
) -> Report:
    """Fetch a time-stamp token for each layer of a message, and keep it beside the file.

    Example: hubctl voucher stamp voucher.xml --site var/site --tsa http://tsa.example/
    """
    ground = alone(site, SystemClock()).ground
    client = TsaClient(tsa, lambda: ground.trust, ground.suites)
    told = []
    for one in open_message(read(file, MESSAGE_BYTES_MAX)).layers:
        path = token_path(file, str(one.type))
        if one.seals and not path.exists():
            token, _ = client.stamp(one.seals[-1].octets)
            write(path, token)
            told.append(str(path))
    return Report(
        "voucher.stamp",
        {"file": str(file), "tokens": told},
        [
            Table("", ("token",), [(path,) for path in told]),
            Said(f"{counted(len(told), 'token')} fetched", f"已取得时间戳 {len(told)} 个"),
        ],
    )


@verb(app, "evidence")
def evidence(
    what: Annotated[
        str, typer.Argument(help="A sealed file, or division/year/kind/issuer/number.")
    ],
    to: Package,
    site: Annotated[
        Path | None, typer.Option("--site", help="For a file: a site's folder.")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", help="For an id: the node.")] = None,
) -> Report:
    """Write one package with everything that proves a voucher, for a reader far away or years on.

    Example: hubctl voucher evidence voucher.xml --site var/site --to evidence.zip
    """
    if (site is None) == (config is None):
        raise Misconfigured("evidence_of_what")
    clock = SystemClock()
    package = _of_node(what, config, clock) if config else _of_file(Path(what), site, clock)
    write(to, package.octets)
    return _told("voucher.evidence", package.judgement, {"file": str(to), "files": package.files})


@verb(app, "verify-evidence")
def verify_evidence(file: FileArgument, pin: Pins = None) -> Report:
    """Verify an evidence package by itself: no site, no network, no clock.

    Example: hubctl voucher verify-evidence evidence.zip
    """
    verdict = judged(read(file, PACKAGE_BYTES_MAX), pin or [], suites())
    return _told("voucher.verify_evidence", verdict, {"file": str(file)})


@verb(app, "verifier")
def write_verifier(to: Program) -> Report:
    """Write the offline verifier: one Python file that judges packages by this program's own code.

    Example: hubctl voucher verifier --to verify.pyz
    """
    octets = verifier()
    write(to, octets)
    return Report(
        "voucher.verifier",
        {"file": str(to), "bytes": len(octets)},
        [
            Said(
                f"{to}: {len(octets)} bytes; needs Python 3.11, cryptography and lxml",
                f"{to}：{len(octets)} 字节；需要 Python 3.11、cryptography 和 lxml",
            )
        ],
    )


def _of_file(path: Path, site: Path | None, clock: Clock) -> Made:
    assert site is not None
    message = read(path, MESSAGE_BYTES_MAX)
    contents = Contents(
        (message,), trust_files(site / "trust"), catalogue_files(), tokens_beside(path, message)
    )
    head = open_message(message).head
    name = f"{head.division}/{head.year}/{head.kind}/{head.number}"
    return made(contents, suites(), name, "file", clock.now())


def _of_node(what: str, config: Path | None, clock: Clock) -> Made:
    assert config is not None
    with node(config, within_scope=True) as this:
        parts = this.parts
        settings = parts.settings
        identity = str(identity_of(what.removeprefix(f"{settings.env}/"), settings.env))
        this.scope.require(identity)
        with suppress(OSError):  # a folder that takes nothing has what it has
            parts.trust_source.write_out()
            parts.release_source.write_out(settings.trust)
        with parts.store.read() as tx:
            kept = on_record(tx, identity)
        own = testified(
            settings.env, settings.node, parts.place.incarnation, kept.lines, parts.signer
        )
        contents = Contents(
            kept.messages,
            trust_files(settings.trust),
            founding_catalogue(parts.release_source.founding()),
            proofs=(*kept.proofs, own) if kept.lines else kept.proofs,
            stamped=kept.stamped,
        )
        return made(contents, parts.suites, identity, settings.node, clock.now())


def _told(name: str, verdict: Judgement, more: dict[str, object]) -> Report:
    blocks: list[Block] = [
        Pairs("pinned keys", [(party, digest) for party, digest in verdict.pins])
    ]
    for one in verdict.messages:
        rows = [
            (
                layer(c.layer or "message"), c.position, spoken(c.check, SEAL_CHECKS_ZH),
                spoken(c.result, RESULTS_ZH), evidence_of(c.evidence),
            )
            for c in one.report.checks
            if c.result != "passed"
        ]  # fmt: skip
        columns = ("layer", "position", "check", "result", "evidence")
        blocks += [
            Said(
                f"{one.layer_id}: {one.proof or 'no proof of time'}",
                f"{one.layer_id}：{one.proof or '无时间证明'}",
            )
        ]
        blocks += [Table("not passed", columns, rows)] if rows else []
    sub = verdict.sub_indication or ""
    said = Said(
        f"{verdict.indication} {sub}".rstrip(),
        f"{INDICATIONS_ZH.get(verdict.indication, verdict.indication)} {sub}".rstrip(),
    )
    return Report(
        name,
        {**more, **verdict.as_json()},
        [*blocks, said],
        EXITS.get(verdict.indication, Exit.INVALID),
    )
