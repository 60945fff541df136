"""SM2 in plain Python says what libcrypto says, on good signatures and on bad ones."""

from random import Random

from hub.voucher import der
from hub.voucher.suites.curve import ORDER
from hub.voucher.suites.sm2_plain import Sm2Plain
from hub.voucher.suites.sm2_sm3 import Sm2Sm3
from tests.support.sealed import a_holder, suites

PLAIN = Sm2Plain()


def both(certificate: bytes, signature: bytes, data: bytes) -> bool:
    """The verdict of both, which must be one."""
    said = PLAIN.verify(certificate, signature, data)
    assert said == suites()["sm2-sm3"].verify(certificate, signature, data)
    return said


def test_it_agrees_with_libcrypto_on_random_signatures_and_their_mutations() -> None:
    suite, draw = suites()["sm2-sm3"], Random(1)
    assert isinstance(suite, Sm2Sm3)
    for seed in range(6):
        holder = a_holder(suite, f"signer {seed}")
        data = draw.randbytes(draw.randint(0, 300))
        signature = holder.key.sign(data)
        assert PLAIN.digest(data) == suite.digest(data)
        assert both(holder.certificate, signature, data)
        assert not both(holder.certificate, signature, data + b"!")
        at = draw.randrange(len(signature))
        flipped = bytearray(signature)
        flipped[at] ^= 1 << draw.randrange(8)
        assert not both(holder.certificate, bytes(flipped), data)


def test_what_is_out_of_range_or_no_signature_is_refused_by_both() -> None:
    holder = a_holder(suites()["sm2-sm3"], "signer")
    pair = der.pair(holder.key.sign(b"data"))
    assert pair is not None
    r, s = pair
    for one, other in ((r + ORDER, s), (r, s + ORDER), (0, s), (r, 0), (r, ORDER - r), (1, 1)):
        signature = der.build(der.SEQUENCE, der.integer(one), der.integer(other))
        assert not both(holder.certificate, signature, b"data")
    for octets in (b"", b"0\x00", holder.key.sign(b"data") + b"\x00"):
        assert not both(holder.certificate, octets, b"data")


def test_a_key_of_another_curve_verifies_nothing() -> None:
    holder = a_holder(suites()["p256-sha256"], "signer")
    assert not PLAIN.verify(holder.certificate, holder.key.sign(b"data"), b"data")
    assert not PLAIN.verify(b"no certificate", holder.key.sign(b"data"), b"data")
