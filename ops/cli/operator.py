"""`hubctl operator`: who may sign guarded acts, and their signatures."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.trust.model import Operator
from hub.trust.operators import Step
from keys.custody import FileNodeSigner, Vault
from keys.folders import certificate_file
from ops.cli.command import noun, verb
from ops.cli.options import NODE, Config
from ops.cli.output import At, Pairs, Report, Said, Table, counted, kept
from ops.cli.placing import writes
from ops.clock import SystemClock
from ops.guarded import read_act, sign, write_signed
from ops.look_wiring import node
from ops.secret_files import secret

app: Final = noun("operator")

ActFile = Annotated[Path, typer.Argument(help="The act, from --write-act.", metavar="ACT")]
As = Annotated[str, typer.Option("--as", help="The operator's id.")]
Key = Annotated[Path, typer.Option("--key", help="The operator's folder: key.pem, operator.cer.")]
Opener = Annotated[Path, typer.Option("--passphrase-file", help="Opens the operator's key.")]
Out = Annotated[Path, writes("The signature file to write", ".json", option="--out")]
Production = Annotated[bool, typer.Option("--production", help="Refuse development keys.")]


@verb(app, "list")
def list_(config: Config = NODE) -> Report:
    """Show the operators of the trust list in force: duty, divisions, dates, whose deputy.

    Example: hubctl operator list --config hub/hub-a.toml
    """
    with node(config, within_scope=True) as this:
        view = this.parts.view(this.parts.fence.trust_state)
    names = ("operator", "party", "duty", "divisions", "status", "until", "deputy_of")
    rows = [
        (
            one.operator_id, str(one.party), str(one.duty), ",".join(one.divisions),
            str(one.status), At(one.not_after), one.deputy_of,
        )
        for entry in view.trust.register.operators
        if isinstance(one := entry.record, Operator)
    ]  # fmt: skip
    data = {"operators": [kept(names, row) for row in rows]}
    return Report(
        "operator.list",
        data,
        [Table("", names, rows), Said(counted(len(rows), "operator"), f"操作员 {len(rows)} 名")],
    )


@verb(app, "propose")
def propose(
    act: ActFile, operator: As, key: Key, passphrase: Opener, out: Out, *,
    production: Production = False,
) -> Report:  # fmt: skip
    """Sign the proposal of a guarded act, after reading the act.

    Example: hubctl operator propose act.json --as li.si --key keys --passphrase-file p --out a.json
    """
    return _signed(Step.PROPOSAL, act, (operator, key, passphrase, out), production=production)


@verb(app, "approve")
def approve(
    act: ActFile, operator: As, key: Key, passphrase: Opener, out: Out, *,
    production: Production = False,
) -> Report:  # fmt: skip
    """Sign the approval of a guarded act that another operator has proposed.

    Example: hubctl operator approve act.json --as w.wu --key keys --passphrase-file p --out b.json
    """
    return _signed(Step.APPROVAL, act, (operator, key, passphrase, out), production=production)


def _signed(step: Step, act: Path, by: tuple[str, Path, Path, Path], *, production: bool) -> Report:
    operator, key, passphrase, out = by
    found = read_act(act)
    vault = Vault(found.env, secret(passphrase), development=not production)
    signer = FileNodeSigner(certificate_file(key / "operator.cer"), vault.load(key / "key.pem"))
    write_signed(out, sign(found, step, operator, signer, SystemClock().now()))
    data = {
        "step": str(step), "act": found.name, "digest": found.digest.hex(),
        **dict(sorted(found.arguments.items())), "operator": operator, "file": str(out),
    }  # fmt: skip
    return Report("operator.sign", data, [Pairs("Signed", list(data.items()))])
