"""What the definitions allow, said as a party would try it."""

import base64
import hashlib
import json
import re
from typing import Any

import pytest

from adapters.rabbit.lines import Line, LineOrder
from adapters.rabbit.topology import (
    NodeUser,
    definitions,
    differences,
    expected_queues,
    password_hash,
    queue_name,
    routing_key,
)
from hub.exchange.model import MessageClass
from hub.parties import NodeId

HUB, BANK, OTHER = NodeId("hub"), NodeId("bank-a"), NodeId("bank-ab")
MADE = definitions([NodeUser(OTHER), NodeUser(HUB), NodeUser(BANK)], HUB)


def permission(node: NodeId, kind: str) -> re.Pattern[str]:
    [found] = [p for p in MADE["permissions"] if p["user"] == node]
    return re.compile(found[kind])


def may_publish(node: NodeId, key: str) -> bool:
    [found] = [p for p in MADE["topic_permissions"] if p["user"] == node]
    return re.search(found["write"], key) is not None


def matches(pattern: str, key: str) -> bool:
    """Topic matching, as the broker does it."""
    words, keys = pattern.split("."), key.split(".")
    return len(words) == len(keys) and all(w in {"*", k} for w, k in zip(words, keys, strict=True))


def reached(key: str, exchange: str = "evx") -> set[str]:
    return {
        b["destination"]
        for b in MADE["bindings"]
        if b["source"] == exchange and matches(b["routing_key"], key)
    }


@pytest.mark.parametrize("message_class", MessageClass)
def test_a_message_reaches_its_receivers_queue_and_no_other(message_class: MessageClass) -> None:
    key = routing_key(BANK, OTHER, message_class)
    assert {queue_name(OTHER, message_class)} == reached(key)
    assert {"bank-ab.dead"} == reached(key, "evx.dead")


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("bank-a.hub.online", True),
        ("bank-a.hub.hop", True),
        ("bank-a.bank-ab.hop", False),
        ("bank-a.hubs.online", False),
        ("bank-ab.hub.online", False),
        ("hub.bank-a.online", False),
        ("bank-a.hub.secret", False),
        ("bank-a.hub.online.more", False),
        ("xbank-a.hub.online", False),
        ("bank-a.evx.incarnation", False),
    ],
)
def test_a_node_publishes_only_under_its_own_name(key: str, allowed: bool) -> None:  # noqa: FBT001
    assert allowed is may_publish(BANK, key)


@pytest.mark.parametrize("message_class", MessageClass)
def test_the_hub_reaches_everybody_and_a_party_only_the_hub(message_class: MessageClass) -> None:
    """Else one party could fill the queues of another, which then refuse what the hub sends."""
    assert all(may_publish(HUB, routing_key(HUB, node, message_class)) for node in (BANK, OTHER))
    assert may_publish(BANK, routing_key(BANK, HUB, message_class))
    assert not may_publish(BANK, routing_key(BANK, OTHER, message_class))
    assert not may_publish(BANK, routing_key(BANK, BANK, message_class))


def test_only_the_founder_gives_a_disk_its_incarnation() -> None:
    assert may_publish(HUB, "hub.evx.incarnation")
    assert {f"{n}.incarnation" for n in (HUB, BANK, OTHER)} == reached("hub.evx.incarnation")


def test_a_node_reads_its_own_queues_and_changes_nothing() -> None:
    own = set(expected_queues(BANK))
    every = {queue["name"] for queue in MADE["queues"]}
    assert own == {name for name in every if permission(BANK, "read").search(name)}
    assert not any(permission(BANK, "configure").search(name) for name in every | {"evx"})
    assert permission(BANK, "write").search("evx")
    assert not any(permission(BANK, "write").search(name) for name in (*every, "", "evx.dead"))


def test_every_queue_of_a_class_refuses_when_full_and_keeps_its_dead() -> None:
    for queue in MADE["queues"]:
        arguments: dict[str, Any] = queue["arguments"]
        assert "quorum" == arguments["x-queue-type"]
        assert queue["durable"]
        assert "x-queue-mode" not in arguments  # refused from 4.3 on
        assert "alternate-exchange" not in arguments
        if queue["name"].rpartition(".")[2] in set(MessageClass):
            assert 1000 == arguments["x-delivery-limit"]
            assert "reject-publish" == arguments["x-overflow"]
            assert "at-least-once" == arguments["x-dead-letter-strategy"]
            assert arguments["x-max-length"] > 0
            assert arguments["x-max-length-bytes"] > 0


def test_no_policy_of_a_site_applies_beside_the_one_that_changes_nothing() -> None:
    [policy] = MADE["policies"]
    assert (".*", "all") == (policy["pattern"], policy["apply-to"])
    assert policy["priority"] > 100_000
    assert {"delivery-limit"} == policy["definition"].keys()
    limits = [queue["arguments"]["x-delivery-limit"] for queue in MADE["queues"]]
    assert policy["definition"]["delivery-limit"] >= max(limits)


def test_the_order_of_nodes_makes_no_difference_and_the_document_is_json() -> None:
    again = definitions([NodeUser(BANK), NodeUser(OTHER), NodeUser(HUB)], HUB)
    assert json.dumps(MADE) == json.dumps(again)


def test_a_user_with_a_certificate_has_no_password() -> None:
    assert {""} == {user["password_hash"] for user in MADE["users"]}
    made = password_hash("secret", b"salt")
    assert b"salt" + hashlib.sha256(b"saltsecret").digest() == base64.b64decode(made)


def test_what_differs_is_said_by_name_and_in_a_stable_order() -> None:
    assert "" == differences(BANK, [])
    missing = ["bank-a.dead", "evx", "bank-a.online"]
    assert "missing: evx, bank-a.online, bank-a.dead" == differences(BANK, missing)


def test_lines_are_tried_in_order_and_the_main_one_is_first_again() -> None:
    one, two, three = (Line(name, "localhost", 1) for name in "abc")
    order = LineOrder([one, two, three])
    tried = [order.current]
    waits = []
    for _ in range(4):
        waits.append(order.lost())
        tried.append(order.current)
    assert [one, two, three, one, two] == tried
    assert [False, False, True, False] == waits
    order.go_back()
    assert one is order.current
