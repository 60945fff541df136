"""Values of the voucher library as reports: what a person and a script are told of them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from hub.clock import from_iso, iso
from hub.voucher.drafts import missing
from hub.voucher.model import Draft, Voucher
from hub.voucher.report import INDETERMINATE, TOTAL_PASSED
from hub.voucher.report import Report as Examined
from hub.voucher.schema import Explanation
from hub.voucher.ses import SesSeal
from ops.advice import advice
from ops.alone import Shown
from ops.cli.output import At, Block, Exit, Pairs, Report, Said, Table, counted
from ops.cli.spoken import INDICATIONS_ZH, RESULTS_ZH, SEAL_CHECKS_ZH, layer, spoken

EXITS: Final = {TOTAL_PASSED: Exit.DONE, INDETERMINATE: Exit.INDETERMINATE}


def drafted(draft: Draft, out: Path, *, assumed: bool) -> Report:
    """A draft that was written, what is still empty, and whether its kind's code is assumed."""
    empty = missing(draft)
    identity = str(draft.id.voucher)
    blocks: list[Block] = (
        [Table("", ("still empty",), [(name,) for name in empty])] if empty else []
    )
    summary = Said(
        f"{out}: {identity}, {counted(len(empty), 'field')} still empty",
        f"{out}：{identity}，尚有 {len(empty)} 个栏目未填",
    )
    code = draft.id.voucher.kind
    doubt = Said(
        f"code {code} is assumed, no source confirms it: ask before you use it",
        f"凭证类型 {code}（编号暂定）：尚无依据确认，使用前请核实",
    )
    return Report(
        "voucher.draft",
        {
            "file": str(out),
            "voucher_id": identity,
            "layer": str(draft.id.layer),
            "code_assumed": assumed,
            "empty": empty,
        },
        [*blocks, summary, *([doubt] if assumed else [])],
    )


def explained(found: Sequence[Explanation]) -> Report:
    """What is wrong with the fields of a draft; for its author, so it holds values."""
    rows = [(one.field, one.seen, one.expected) for one in found]
    table = [Table("", ("field", "seen", "expected"), rows)] if rows else []
    summary = Said(f"{counted(len(rows), 'fault')}", f"共 {len(rows)} 处错误")
    return Report(
        "voucher.explain",
        {"faults": [asdict(one) for one in found]},
        [*table, summary],
        Exit.INVALID if rows else Exit.DONE,
    )


def written(name: str, voucher: Voucher, out: Path) -> Report:
    """A sealed message that was written."""
    seals = [(seal.position, seal.seal_id, seal.suite) for seal in voucher.top.seals]
    return Report(
        name,
        {
            "file": str(out),
            "layer_id": str(voucher.top.id),
            "digest": voucher.digest.hex(),
            "bytes": len(voucher.octets),
            "seals": [
                {"position": position, "seal_id": seal_id, "suite": suite}
                for position, seal_id, suite in seals
            ],
        },
        [
            Table("", ("position", "seal", "suite"), seals),
            Said(
                f"{out}: {voucher.top.id}, {counted(len(seals), 'seal')}, "
                f"{counted(len(voucher.octets), 'byte')}",
                f"{out}：{voucher.top.id}，{len(seals)} 个印章，{len(voucher.octets)} 字节",
            ),
        ],
    )


def examined(name: str, report: Examined) -> Report:
    """A verification report: its JSON is the library's own."""
    seals = [
        (line.position, line.seal_name, line.signer, At(from_iso(line.sealed_at)), line.suite)
        for line in report.seals
    ]
    checks = [
        (
            layer(check.layer or "message"),
            check.position,
            spoken(check.check, SEAL_CHECKS_ZH),
            spoken(check.result, RESULTS_ZH),
            evidence_of(check.evidence),
        )
        for check in report.checks
        if check.result != "passed"
    ]
    blocks: list[Block] = [Table("", ("position", "seal", "signer", "sealed at", "suite"), seals)]
    if checks:
        columns = ("layer", "position", "check", "result", "evidence")
        blocks.append(Table("not passed", columns, checks))
    passed = sum(check.result == "passed" for check in report.checks)
    sub = report.sub_indication or ""
    count = len(report.checks)
    verdict = Said(
        f"{report.indication} {sub}".rstrip() + f": {passed} of {counted(count, 'check')} passed",
        f"{INDICATIONS_ZH[report.indication]} {sub}".rstrip() + f"：{count} 项检查通过 {passed} 项",
    )
    return Report(
        name,
        report.as_json(),
        [*blocks, verdict],
        EXITS.get(report.indication, Exit.INVALID),
    )


def evidence_of(code: str) -> Said:
    """A check's evidence, with what its code means where the reader speaks Chinese."""
    known = advice(code)
    return Said(code, f"{code}：{known.why_zh}" if known else code)


def message(shown: Shown) -> Report:
    """A message as it stands."""
    opened = shown.opened
    blocks: list[Block] = []
    layers = []
    for one, body, names in zip(opened.layers, shown.contents, shown.seal_names, strict=True):
        blocks.append(Pairs(f"{one.type}", list(body.fields.items())))
        columns = tuple(dict.fromkeys(name for row in body.details for name in row))
        if body.details:
            rows = [[row.get(name, "") for name in columns] for row in body.details]
            blocks.append(Table("details", columns, rows))
        seals = [(block.position, name) for block, name in zip(one.seals, names, strict=True)]
        blocks.append(Table("seals (not verified)", ("position", "seal"), seals))
        layers.append(
            {
                "layer": str(one.type),
                "fields": dict(body.fields),
                "details": [dict(row) for row in body.details],
                "seals": [{"position": p, "seal_name": name} for p, name in seals],
            }
        )
    head = opened.head
    name = f"{head.division}/{head.year}/{head.kind}/{head.number}"
    summary = Said(f"{name}: nothing of it was verified", f"{name}：未做任何验证")
    return Report(
        "voucher.show",
        {"kind": head.kind, "number": head.number, "digest": opened.digest.hex(), "layers": layers},
        [*blocks, summary],
    )


def inspected(seal: SesSeal | None, report: Examined) -> Report:
    """A seal's content, and what can be said of it."""
    told = examined("seal.inspect", report)
    if seal is None:
        return told
    content, picture = seal.content, seal.content.picture
    facts: dict[str, object] = {
        "seal_id": content.seal_id,
        "name": content.name,
        "maker_id": content.maker_id,
        "valid_from": iso(content.valid_from),
        "valid_until": iso(content.valid_until),
        "signers": len(content.signers),
        "picture_type": picture.type,
        "picture_bytes": len(picture.data),
        "width_mm": picture.width_mm,
        "height_mm": picture.height_mm,
    }
    shown = {
        **facts, "valid_from": At(content.valid_from), "valid_until": At(content.valid_until),
    }  # fmt: skip
    return Report(
        told.name,
        {**told.data, "seal": facts},
        [Pairs("", list(shown.items())), *told.blocks],
        told.exit,
    )
