"""Time-stamp tokens (RFC 3161): what is asked for, what came back, and whether it proves anything.

Rules (protocol rule 8.1):
- A token stands beside a message, never inside. It is over the octets of a layer's last
  SES_Signature, which holds all seals before it by their chain: what it proves is that the whole
  layer was sealed no later than the token's time.
- Octets are sliced by asn1crypto and hashed as they stand; nothing is encoded again but the
  signed attributes' tag, as CMS says.
- The authority's certificate is for time stamps alone (critical, sole EKU), leads to an anchor,
  and was valid and not revoked at the token's time; whether it still is does not matter.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import cms, tsp, x509

from hub.clock import Instant, instant
from hub.errors import Malformed, SealBroken, SealUntrusted
from hub.voucher import chain, der
from hub.voucher.algorithms import AnyAlgorithm
from hub.voucher.chain import Anchors
from hub.voucher.ports import Suite

SHA256: Final = "2.16.840.1.101.3.4.2.1"
SM3: Final = "1.2.156.10197.1.401"
TOKEN_BYTES_MAX: Final = 64 << 10
_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING: Final = ("1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47")
_HASHES: Final = {
    SHA256: hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
_GRANTED: Final = frozenset({0, 1})


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token says, once it is verified."""

    at: Instant
    """The authority's time plus its stated accuracy: not later than this."""
    serial: int
    policy: str
    signer: bytes
    """The authority's certificate, DER."""


@dataclass(frozen=True, slots=True)
class _Token:
    signed: Any
    info_octets: bytes
    info: Any


def request(stamped: bytes, nonce: int) -> bytes:
    """A TimeStampReq over octets by SHA-256, asking for the authority's certificate.

    Required: `nonce` is positive and drawn anew for each request.

    Source: RFC 3161, 2.4.1; wire form 5
    """
    imprint = der.build(
        der.SEQUENCE,
        der.build(der.SEQUENCE, der.oid(SHA256), b"\x05\x00"),
        der.build(der.OCTETS, hashlib.sha256(stamped).digest()),
    )
    return der.build(der.SEQUENCE, b"\x02\x01\x01", imprint, der.integer(nonce), b"\x01\x01\xff")


def granted(response: bytes, nonce: int) -> bytes:
    """The token in a TimeStampResp that answers the request with this nonce; not yet verified.

    Raises:
        Malformed: `timestamp_form`.
        SealUntrusted: `timestamp_refused` with the authority's status; `timestamp_nonce`.

    Source: RFC 3161, 2.4.2
    """
    try:
        at, end = der.whole(response)
        said, step = der.enter(response, at, end, der.SEQUENCE)
        number, _ = der.take(response, said, step, der.INTEGER)
    except Malformed as error:
        raise Malformed("timestamp_form") from error
    status = int.from_bytes(number, "big")
    if status not in _GRANTED:
        raise SealUntrusted("timestamp_refused", status=status)
    octets = response[step:]
    if _read(octets).info["nonce"].native != nonce:
        raise SealUntrusted("timestamp_nonce")
    return octets


def verify(octets: bytes, stamped: bytes, anchors: Anchors, suites: Mapping[str, Suite]) -> Stamp:
    """What a token proves of the stamped octets.

    `octets` is the token's ContentInfo, DER, at most 64 KB; `stamped` are the octets whose digest
    it must hold, for a layer the whole last SES_Signature.

    Raises:
        Malformed: `timestamp_form`, `timestamp_algorithm`.
        SealBroken: `timestamp_imprint`, `timestamp_signature`.
        SealUntrusted: `timestamp_signer` (not its certificate, or not for time stamps),
            `timestamp_chain`, `timestamp_signer_expired`, `timestamp_signer_revoked`.

    Source: RFC 3161, 2.4.2; RFC 5652, 5.4; RFC 5652, 5.6; RFC 2634, 5.4; RFC 5816; protocol rule
        8.1
    """
    token = _read(octets)
    try:
        _imprint(token, stamped, suites)
        certificate = _signer(token.signed)
        _signature(token, certificate, suites)
        stamp = _stamp(token.info, certificate)
    except (Malformed, SealBroken, SealUntrusted):
        raise
    except Exception as error:  # a lazy parser finds faults where it looks
        raise Malformed("timestamp_form") from error
    _trusted(stamp, anchors, suites)
    return stamp


def peek(octets: bytes) -> Instant:
    """The time a token claims, its accuracy added; nothing of it is verified.

    Raises:
        Malformed: `timestamp_form`.

    Source: RFC 3161, 2.4.2
    """
    token = _read(octets)
    try:
        return _stamp(token.info, b"").at
    except Exception as error:
        raise Malformed("timestamp_form") from error


def _read(octets: bytes) -> _Token:
    if len(octets) > TOKEN_BYTES_MAX:
        raise Malformed("timestamp_form")
    try:
        outer = cms.ContentInfo.load(octets, strict=True)
        signed = outer["content"]
        content = signed["encap_content_info"]
        info_octets = bytes(content["content"].contents)
        found = content["content_type"].dotted == _TST_INFO and len(signed["signer_infos"]) == 1
        info = tsp.TSTInfo.load(content["content"].parsed.dump(), strict=True)
        whole = found and info["version"].native == "v1" and info.dump() == info_octets
    except Exception as error:  # asn1crypto raises many kinds for malformed content
        raise Malformed("timestamp_form") from error
    if not whole:
        raise Malformed("timestamp_form")
    return _Token(signed, info_octets, info)


def _imprint(token: _Token, stamped: bytes, suites: Mapping[str, Suite]) -> None:
    imprint = token.info["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].dotted
    if _hash(algorithm, stamped, suites) != imprint["hashed_message"].native:
        raise SealBroken("timestamp_imprint")


def _signer(signed: Any) -> bytes:  # noqa: ANN401 - untyped library
    sid = signed["signer_infos"][0]["sid"].chosen
    for choice in signed["certificates"]:
        certificate = choice.chosen
        if not isinstance(certificate, x509.Certificate):
            continue
        if isinstance(sid, cms.IssuerAndSerialNumber):
            own = (certificate.issuer.dump(), certificate.serial_number)
            if own == (sid["issuer"].dump(), sid["serial_number"].native):
                return bytes(certificate.dump())
        elif certificate.key_identifier == sid.native:
            return bytes(certificate.dump())
    raise SealUntrusted("timestamp_signer")


def _signature(token: _Token, certificate: bytes, suites: Mapping[str, Suite]) -> None:
    signer = token.signed["signer_infos"][0]
    attributes = {a["type"].dotted: a["values"] for a in signer["signed_attrs"]}
    hashed = signer["digest_algorithm"]["algorithm"].dotted
    digest = _hash(hashed, token.info_octets, suites)
    if (
        attributes[_CONTENT_TYPE][0].dotted != _TST_INFO
        or attributes[_MESSAGE_DIGEST][0].native != digest
    ):
        raise SealBroken("timestamp_signature")
    _named(attributes, certificate)
    signed_octets = b"\x31" + signer["signed_attrs"].dump()[1:]
    algorithm = signer["signature_algorithm"]["algorithm"].dotted
    judge = AnyAlgorithm(suites)
    if not judge.holds(certificate, algorithm, hashed, signer["signature"].native, signed_octets):
        raise SealBroken("timestamp_signature")


def _named(attributes: Mapping[str, Any], certificate: bytes) -> None:
    """The signed attributes name the signer's certificate (RFC 2634, RFC 5816)."""
    first, second = _SIGNING
    if second in attributes:
        named = attributes[second][0]["certs"][0]
        algorithm = named["hash_algorithm"]["algorithm"].dotted
        made = _HASHES.get(algorithm)
        digest = made(certificate).digest() if made else b""
    elif first in attributes:
        named = attributes[first][0]["certs"][0]
        digest = hashlib.sha1(certificate, usedforsecurity=False).digest()
    else:
        raise SealUntrusted("timestamp_signer")
    if named["cert_hash"].native != digest:
        raise SealUntrusted("timestamp_signer")


def _stamp(info: Any, certificate: bytes) -> Stamp:  # noqa: ANN401 - untyped library
    accuracy = info["accuracy"]
    late = 0
    if accuracy.native is not None:
        said = accuracy.native
        late = 1000 * (said["seconds"] or 0) + (said["millis"] or 0) + bool(said["micros"])
    return Stamp(
        at=Instant(instant(info["gen_time"].native) + late),
        serial=info["serial_number"].native,
        policy=info["policy"].dotted,
        signer=certificate,
    )


def _trusted(stamp: Stamp, anchors: Anchors, suites: Mapping[str, Suite]) -> None:
    if not for_time_stamps(stamp.signer):
        raise SealUntrusted("timestamp_signer")
    path = chain.chain(stamp.signer, AnyAlgorithm(suites), anchors)
    if path.code:
        raise SealUntrusted("timestamp_chain")
    if not path.not_before <= stamp.at <= path.not_after:
        raise SealUntrusted("timestamp_signer_expired")
    if path.revoked_at is not None and path.revoked_at <= stamp.at:
        raise SealUntrusted("timestamp_signer_revoked")


def for_time_stamps(certificate: bytes) -> bool:
    """Whether a certificate is for time stamps alone, and says so critically; never raises.

    Source: RFC 3161, 2.3
    """
    try:
        extensions = x509.Certificate.load(certificate)["tbs_certificate"]["extensions"]
        return any(
            extension["extn_id"].native == "extended_key_usage"
            and extension["critical"].native
            and extension["extn_value"].parsed.native == ["time_stamping"]
            for extension in extensions or ()
        )
    except Exception:  # noqa: BLE001 - asn1crypto raises many kinds for malformed content
        return False


def _hash(algorithm: str, data: bytes, suites: Mapping[str, Suite]) -> bytes:
    if algorithm in _HASHES:
        return _HASHES[algorithm](data).digest()
    if algorithm == SM3 and "sm2-sm3" in suites:
        return suites["sm2-sm3"].digest(data)
    raise Malformed("timestamp_algorithm")
