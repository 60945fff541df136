"""PEM (RFC 7468): DER octets as text between a label's lines."""

import base64
import binascii

from hub.errors import Malformed


def pem(certificate: bytes, label: str = "CERTIFICATE") -> bytes:
    """PEM of DER octets, lines of 64 characters.

    Source: RFC 7468, 2
    """
    text = base64.encodebytes(certificate).replace(b"\n", b"")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    name = label.encode()
    return b"\n".join(
        (b"-----BEGIN " + name + b"-----", *lines, b"-----END " + name + b"-----", b"")
    )


def from_pem(text: bytes, label: str = "CERTIFICATE") -> bytes:
    """DER octets of the first block with this label.

    Raises:
        Malformed: `pem_form`.

    Source: RFC 7468, 2
    """
    name = label.encode()
    try:
        block = text.split(b"-----BEGIN " + name + b"-----", 1)[1]
        return base64.b64decode(block.split(b"-----END " + name + b"-----", 1)[0])
    except (IndexError, binascii.Error) as error:
        raise Malformed("pem_form") from error
