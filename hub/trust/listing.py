"""A trust list as it is signed: its head names every section of the register by SHA-256.

Rules of this file: the head has exactly one writing (canonical JSON); signatures stand over these
octets; sections are looked up by digest, so that only what has changed is moved.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from hub.clock import Instant
from hub.errors import Malformed, SealUntrusted
from hub.trust.model import TrustList
from hub.trust.register import read_register, sections


@dataclass(frozen=True, slots=True)
class Head:
    """What two of the three pinned keys sign."""

    env: str
    number: int
    effective_at: Instant
    expires_at: Instant
    sections: Mapping[str, str]
    """Name → SHA-256 in hex."""


@dataclass(frozen=True, slots=True)
class SignedList:
    """Head octets, and signatures over them by SHA-256 of the signer's certificate."""

    head: bytes
    signatures: Mapping[bytes, bytes]


def publish(trust: TrustList) -> tuple[bytes, dict[str, bytes]]:
    """Head octets to be signed, and the sections by their SHA-256 in hex."""
    cut = sections(trust.register)
    names = {name: hashlib.sha256(octets).hexdigest() for name, octets in cut.items()}
    plain = {
        "env": trust.env,
        "number": trust.number,
        "effective_at": trust.effective_at,
        "expires_at": trust.expires_at,
        "sections": names,
    }
    return _octets(plain), {names[name]: octets for name, octets in cut.items()}


def read_head(octets: bytes) -> Head:
    """The head of a list; only its form is judged.

    Raises:
        Malformed: `trust_list_form`.
    """
    try:
        plain = json.loads(octets)
        head = Head(**plain)
        numbers = (head.number, head.effective_at, head.expires_at)
        right = (
            _octets(plain) == octets
            and type(head.env) is str
            and all(type(number) is int for number in numbers)
            and all(type(digest) is str for digest in head.sections.values())
        )
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Malformed("trust_list_form") from error
    if not right:
        raise Malformed("trust_list_form")
    return head


def assemble(head: Head, parts: Mapping[str, bytes]) -> TrustList:
    """The list with its register, from sections by SHA-256 in hex.

    Raises:
        SealUntrusted: `trust_section_missing`, `trust_section_digest`.
        Malformed: `trust_section_form`, `trust_record_twice`.
    """
    found = []
    for digest in head.sections.values():
        octets = parts.get(digest)
        if octets is None:
            raise SealUntrusted("trust_section_missing")
        if hashlib.sha256(octets).hexdigest() != digest:
            raise SealUntrusted("trust_section_digest")
        found.append(octets)
    register = read_register(found)
    return TrustList(head.env, head.number, head.effective_at, head.expires_at, register)


def _octets(plain: object) -> bytes:
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
