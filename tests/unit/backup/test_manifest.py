"""A backup set is consistent or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import Instant
from hub.errors import Damaged, RuleBroken
from ops.backup import manifest
from ops.backup.manifest import Checkpoint, Manifest, Role, piece

MADE = Manifest(
    "20261121T080000000Z",
    "hub",
    Instant(1_795_000_000_000),
    Checkpoint("00ff00ff00ff00ff", 7, "ab" * 32),
    {"kind": "sqlite", "after": 3},
    (piece(Role.SETTINGS, "hub.toml", b"[node]\n"), piece(Role.ROUTING, "routes.toml", b"")),
)


def test_a_manifest_is_read_back_as_written() -> None:
    assert MADE == manifest.read(manifest.write(MADE))


@given(st.integers(min_value=0), st.integers(1, 255))
def test_any_changed_octet_of_a_manifest_shows(at: int, change: int) -> None:
    octets = bytearray(manifest.write(MADE))
    octets[at % len(octets)] ^= change
    try:
        assert MADE == manifest.read(bytes(octets))  # only where JSON itself allows: white space
    except Damaged as told:
        assert "manifest_damaged" == told.code  # noqa: PT017
    except UnicodeDecodeError:
        pytest.fail("a damaged manifest must not be a bug")


@given(st.binary(max_size=300))
def test_no_octets_at_all_are_a_manifest(octets: bytes) -> None:
    with pytest.raises(Damaged):
        manifest.read(octets)


def test_a_changed_piece_is_told() -> None:
    manifest.check_piece(MADE.pieces[0], b"[node]\n")
    with pytest.raises(Damaged, match="piece_damaged"):
        manifest.check_piece(MADE.pieces[0], b"[node]!")


def test_a_missing_role_is_refused() -> None:
    manifest.require_roles(MADE.pieces, frozenset({Role.SETTINGS, Role.ROUTING}))
    with pytest.raises(RuleBroken, match="set_incomplete role=wrapping"):
        manifest.require_roles(MADE.pieces, frozenset({Role.WRAPPING, Role.ROUTING}))


def _pem(label: str, rest: str = "MIGHAgEAMBMGByqGSM49") -> bytes:
    return f"-----BEGIN {label}-----\n{rest}\n-----END {label}-----\n".encode()


def test_a_private_key_in_the_clear_is_refused() -> None:
    word = "PRIVATE " + "KEY"
    for label in (word, f"EC {word}", f"RSA {word}", f"SM2 {word}"):
        with pytest.raises(RuleBroken, match="plain_key"):
            piece(Role.WRAPPING, "key.pem", b"# comment\n" + _pem(label))


def test_a_bare_private_key_in_der_is_refused() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    for form in (
        serialization.PrivateFormat.PKCS8,
        serialization.PrivateFormat.TraditionalOpenSSL,
    ):
        octets = key.private_bytes(
            serialization.Encoding.DER, form, serialization.NoEncryption()
        )  # fmt: skip
        assert manifest.holds_plain_key(octets)


def test_a_wrapped_key_and_a_public_one_are_taken() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    wrapped = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    word = "PRIVATE " + "KEY"
    old_style = _pem(f"EC {word}", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA")
    for octets in (wrapped, wrapped.replace(b"-----", b""), old_style, _pem("CERTIFICATE")):
        assert not manifest.holds_plain_key(octets)


def test_set_names_sort_by_time() -> None:
    names = [manifest.set_name(Instant(at)) for at in (0, 1, 999, 1000, 1_795_000_000_000)]
    assert sorted(names) == names
    assert len(set(names)) == len(names)
