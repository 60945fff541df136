"""Client of a time-stamp authority (RFC 3161 over HTTP): octets in, a verified token out.

Rules of this file:
- A token is handed out only after it verified: an authority that answers something else has not
  answered. It is kept beside what it stamps, never inside.
- The border retries, and only here: what did not arrive, a few times with growing pauses; a refusal
  of the authority never.
- Plain HTTP is enough: the token is signed, and what is sent is a digest and a number.
"""

import http.client
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Final

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from hub.errors import Misconfigured, SealUntrusted, TargetDown
from hub.voucher import timestamp
from hub.voucher.chain import Anchors
from hub.voucher.ports import Suite
from hub.voucher.timestamp import Stamp

QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"
ATTEMPTS: Final = 4
TIMEOUT_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.2
PAUSE_SECONDS_MAX: Final = 5.0
NONCE_BITS: Final = 63


class TsaClient:
    """One authority at one URL.

    Source: RFC 3161, 3.4; RFC 3161, 2.4.1; protocol rule 8.1
    """

    def __init__(
        self,
        url: str,
        anchors: Callable[[], Anchors],
        suites: Mapping[str, Suite],
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        """`anchors` gives the trust in force, at each stamp anew.

        Raises:
            Misconfigured: `tsa_url`: it is no HTTP URL.
        """
        if not url.startswith(("http://", "https://")):
            raise Misconfigured("tsa_url")
        self._url = url
        self._anchors = anchors
        self._suites = suites
        self._timeout_seconds = timeout_seconds
        self._retrying = Retrying(
            retry=retry_if_exception_type(TargetDown),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential(multiplier=pause_seconds, max=PAUSE_SECONDS_MAX),
            reraise=True,
        )

    def stamp(self, octets: bytes) -> tuple[bytes, Stamp]:
        """A token over the octets, and what it says; up to four attempts of 10 s each.

        Raises:
            TargetDown: `tsa_down`: the authority does not answer, or not what it should.
            SealUntrusted: `timestamp_refused`, `timestamp_nonce`; its token is not to be trusted.
            SealBroken, Malformed: its token does not hold, as `timestamp.verify` says.
        """
        nonce = secrets.randbits(NONCE_BITS) + 1
        asked = timestamp.request(octets, nonce)
        answer: bytes = self._retrying(self._post, asked)
        token = timestamp.granted(answer, nonce)
        return token, timestamp.verify(token, octets, self._anchors(), self._suites)

    def _post(self, asked: bytes) -> bytes:
        query = urllib.request.Request(  # noqa: S310 - the constructor has seen the scheme
            self._url, data=asked, headers={"Content-Type": QUERY, "Accept": REPLY}
        )
        try:
            with urllib.request.urlopen(query, timeout=self._timeout_seconds) as answer:  # noqa: S310
                kind = answer.headers.get_content_type()
                octets: bytes = answer.read(timestamp.TOKEN_BYTES_MAX + 1)
        except urllib.error.HTTPError as error:
            with error:
                if error.code < 500:
                    raise SealUntrusted("timestamp_refused", status=error.code) from error
            raise TargetDown("tsa_down", status=error.code) from error
        except (OSError, http.client.HTTPException) as error:
            raise TargetDown("tsa_down") from error
        if kind != REPLY or len(octets) > timestamp.TOKEN_BYTES_MAX:
            raise TargetDown("tsa_down")
        return octets
