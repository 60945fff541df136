"""`hubctl deadletter`: what brokers have given up on, one by one."""

from typing import Annotated, Final

import typer

from hub.clock import iso
from hub.exchange.dead import DeadLetter, LetterState
from ops import deadletters
from ops.cli.command import noun, verb
from ops.cli.guarded import Guard
from ops.cli.options import NODE, Config
from ops.cli.output import At, Pairs, Report, Said, Table, counted
from ops.cli.words import STATES
from ops.look_wiring import node

app: Final = noun("deadletter")

Name = Annotated[str, typer.Argument(help="The letter's id.", metavar="LETTER")]


@verb(app, "list")
def list_(
    config: Config = NODE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
) -> Report:
    """List messages a broker has given up on that wait for an operator.

    Example: hubctl deadletter list --config hub/hub.toml
    """
    with node(config, within_scope=True) as this:
        found = deadletters.letters(this.parts)
    wanted = [one for one in found if everything or one.state is LetterState.WAITING]
    rows = [
        (o.id, At(o.at), o.channel, o.sender, o.message_class, o.reason, o.state) for o in wanted
    ]
    columns = ("letter", "at", "channel", "sender", "class", "reason", "state")
    data = {"letters": [_data(one) for one in wanted]}
    told = Said(
        f"{len(wanted)} of {counted(len(found), 'letter')}",
        f"死信 {len(found)} 件中 {len(wanted)} 件",
    )
    return Report("deadletter.list", data, [Table("Dead letters", columns, rows), told])


@verb(app, "show")
def show(letter: Name, config: Config = NODE) -> Report:
    """Show one dead letter: where it came from, and the digest its octets are kept under.

    Example: hubctl deadletter show 3f2a90c1d2e4b5a697887766 --config hub/hub.toml
    """
    with node(config, within_scope=True) as this:
        one = deadletters.find(this.parts, letter)
    data = _data(one)
    told = {**data, "at": At(one.at)}
    return Report("deadletter.show", data, [Pairs("Dead letter", list(told.items()))])


@verb(app, "retry")
def retry(letter: Name, config: Config = NODE) -> Report:
    """Give a dead letter to the exchange once more; its content decides what becomes of it.

    Example: hubctl deadletter retry 3f2a90c1d2e4b5a697887766 --config hub/hub.toml
    """
    with node(config) as this:
        data = _data(deadletters.retry(this.parts, letter))
    return Report(
        "deadletter.retry",
        data,
        [
            Said(
                f"{letter}: {data['state']}",
                f"{letter}：{STATES.get(str(data['state']), data['state'])}",
            )
        ],
    )


@verb(app, "discard")
def discard(
    letter: Name,
    config: Config = NODE,
    *,
    guard: Guard,
) -> Report:
    """Close a dead letter; its octets are kept.

    Two operators sign, or a development node's name is typed.

    Example: hubctl deadletter discard 3f2a90c1d2e4b5a697887766 --yes --type hub
    """
    with node(config) as this:
        act = deadletters.act_of(this.parts, deadletters.find(this.parts, letter))
        if (written := guard.written(act)) is not None:
            return written
        act = deadletters.discard(this.parts, letter, guard.consent())
    data = {"letter": letter, "state": "discarded", "act": act.digest.hex()}
    return Report("deadletter.discard", data, [Said(f"{letter}: discarded", f"{letter}：已放弃")])


def _data(one: DeadLetter) -> dict[str, object]:
    return {
        "letter": one.id, "channel": one.channel, "sender": one.sender,
        "class": one.message_class, "reason": one.reason, "state": one.state.value,
        "digest": one.digest.hex(), "bytes": one.body_bytes, "at": iso(one.at),
    }  # fmt: skip
