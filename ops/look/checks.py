"""`hubctl check`: named checks of a node, one finding a line, with what to do.

Rules: a check looks at one thing and raises nothing; what it cannot look at is a FAIL with the
error's code. What settings name is looked at in `workable`, the rest here. One channel down is a
warning while another is up: vouchers still flow.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final

from hub.clock import DAY, HOUR, MINUTE, SECOND
from hub.desks.model import TaskState
from hub.errors import Advice, HubError
from hub.exchange.alarms import NEVER, Alarm, AlarmState
from hub.exchange.model import ChannelHealth, ChannelState, RowState
from hub.exchange.presence import present
from hub.exchange.quarantine import CODE as DAMAGED
from hub.lease.ports import LeaseStore
from hub.trust.watch import Level, watch
from keys.keyring import open_keyring, open_node_signer
from keys.trust_files import read_trust
from ops.advice import advice
from ops.archives.service import lacking
from ops.disks import free_share
from ops.look.channel_words import CHANNEL_WORDS
from ops.look.status import active, holder
from ops.look.workable import looks
from ops.said import Said, counted
from ops.wiring import Parts
from ops.wiring_folder import has_folder, unread_in

CLOCK_WARN_MS: Final = 5 * SECOND
CLOCK_FAIL_MS: Final = 60 * SECOND
"""protocol 8: apart by more, and no deadline is judged."""
TRUST_WARN_DAYS: Final = 30
BACKLOG_WARN_MS: Final = 5 * MINUTE
BACKLOG_FAIL_MS: Final = HOUR
DISK_WARN_SHARE: Final = 0.15
DISK_FAIL_SHARE: Final = 0.05
UNLIKE: Final = "catalogue_not_as_shipped"
NEVER_BY_ITSELF: Final = frozenset({"channel_foreign"})
"""Reasons of a channel that waiting does not mend."""


NOTHING: Final = Said("", "")


class Result(StrEnum):
    """How bad it is."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result."""

    name: str
    level: Result
    said: Said
    do: Said = NOTHING
    performance: tuple[str, ...] = ()
    """Figures as monitoring plug-ins write them: `label=value[unit];warn;crit;min;max`."""


Check = tuple[str, Callable[[], Finding]]


def check(parts: Parts, lease: LeaseStore, channels: Sequence[ChannelHealth]) -> list[Finding]:
    """Run every check, in a fixed order."""
    checks: list[Check] = [
        ("store", lambda: _store(parts)),
        *((name, partial(_works, name, look)) for name, look in looks(parts)),
        ("clock", lambda: _clock(parts)),
        ("catalogue", lambda: _catalogue(parts)),
        ("trust", lambda: _trust(parts)),
        ("expiry", lambda: _expiry(parts)),
        ("keys", lambda: _keys(parts)),
        ("lease", lambda: _lease(lease)),
        ("peers", lambda: _peers(parts)),
        ("backlog", lambda: _backlog(parts)),
        ("parked", lambda: _parked(parts)),
        ("disk", lambda: _disk(parts)),
        ("alarms", lambda: _alarms(parts)),
    ]
    if has_folder(parts.settings.application):
        checks.append(("folder", lambda: _folder(parts)))
    if parts.settings.archive is not None:
        checks.append(("archive", lambda: _archive(parts)))
    return [*(_guarded(name, look) for name, look in checks), *_channels(channels)]


def _guarded(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except HubError as error:
        known = advice(error.code)
        do = Said(known.do, known.do_zh) if known else NOTHING
        why_zh = f"{known.why_zh}（{error}）" if known else str(error)
        return Finding(name, Result.FAIL, Said(str(error), why_zh), do)


def _works(name: str, look: Callable[[], Said]) -> Finding:
    return Finding(name, Result.OK, look())


def _store(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        life = tx.fence.incarnation
    return Finding(
        "store", Result.OK,
        Said(f"opens, schema current, life {life}", f"可打开，结构为最新，库代号 {life}"),
    )  # fmt: skip


def _clock(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        apart = abs(parts.clock.now() - tx.now)
    return Finding(
        "clock",
        _graded(apart, CLOCK_WARN_MS, CLOCK_FAIL_MS),
        Said(
            f"store and machine {apart / SECOND:.1f} s apart",
            f"存储与本机相差 {apart / SECOND:.1f} 秒",
        ),
        Said("Set both clocks by the site's time service.", "请按本站点授时服务校准两个时钟。"),
    )


def _catalogue(parts: Parts) -> Finding:
    release = parts.releases.newest
    kinds = len(parts.releases.schemas(release).catalogue.kinds)
    said = Said(
        f"release {release}, {counted(kinds, 'kind')}", f"目录第 {release} 号，{kinds} 类凭证"
    )
    if not (unlike := parts.release_source.unlike()):
        return Finding("catalogue", Result.OK, said)
    known = advice(UNLIKE)
    assert known is not None, "a code of ours"
    told = Said(
        f"{said.english}; {UNLIKE}: {counted(len(unlike), 'file')}",
        f"{said.chinese}；{UNLIKE}：{len(unlike)} 个文件",
    )
    return Finding("catalogue", Result.WARN, told, Said(known.do, known.do_zh))


def _trust(parts: Parts) -> Finding:
    trust = parts.trust_source.load(parts.fence.trust_state).trust
    left = (trust.expires_at - parts.clock.now()) / DAY
    return Finding(
        "trust",
        Result.FAIL if left < 0 else Result.WARN if left < TRUST_WARN_DAYS else Result.OK,
        Said(
            f"list {trust.number}, {counted(round(left), 'day')} left",
            f"第 {trust.number} 号清单，剩余 {left:.0f} 天",
        ),
        Said(
            "Have the next trust list issued and put it into the trust folder.",
            "请签发下一份信任清单并放入信任目录。",
        ),
    )


def _expiry(parts: Parts) -> Finding:
    """Certificates, seals, node keys, operators, pins, CRLs, releases; the list is `trust`."""
    now = parts.clock.now()
    view = parts.trust_source.load(parts.fence.trust_state)
    pins = read_trust(parts.settings.trust).pins
    near = [
        one
        for one in watch(view.trust, pins, view.revocations, parts.releases.lasting(now), now)
        if one.sort != "list" and one.level >= Level.WARNING
    ]
    if not near:
        fine = Said("no certificate, seal or CRL ends soon", "证书、印章、吊销列表近期均不到期")
        return Finding("expiry", Result.OK, fine)
    first = near[0]
    over = sum(one.level is Level.OVER for one in near)
    days = (first.ends_at - now) / DAY
    return Finding(
        "expiry",
        Result.FAIL if over else Result.WARN,
        Said(
            f"{len(near)} near the end, {over} over; first {first.sort} {first.key}: "
            f"{counted(round(days), 'day')}",
            f"{len(near)} 项将到期，{over} 项已到期；最早 {first.sort} {first.key}：{days:.0f} 天",
        ),
        Said(
            "Renew what is named and have the next trust list issued with it.",
            "请更换所列项目，并随下一份信任清单签发。",
        ),
    )


def _keys(parts: Parts) -> Finding:
    vault, folder = parts.vault, parts.settings.keys
    assert folder is not None, "a vault is opened where keys are set"
    open_node_signer(folder / "nodes" / parts.settings.node, vault)
    if parts.settings.signer is not None:
        remote = Said(
            "node key opens; seals are at the remote signer", "节点密钥可用；印章在远程签章机"
        )
        return Finding("keys", Result.OK, remote)
    served = sorted(parts.directory.nodes.get(parts.place.node, ()))
    for party in served:
        open_keyring(folder / "parties" / str(party), vault)
    said = Said(
        f"node key and {counted(len(served), 'keyring')} open",
        f"节点密钥及 {len(served)} 个机构密钥可用",
    )
    return Finding("keys", Result.OK, said)


def _lease(lease: LeaseStore) -> Finding:
    state = holder(lease)
    name = active(state)
    if name and state is not None:
        said = Said(f"{name} is active, token {state.token}", f"主机 {name}，令牌号 {state.token}")
        return Finding("lease", Result.OK, said)
    do = Said("Start an instance: hubctl run --config …", "请启动实例：hubctl run --config …")
    if state is not None:
        said = Said("nobody is active", "没有主机")
    else:
        said = Said("the lease store cannot tell", "租约库无法答复")
    return Finding("lease", Result.FAIL, said, do)


def _peers(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        rows = tx.peers()
        away = [str(peer) for peer, row in sorted(rows.items()) if not present(row, tx.now)]
    if not rows:
        never = Said("no neighbour was ever heard of", "从未收到任何相邻节点的消息")
        return Finding("peers", Result.WARN, never, Said("Wait, or ask it.", "请等待或询问对方。"))
    return Finding(
        "peers",
        Result.WARN if away else Result.OK,
        Said(
            f"{len(rows) - len(away)} of {len(rows)} present" + _listed(away),
            f"相邻节点 {len(rows)} 个，在线 {len(rows) - len(away)} 个" + _listed(away),
        ),
        Said(
            "Ask the absent neighbours; what is for them waits and is not lost.",
            "请询问离线节点；发往它们的凭证在等待，不会丢失。",
        ),
        (f"peers_away={len(away)};0;;0;{len(rows)}",),
    )


def _backlog(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        groups = tx.hop_groups()
        now = tx.now
    count = sum(group.count for group in groups)
    age = max((now - group.since for group in groups), default=0)
    return Finding(
        "backlog",
        _graded(age, BACKLOG_WARN_MS, BACKLOG_FAIL_MS),
        Said(
            f"{count} to send, oldest {age / SECOND:.0f} s",
            f"待发 {count}，最早 {age / SECOND:.0f} 秒",
        ),
        Said(
            "Look at channels and peers: hubctl status.", "请用 hubctl status 查看通道和相邻节点。"
        ),
        (
            f"to_send={count};;;0",
            f"oldest={age / SECOND:.0f}s;{BACKLOG_WARN_MS // SECOND};{BACKLOG_FAIL_MS // SECOND};0",
        ),
    )


def _folder(parts: Parts) -> Finding:
    found = unread_in(parts.settings.application, parts.clock.now())
    told = ", ".join(f"{name} {count}" for name, count in found.items())
    if not found:
        return Finding("folder", Result.OK, Said("all of it can be read", "均可读取"))
    return Finding(
        "folder", Result.WARN, Said(f"not readable: {told}", f"无法读取：{told}"),
        Said(
            "Name each *.json as docs/how-to/attach-a-core-folder.md says, whole and readable.",
            "请按 docs/how-to/attach-a-core-folder.md 命名为 *.json，内容完整且可读。",
        ),
    )  # fmt: skip


def _parked(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        groups = [group for group in tx.task_groups() if group.state is TaskState.PARKED]
        rows = sum(hop.count for hop in tx.hop_groups() if hop.state is RowState.PARKED)
    count = sum(group.count for group in groups) + rows
    codes = sorted({group.next_action for group in groups} | ({DAMAGED} if rows else set()))
    said = Said(
        f"{count} waiting for an operator" + _listed(codes),
        f"等待人工处理 {count} 项" + _listed(codes),
    )
    do = Said(
        "hubctl parked list names them, hubctl parked show what each needs.",
        "用 hubctl parked list 列出，用 hubctl parked show 查看处理办法。",
    )
    level = Result.WARN if count else Result.OK
    return Finding("parked", level, said, do, (f"parked={count};0;;0",))


def _disk(parts: Parts) -> Finding:
    share = free_share(parts.settings.data)
    low, full = share < DISK_WARN_SHARE, share < DISK_FAIL_SHARE
    return Finding(
        "disk",
        Result.FAIL if full else Result.WARN if low else Result.OK,
        Said(f"{share:.0%} free", f"剩余 {share:.0%}"),
        Said("Make room before the store cannot write.", "请在存储无法写入前腾出空间。"),
        (f"disk_free={share:.0%};{DISK_WARN_SHARE * 100:.0f}:;{DISK_FAIL_SHARE * 100:.0f}:;0;100",),
    )


def _archive(parts: Parts) -> Finding:
    away = lacking(parts)
    return Finding(
        "archive",
        Result.FAIL if away else Result.OK,
        Said(f"files lacking: {len(away)}", f"缺少 {len(away)} 个文件")
        if away
        else Said("every day's file is there", "各日归档文件齐全"),
        Said(
            "Mount the folder, or put the files back from their copies: `hubctl archive list`.",
            "请挂载归档目录，或从副本放回文件：hubctl archive list。",
        ),
    )


def _alarms(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        rows: list[Alarm] = tx.alarms()
    unanswered = [row for row in rows if row.state is AlarmState.OPEN]
    late = sum(row.escalated_at != NEVER for row in unanswered)
    codes = sorted({row.code for row in unanswered})
    return Finding(
        "alarms",
        Result.FAIL if late else Result.WARN if unanswered else Result.OK,
        Said(
            f"{len(unanswered)} unanswered, {late} past the deadline" + _listed(codes),
            f"未应答 {len(unanswered)}，已超期 {late}" + _listed(codes),
        ),
        Said(
            "hubctl alarm list, then take each on with hubctl alarm ack.",
            "先 hubctl alarm list，再用 hubctl alarm ack 逐项受理。",
        ),
        (f"alarms={len(unanswered)};0;;0", f"alarms_late={late};;0;0"),
    )


def _ordered(health: ChannelHealth) -> Advice | None:
    """What to do about a channel that an operator has taken out."""
    if health.state not in {ChannelState.DRAINING, ChannelState.DISABLED}:
        return None
    again = f"hubctl channel resume {health.name}"
    told = f"It was taken out by an order: {again}, when its reason is over."
    return Advice("", told, "", f"该通道由操作员停用；原因消除后执行 {again}。")


def _channels(channels: Sequence[ChannelHealth]) -> Iterator[Finding]:
    up = any(health.state is ChannelState.UP for health in channels)
    for health in channels:
        fine = health.state is ChannelState.UP and not health.standby
        by, by_zh = (
            (f" by {health.standby}", f" 走 {health.standby}") if health.standby else ("", "")
        )
        wrong = not up or health.reason in NEVER_BY_ITSELF
        known = _ordered(health) or advice(health.reason)
        yield Finding(
            f"channel {health.name}",
            Result.OK if fine else Result.FAIL if wrong else Result.WARN,
            Said(
                f"{CHANNEL_WORDS[health.state].english}{by} {health.reason}".rstrip(),
                f"{CHANNEL_WORDS[health.state].chinese}{by_zh} {health.reason}".rstrip(),
            ),
            Said(known.do, known.do_zh)
            if known
            else Said(
                "Check the broker, its disk and its lines.", "请检查消息服务器、磁盘和线路。"
            ),
        )


def _graded(value: float, warn: float, fail: float) -> Result:
    return Result.FAIL if value > fail else Result.WARN if value > warn else Result.OK


def _listed(names: Sequence[Any]) -> str:
    return f": {', '.join(map(str, names))}" if names else ""
