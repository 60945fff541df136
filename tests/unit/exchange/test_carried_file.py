"""The form of a carried file: what is written is read, and nothing else."""

import hashlib
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.clock import Instant
from hub.errors import HubError, Malformed, Misconfigured, SealUntrusted
from hub.exchange.carriage import CarriedKind
from hub.exchange.carried_file import (
    END,
    FRAME_MAX,
    Header,
    Lock,
    Scan,
    Tally,
    encode_frame,
    encode_header,
    encode_tally,
)
from hub.exchange.model import Mark, MessageClass
from hub.parties import NodeId
from keys.carried_locks import _locked, lock, unlock
from keys.certificates import Issuer, Request, Subject, Use
from keys.custody import P256, FileNodeSigner, Vault

HEADER = Header(
    "sd-test", CarriedKind.PACKETS, "bureau-00aa-00001", NodeId("bureau"), NodeId("hub"),
    "00aa" * 4, Instant(1_790_000_000_000), (Lock(b"c" * 32, b"p" * 65, b"w" * 48),),
)  # fmt: skip
MARKS = (Mark(MessageClass.ONLINE, 7, b"m" * 32),)


def written(frames: list[bytes], header: Header = HEADER, count: int = 3) -> bytes:
    octets = encode_header(header) + b"".join(map(encode_frame, frames)) + END
    digest = hashlib.sha256(octets).digest()
    return octets + encode_tally(Tally(len(frames), count, MARKS, digest, b"s" * 32, b"sig"))


def read(octets: bytes) -> tuple[Scan, list[bytes]]:
    scan = Scan(io.BytesIO(octets).read)
    return scan, list(scan)


@given(frames=st.lists(st.binary(min_size=1, max_size=200), max_size=6))
def test_what_was_written_is_read_with_its_digest(frames: list[bytes]) -> None:
    octets = written(frames)
    scan, found = read(octets)
    assert (HEADER, frames, MARKS, 3) == (scan.header, found, scan.tally.marks, scan.tally.count)
    assert hashlib.sha256(octets).digest() == scan.digest
    assert len(octets) == scan.octets


@settings(max_examples=200)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_changed_octet_is_refused_or_is_seen_by_cipher_and_signature(at: int, bit: int) -> None:
    octets = bytearray(written([b"first frame", b"second frame"]))
    at %= len(octets)
    octets[at] ^= 1 << bit
    try:
        scan, _ = read(bytes(octets))
    except Malformed:
        return
    # a reading that holds has another signed part
    assert (scan.tally.signer, scan.tally.signature, scan.tally.count, scan.tally.marks) != (
        b"s" * 32, b"sig", 3, MARKS,
    )  # fmt: skip


@given(cut=st.integers(0, 10_000))
def test_a_file_that_ends_too_soon_is_refused(cut: int) -> None:
    octets = written([b"first frame", b"second frame"])
    with pytest.raises(Malformed, match=r"^carried_(truncated|malformed)$"):
        read(octets[: cut % len(octets)])


def test_a_file_is_refused_that_says_more_or_holds_more() -> None:
    octets = written([b"frame"])
    for other, code in (
        (octets + b"x", "carried_changed"),
        (octets[:10] + octets[11:], "carried_malformed"),
        (b"EVX1" + octets, "carried_malformed"),
        (octets[:6] + b"\xff" * 4 + octets[10:], "carried_too_large"),
        (encode_header(HEADER) + (FRAME_MAX + 1).to_bytes(4), "carried_too_large"),
        (written([b"frame"], replace(HEADER, locks=HEADER.locks * 33)), "carried_too_large"),
        (written([b"frame"], replace(HEADER, number="two words")), "carried_malformed"),
    ):
        with pytest.raises(Malformed, match=f"^{code}$"):
            read(other)


def signer(vault: Vault) -> FileNodeSigner:
    key, name = vault.generate(P256), Subject("site", "node")
    dates = (Instant(1_790_000_000_000), Instant(1_890_000_000_000))
    request = Request(name, key.public_key_info, Use.NODE, *dates)
    return FileNodeSigner(Issuer(name, key).issue([request])[0], key)


def test_a_lock_opens_for_its_node_keys_only() -> None:
    vault = Vault("sd-test", b"secret", development=True)
    first, second, stranger = (signer(vault) for _ in range(3))
    context = HEADER.context
    locks, cipher = lock([first.certificate, second.certificate], context)
    sealed = cipher.encipher(1, b"a message")
    for one in (first, second):
        assert b"a message" == unlock(locks, one, context).decipher(1, sealed)
    with pytest.raises(Misconfigured, match=r"^carried_other_key$"):
        unlock(locks, stranger, context)
    with pytest.raises(SealUntrusted, match=r"^carried_no_receiver_key$"):
        lock([], context)


def test_a_frame_cannot_be_moved_changed_or_taken_into_another_file() -> None:
    vault = Vault("sd-test", b"secret", development=True)
    holder = signer(vault)
    locks, cipher = lock([holder.certificate], HEADER.context)
    sealed = cipher.encipher(1, b"a message")
    other = replace(HEADER, number="bureau-00aa-00002").context
    short = _locked(b"too short", holder.certificate, HEADER.context)
    for act in (
        lambda: cipher.decipher(2, sealed),
        lambda: cipher.decipher(1, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        lambda: unlock(locks, holder, other),
        lambda: unlock([replace(locks[0], point=b"\x04" + bytes(64))], holder, HEADER.context),
        lambda: unlock([replace(locks[0], wrapped=bytes(48))], holder, HEADER.context),
        lambda: unlock([short], holder, HEADER.context),
    ):
        with pytest.raises(HubError, match=r"^carried_changed$"):
            act()
