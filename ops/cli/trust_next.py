"""`hubctl trust propose | sign | revoke | rotate`, `hubctl keys enrol`: towards the next list."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import DAY, Instant
from hub.errors import Misconfigured
from hub.parties import NodeId, party
from hub.trust.model import SORTS, Duty, Registered, Status
from hub.trust.revise import Ending
from keys import enrolment
from keys.folders import certificate_file
from keys.plan import NodePlan, OperatorPlan, PartyPlan, Plan
from keys.site import suites
from ops import trust_drafts
from ops.cli.command import verb
from ops.cli.keys import app as keys_app
from ops.cli.operator import app as operator_app
from ops.cli.options import NODE, Config, instant_of
from ops.cli.output import Pairs, Report, Said
from ops.cli.placing import fills, writes
from ops.cli.trust import app as trust_app
from ops.look_wiring import Node, node
from ops.trust_site import pinned_maker, site_of

NOUNS: Final = (keys_app, trust_app, operator_app)
Draft = Annotated[Path, fills("New folder for the draft.", "--out")]
RECORDS: Final = writes("File for the endorsed records", ".records", option="--out")
Additions = Annotated[Path, RECORDS]
Issuer = Annotated[str, typer.Option(help="The pinned party that seals first.")]
Days = Annotated[int, typer.Option(help="How long the list is to be valid.")]
Effective = Annotated[str | None, typer.Option(help="From when it counts; else at once.")]
SiteFolder = Annotated[Path, typer.Option("--site", help="The ceremony's folder, with `ca`.")]
Opener = Annotated[Path, typer.Option("--passphrase-file", help="Opens its keys.")]


@verb(trust_app, "propose")
def propose(
    issuer: Issuer,
    out: Draft,
    config: Config = NODE,
    add: Annotated[
        list[Path] | None, typer.Option(help="Endorsed records; may stand often.")
    ] = None,
    end: Annotated[
        list[str] | None, typer.Option(help="sort:key=suspended|revoked|active[:reason]; often.")
    ] = None,
    effective: Effective = None,
    days: Days = 365,
) -> Report:
    """Draw up the next trust list; it is judged as every node will judge it, and sealed by nobody.

    Example: hubctl trust propose --issuer 011.990100 --add new.records --out next
    """
    with node(config) as this:
        at = instant_of(effective) or this.parts.clock.now()
        endings = tuple(_ending(text, at) for text in end or ())
        plan = trust_drafts.Plan(
            at, Instant(at + days * DAY), party(issuer), endings,
            trust_drafts.read_additions(add or ()),
        )  # fmt: skip
        return _drawn(this, plan, out)


@verb(trust_app, "revoke")
def revoke(
    record: Annotated[str, typer.Argument(help="sort:key, as `trust show --sort` has them.")],
    issuer: Issuer,
    out: Draft,
    config: Config = NODE,
    reason: Annotated[str, typer.Option(help="As key_compromise, superseded.")] = "cessation",
    since: Annotated[str | None, typer.Option(help="The invalidity date; else now.")] = None,
    days: Days = 365,
) -> Report:
    """Draw up the next trust list with one record revoked: it counts once sealed and in force.

    Example: hubctl trust revoke seal:ab12 --issuer 011.990100 --reason key_compromise --out next
    """
    with node(config) as this:
        now = this.parts.clock.now()
        ending = _ending(f"{record}={Status.REVOKED}:{reason}", instant_of(since) or now)
        plan = trust_drafts.Plan(now, Instant(now + days * DAY), party(issuer), (ending,))
        return _drawn(this, plan, out)


@verb(trust_app, "sign")
def sign(
    draft: Annotated[Path, typer.Argument(help="The draft's folder.")],
    by: Annotated[str, typer.Option("--party", help="The pinned party that seals now.")],
    site: SiteFolder,
    passphrase: Opener,
    config: Config = NODE,
) -> Report:
    """Put a pinned party's seal on a draft; the second seal makes the list.

    Example: hubctl trust sign next --party 011.990100 --site pki --passphrase-file passphrase
    """
    with node(config) as this:
        parts = this.parts
        maker = pinned_maker(parts, site, passphrase, party(by))
        ground, now = parts.trust_source.source.ground(), parts.clock.now()
        file = trust_drafts.put_seal(draft, party(by), maker, ground, now)
    data = {"file": str(file), "party": by, "complete": file.suffix == ".xml"}
    return Report("trust.sign", data, [Pairs("Sealed", list(data.items()))])


@verb(trust_app, "rotate")
def rotate(
    what: Annotated[str, typer.Argument(help="seal:<party>/<name> or node:<node>.")],
    site: SiteFolder,
    passphrase: Opener,
    out: Annotated[Path | None, RECORDS] = None,
    config: Config = NODE,
    *,
    switch: Annotated[bool, typer.Option("--switch", help="Put the waiting key in place.")] = False,
) -> Report:
    """Make a key anew beside the old one; with --switch, put it in place once a list has it.

    Example: hubctl trust rotate node:icbc --site pki --passphrase-file passphrase --out new.records
    """
    sort, _, name = what.partition(":")
    owner, _, seal = name.partition("/")
    if sort not in {"seal", "node"} or (sort == "seal") is not bool(seal):
        raise typer.BadParameter("seal:<party>/<name> or node:<node>")
    with node(config) as this:
        parts = this.parts
        trust, now = parts.view(parts.fence.trust_state).trust, parts.clock.now()
        if switch:
            folder = site / ("parties" if seal else "nodes") / owner / seal
            digest = enrolment.switch(folder, trust)
            return Report(
                "trust.rotate",
                {"in_place": digest},
                [Said(f"{digest} is in place", f"{digest} 已就位")],
            )
        if out is None:
            raise typer.BadParameter("--out or --switch")
        opened = site_of(parts, site, passphrase)
        if seal:
            records = enrolment.rotate_seal(opened, trust, party(owner), seal, now)
        else:
            records = enrolment.rotate_node(opened, trust, NodeId(owner), now)
    enrolment.write_additions(out, records)
    data = {"file": str(out), "records": len(records), "waiting_in": enrolment.NEXT}
    return Report("trust.rotate", data, [Pairs("Made", list(data.items()))])


@verb(trust_app, "anchor")
def anchor(
    certificate: Annotated[Path, typer.Argument(help="Root certificate, PEM or DER.")],
    out: Additions,
) -> Report:
    """Make the record of another authority's root, as a time-stamp authority's, for the next list.

    Example: hubctl trust anchor tsa-root.cer --out tsa.records
    """
    return _written(
        "trust.anchor", out, [enrolment.foreign_root(certificate_file(certificate), suites())]
    )


@verb(keys_app, "enrol")
def enrol(  # noqa: PLR0913, PLR0917 - options of a command
    member: Annotated[str, typer.Option("--party", help="The new party, as 103.990000.")],
    name: Annotated[str, typer.Option(help="Its name, for people.")],
    served_by: Annotated[str, typer.Option("--node", help="The node that serves it.")],
    site: SiteFolder,
    passphrase: Opener,
    out: Additions,
    config: Config = NODE,
    division: Annotated[list[str] | None, typer.Option(help="Where it acts; else *.")] = None,
) -> Report:
    """Make a new party's onboarding key, seals and node key; the records for the next list.

    Example: hubctl keys enrol --party 103.990000 --name X --node abc --site pki --out new.records
    """
    joins = party(member)
    with node(config) as this:
        opened, nodes = site_of(this.parts, site, passphrase), this.parts.directory.nodes
        plan = Plan(
            this.parts.settings.env,
            (PartyPlan(joins, name, NodeId(served_by), tuple(division or ("*",))),),
            () if NodeId(served_by) in nodes else (NodePlan(NodeId(served_by), joins),),
            this.parts.directory.hub,
            suite=opened.suite,
        )
        records = enrolment.enrol(opened, plan, this.parts.clock.now())
    return _written("keys.enrol", out, records)


@verb(operator_app, "add")
def operator_add(  # noqa: PLR0913, PLR0917 - options of a command
    operator: Annotated[str, typer.Argument(help="The person's id.")],
    works_for: Annotated[str, typer.Option("--party", help="The party they work for.")],
    duty: Annotated[Duty, typer.Option(help="One person has one.")],
    site: SiteFolder,
    passphrase: Opener,
    out: Additions,
    config: Config = NODE,
    division: Annotated[list[str] | None, typer.Option(help="Patterns; else *.")] = None,
) -> Report:
    """Make an operator's key; the endorsed record for the next list.

    Example: hubctl operator add li.si --party 999.centre --duty system --site pki --out li.records
    """
    person = OperatorPlan(operator, party(works_for), duty, tuple(division or ("*",)))
    with node(config) as this:
        opened = site_of(this.parts, site, passphrase)
        plan = Plan(
            this.parts.settings.env, (), (), this.parts.directory.hub, operators=(person,),
            suite=opened.suite,
        )  # fmt: skip
        records = enrolment.enrol(opened, plan, this.parts.clock.now())
    return _written("operator.add", out, records)


@verb(operator_app, "end")
def operator_end(
    operator: Annotated[str, typer.Argument(help="The person's id.")],
    issuer: Issuer,
    out: Draft,
    config: Config = NODE,
    reason: Annotated[str, typer.Option(help="As cessation, key_compromise.")] = "cessation",
    days: Days = 365,
) -> Report:
    """Draw up the next trust list without this operator, who may sign until it is in force.

    Example: hubctl operator end li.si --issuer 011.990100 --out next
    """
    return revoke(f"operator:{operator}", issuer, out, config, reason, None, days)


@verb(operator_app, "deputy")
def operator_deputy(  # noqa: PLR0913, PLR0917 - options of a command
    deputy: Annotated[str, typer.Argument(help="Who stands in.")],
    principal: Annotated[str, typer.Option("--of", help="For whom; of the same duty.")],
    since: Annotated[str, typer.Option("--from", help="As 2026-11-21T00:00:00Z.")],
    until: Annotated[str, typer.Option("--until", help="As 2026-12-21T00:00:00Z.")],
    site: SiteFolder,
    passphrase: Opener,
    out: Additions,
    config: Config = NODE,
) -> Report:
    """Let an operator stand in for another between two dates; the record for the next list.

    Example: hubctl operator deputy b.wu --of a.li --from 2026-12-01T00:00:00Z --until …
    """
    dates = instant_of(since), instant_of(until)
    assert dates[0] is not None
    assert dates[1] is not None
    with node(config) as this:
        opened = site_of(this.parts, site, passphrase)
        trust = this.parts.view(this.parts.fence.trust_state).trust
        records = enrolment.deputise(opened, trust, deputy, principal, (dates[0], dates[1]))
    return _written("operator.deputy", out, records)


def _written(name: str, out: Path, records: Sequence[Registered]) -> Report:
    enrolment.write_additions(out, records)
    data = {"file": str(out), "records": len(records)}
    return Report(name, data, [Pairs("Made", list(data.items()))])


def _drawn(this: Node, plan: trust_drafts.Plan, out: Path) -> Report:
    parts = this.parts
    current = parts.view(parts.fence.trust_state).trust
    ground, release = parts.trust_source.source.ground(), parts.releases.newest
    changes = trust_drafts.draw_up(current, plan, ground, release, out)
    data = {"number": current.number + 1, "changes": len(changes), "folder": str(out)}
    told = [*data.items(), ("seals first", str(plan.issuer))]
    return Report("trust.propose", data, [Pairs("Drawn up", told)])


def _ending(text: str, since: Instant) -> Ending:
    """`sort:key=status:reason`.

    Raises:
        Misconfigured: `record_ending_format`.
    """
    record, _, said = text.rpartition("=")
    sort, _, key = record.partition(":")
    status, _, reason = said.partition(":")
    if sort not in SORTS or not key or status not in list(Status):
        raise Misconfigured("record_ending_format")
    when = None if status == Status.ACTIVE else since
    return Ending(sort, key, Status(status), when, reason if when is not None else "")
