"""The byte vectors of the wire form hold; a client in another language may lean on them."""

import hashlib
import json
from typing import Any

import pytest

from hub.exchange import packets
from hub.voucher import open_message, xml
from hub.voucher.codec import write_message
from hub.voucher.model import Attachment, Body
from tests.support.sealed import suites
from tests.support.wire_vectors import (
    BEAT,
    BODIES,
    FRAMES,
    NOTICES,
    PACKET,
    PATH,
    REFUSED_BODIES,
    SUITES,
    binding_of,
    refused_body,
    trust_of,
    verdict,
)

VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
BY_SUITE = {plain["suite"]: plain for plain in VECTORS["suites"]}


def test_bodies_are_written_as_the_vectors_say() -> None:
    assert [name for name, _ in BODIES] == [one["name"] for one in VECTORS["bodies"]]
    for one in VECTORS["bodies"]:
        files = tuple(Attachment(a["Name"], a["Digest"], a["Length"]) for a in one["attachments"])
        body = Body(one["fields"], tuple(one["details"]), files)
        assert one["octets"].encode() == xml.write(body)
        assert body == xml.read(one["octets"].encode())[1]


def test_bodies_are_refused_as_the_vectors_say() -> None:
    assert [name for name, _ in REFUSED_BODIES] == [o["name"] for o in VECTORS["bodies_refused"]]
    for one in VECTORS["bodies_refused"]:
        assert one["code"]
        assert one["code"] == refused_body(bytes.fromhex(one["octets_hex"])), one["name"]


@pytest.mark.parametrize("name", SUITES)
def test_messages_verify_and_are_made_of_what_the_vectors_name(name: str) -> None:
    plain, suite = BY_SUITE[name], suites()[name]
    trust = trust_of(plain)
    for message in plain["messages"]:
        octets = message["octets"].encode()
        assert "" == verdict(octets, trust), message["name"]
        assert message["sha256"] == hashlib.sha256(octets).hexdigest()
        opened = open_message(octets)
        assert octets == write_message(opened.head, opened.layers)
        previous = "0" * 64
        for told, layer in zip(message["layers"], opened.layers, strict=True):
            assert told["body"].encode() == layer.body
            for said, block in zip(told["seals"], layer.seals, strict=True):
                assert said["property_info"] == binding_of(said["property_info"])
                assert said["property_info"].endswith(f"prev={previous}")
                assert said["data_hash"] == suite.digest(layer.body).hex()
                to_sign = bytes.fromhex(said["to_sign_hex"])
                assert to_sign in block.octets
                assert bytes.fromhex(said["signature_hex"]) in block.octets
                previous = suite.digest(block.octets).hex()
                assert previous == said["digest_for_prev"]


@pytest.mark.parametrize("name", SUITES)
def test_spoilt_messages_are_refused_by_the_code_of_the_vector(name: str) -> None:
    plain = BY_SUITE[name]
    trust = trust_of(plain)
    assert len(plain["refused"]) >= 8
    for one in plain["refused"]:
        assert one["code"], one["name"]
        assert one["code"] == verdict(one["octets"].encode("latin-1"), trust), one["name"]


def test_frames_between_neighbours_are_written_and_read_as_the_vectors_say() -> None:
    said = {one["name"]: bytes.fromhex(one["octets_hex"]) for one in VECTORS["frames"]}
    assert dict(FRAMES) == said
    assert PACKET == packets.decode(said["packet"])
    assert (NOTICES, b"\x01" * 32, b"\x02" * 8) == packets.decode(said["notices"])
    assert BEAT == packets.decode(said["beat"])
    assert VECTORS["proof_list"].encode() == packets.proof_list(PACKET)
    assert VECTORS["notices_sealed"].encode() == packets.notices_tbs(NOTICES)


def test_no_vector_holds_a_private_key() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert "PRIVATE" not in text
    # ECPrivateKey of both curves: version 1, then 32 octets of secret
    assert "0201010420" not in text
