"""What stands on each broker, as data: the RabbitMQ definitions, and what is missing at a check.

Pure. The operator loads the definitions (`load_definitions`, or `rabbitmqctl import_definitions`);
the application declares nothing (configure `^$`) and only looks, passively, whether it is there.

* One topic exchange `evx`. Routing key `<sender>.<receiver>.<class>`; a node may publish only
  under its own first word (topic permission), into nothing but this exchange (write permission),
  and read only its own queues. A party has one neighbour, the hub, so its second word is the hub:
  nobody fills another party's queues. Users authenticated by certificate have no password at all.
* One quorum queue per (node, class), also on a single broker. Delivery limit 1000: poison is
  decided by content, never by count. A full queue refuses (`reject-publish`), so that the sender
  knows. Dead letters go, at least once, to `<node>.dead`, which the node reads itself.
* The incarnation of a broker's disk is one token message in the quorum queue `<node>.incarnation`
  of every node, read by get and requeue at each connect. Only the founder (the hub) may publish
  it, one message into all of them: a new one when its own queue is empty, the same again whenever
  it connects, so that nodes added later get theirs; the queue keeps the last one only. A queue for
  each node, because a shared one could be emptied by any of its readers, and would show itself
  empty to a second reader. Not a stream, although nobody can take anything out of one: on 3.10 the
  stream was not found again after its broker had been killed and had come back under load.
* Never an alternate exchange: it would hide mandatory returns.
* One policy over everything, of a priority above all others: a broker applies one policy to a
  queue, so none of the site's (a delivery limit of 3, a time to live) reaches ours. Of a policy's
  delivery limit and a queue's own the smaller counts; so this one is as good as none. Operator
  policies, which a broker adds to it, are to be left alone.
"""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.exchange.model import MessageClass
from hub.parties import NodeId

VHOST: Final = "evx"
EXCHANGE: Final = "evx"
DEAD_EXCHANGE: Final = "evx.dead"
INCARNATION: Final = "incarnation"
DELIVERY_LIMIT: Final = 1000
_UNLIMITED: Final = 1_000_000_000  # from 4.0 on, no limit at all means 20
_ABOVE_ALL: Final = 1_000_000
GIBIBYTE: Final = 1 << 30

# Notices and beats are small and made again when lost; batch is where packs of 2 MB travel.
LENGTH_MAX: Final[Mapping[MessageClass, int]] = {
    MessageClass.URGENT: 200_000,
    MessageClass.ONLINE: 500_000,
    MessageClass.BATCH: 200_000,
    MessageClass.HOP: 200_000,
}
BYTES_MAX: Final[Mapping[MessageClass, int]] = {
    MessageClass.URGENT: 4 * GIBIBYTE,
    MessageClass.ONLINE: 16 * GIBIBYTE,
    MessageClass.BATCH: 16 * GIBIBYTE,
    MessageClass.HOP: 2 * GIBIBYTE,
}


@dataclass(frozen=True, slots=True)
class NodeUser:
    """A node's account on a broker; its user name is the node's id (and its certificate's CN)."""

    node: NodeId
    password_hash: str = ""
    """Empty: certificate only. See `password_hash` for development brokers."""


def queue_name(node: NodeId, message_class: MessageClass) -> str:
    """The queue of a node and class."""
    return f"{node}.{message_class.value}"


def dead_queue_name(node: NodeId) -> str:
    """Where a node's dead letters wait for itself."""
    return f"{node}.dead"


def routing_key(sender: NodeId, receiver: NodeId, message_class: MessageClass) -> str:
    """What a message is published under."""
    return f"{sender}.{receiver}.{message_class.value}"


def founding_key(founder: NodeId) -> str:
    """What the founder publishes the incarnation's token under."""
    return f"{founder}.{EXCHANGE}.{INCARNATION}"


def incarnation_queue_name(node: NodeId) -> str:
    """Where a node reads the incarnation of the broker's disk."""
    return f"{node}.{INCARNATION}"


def expected_queues(node: NodeId) -> tuple[str, ...]:
    """What a node needs to find on a broker before it uses it."""
    own = (queue_name(node, message_class) for message_class in MessageClass)
    return (*own, dead_queue_name(node), incarnation_queue_name(node))


def differences(node: NodeId, missing: Collection[str]) -> str:
    """One line saying exactly what a broker lacks, from the names passive looks did not find."""
    lacking = [name for name in (EXCHANGE, *expected_queues(node)) if name in missing]
    return "missing: " + ", ".join(lacking) if lacking else ""


def password_hash(password: str, salt: bytes) -> str:
    """RabbitMQ's salted SHA-256 form; for brokers on loopback only. The salt has four bytes."""
    assert len(salt) == 4
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def definitions(nodes: Iterable[NodeUser], founder: NodeId) -> dict[str, Any]:
    """The definitions document for one broker.

    Args:
        nodes: every node that uses the channel; their order does not matter.
        founder: the node whose user may put the incarnation's token: the hub.
    """
    users = sorted(nodes, key=lambda user: user.node)
    assert founder in {user.node for user in users}
    ids = [user.node for user in users]
    return {
        "vhosts": [{"name": VHOST}],
        "users": [_user(user) for user in users],
        "permissions": [_permission(node) for node in ids],
        "topic_permissions": [_topic_permission(node, founder) for node in ids],
        "policies": [_policy()],
        "exchanges": [_exchange(EXCHANGE), _exchange(DEAD_EXCHANGE)],
        "queues": [queue for node in ids for queue in _queues(node)],
        "bindings": [binding for node in ids for binding in _bindings(node, founder)],
    }


def _user(user: NodeUser) -> dict[str, Any]:
    return {
        "name": user.node,
        "password_hash": user.password_hash,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "",
    }


def _permission(node: NodeId) -> dict[str, str]:
    classes = "|".join(message_class.value for message_class in MessageClass)
    return {
        "user": node,
        "vhost": VHOST,
        "configure": "^$",
        "write": f"^{EXCHANGE}$",
        "read": rf"^{node}\.({classes}|dead|{INCARNATION})$",
    }


def _topic_permission(node: NodeId, founder: NodeId) -> dict[str, str]:
    classes = "|".join(message_class.value for message_class in MessageClass)
    receivers = "[a-z0-9-]+" if node == founder else founder
    keys = rf"{node}\.{receivers}\.({classes})"
    if node == founder:
        keys += rf"|{node}\.{EXCHANGE}\.{INCARNATION}"
    return {
        "user": node,
        "vhost": VHOST,
        "exchange": EXCHANGE,
        "write": f"^({keys})$",
        "read": "^$",
    }


def _policy() -> dict[str, Any]:
    return {
        "name": EXCHANGE, "vhost": VHOST, "pattern": ".*", "apply-to": "all",
        "priority": _ABOVE_ALL, "definition": {"delivery-limit": _UNLIMITED},
    }  # fmt: skip


def _exchange(name: str) -> dict[str, Any]:
    return {
        "name": name, "vhost": VHOST, "type": "topic", "durable": True,
        "auto_delete": False, "internal": False, "arguments": {},
    }  # fmt: skip


def _queues(node: NodeId) -> list[dict[str, Any]]:
    own = [
        _queue(
            queue_name(node, message_class),
            {
                "x-queue-type": "quorum",
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-overflow": "reject-publish",
                "x-max-length": LENGTH_MAX[message_class],
                "x-max-length-bytes": BYTES_MAX[message_class],
                "x-dead-letter-exchange": DEAD_EXCHANGE,
                "x-dead-letter-strategy": "at-least-once",
            },
        )
        for message_class in MessageClass
    ]
    # No limits here: what lies dead is looked at by a person, and a full queue would stop the rest.
    patient: dict[str, str | int] = {"x-queue-type": "quorum", "x-delivery-limit": _UNLIMITED}
    last_only: dict[str, str | int] = {**patient, "x-max-length": 1, "x-overflow": "drop-head"}
    dead = _queue(dead_queue_name(node), patient)
    return [*own, dead, _queue(incarnation_queue_name(node), last_only)]


def _queue(name: str, arguments: Mapping[str, str | int]) -> dict[str, Any]:
    return {
        "name": name, "vhost": VHOST, "durable": True, "auto_delete": False,
        "arguments": dict(arguments),
    }  # fmt: skip


def _bindings(node: NodeId, founder: NodeId) -> list[dict[str, Any]]:
    own = [
        _binding(EXCHANGE, queue_name(node, message_class), f"*.{node}.{message_class.value}")
        for message_class in MessageClass
    ]
    return [
        *own,
        _binding(DEAD_EXCHANGE, dead_queue_name(node), f"*.{node}.*"),
        _binding(EXCHANGE, incarnation_queue_name(node), founding_key(founder)),
    ]


def _binding(source: str, queue: str, key: str) -> dict[str, Any]:
    return {
        "source": source, "vhost": VHOST, "destination": queue, "destination_type": "queue",
        "routing_key": key, "arguments": {},
    }  # fmt: skip
