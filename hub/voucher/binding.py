"""The sealed propertyInfo: what a seal binds its layer to (protocol rule 2.4).

    evx1;env=;cat=;layer=;type=;year=;div=;issuer=;to=;no=;pos=;n=<i>/<k>;suite=;prev=

Rules: every key, in this order, once; values `[0-9A-Za-z_.-]{1,60}`, in `to=` also `,` and `*`;
numbers without leading zeros; `prev` is 64 lower-case hex digits. One content has one writing.
"""

import re
from functools import lru_cache
from typing import Final

from hub.errors import Malformed
from hub.voucher.model import Binding, LayerType

START: Final = "0" * 64
"""`prev` of the first seal of a stack."""

_VALUE: Final = "[0-9A-Za-z_.-]{1,60}"
_PARTY: Final = "[0-9]{3}\\.[0-9A-Za-z-]{1,40}"
_START: Final = re.compile(
    f"evx1;env=({_VALUE});cat=(0|[1-9][0-9]{{0,8}});layer=(original|receipt|return|recall|document)"
    f";type=({_VALUE});year=([0-9]{{4}});div=({_VALUE});issuer=({_PARTY})"
    f";to=(?=[^;]{{1,60}}\\Z)(\\*|{_PARTY}(?:,{_PARTY})*)",
    re.ASCII,
)
"""What the vouchers of a day from one issuer share."""
_REST: Final = re.compile(
    f"([0-9A-Za-z-]{{1,60}});pos=({_VALUE});n=([1-9])/([1-9]);suite=({_VALUE});prev=([0-9a-f]{{64}})",
    re.ASCII,
)
_NUMBER: Final = ";no="


def read(text: str) -> Binding:
    """Read propertyInfo: every key once, in the wire's order, else nothing is read.

    Raises:
        Malformed: `property_info`.

    Source: protocol rule 2.4; wire form 3; GB/T 38540-2020, 7.1
    """
    start, _, rest = text.partition(_NUMBER)
    match = _REST.fullmatch(rest)
    if match is None:
        raise Malformed("property_info")
    env, cat, layer, kind, year, div, issuer, to = _start(start)
    no, pos, index, count, suite, prev = match.groups()
    return Binding(
        env, cat, layer, kind, year, div, issuer, to, no, pos, int(index), int(count), suite, prev
    )


@lru_cache(maxsize=4096)
def _start(
    text: str,
) -> tuple[str, int, LayerType, str, str, str, str, tuple[str, ...]]:
    match = _START.fullmatch(text)
    if match is None:
        raise Malformed("property_info")
    env, cat, layer, kind, year, div, issuer, to = match.groups()
    return env, int(cat), LayerType(layer), kind, year, div, issuer, tuple(to.split(","))


def write(binding: Binding) -> str:
    """The one writing of a binding: what `read` gives back, ASCII.

    Raises:
        Malformed: `property_info`: a value outside the charset; nothing is replaced.

    Source: protocol rule 2.4; wire form 3; GB/T 38540-2020, 7.1
    """
    b = binding
    text = (
        f"evx1;env={b.env};cat={b.cat};layer={b.layer};type={b.type};year={b.year};div={b.div}"
        f";issuer={b.issuer};to={','.join(b.to)};no={b.no};pos={b.pos};n={b.index}/{b.count}"
        f";suite={b.suite};prev={b.prev}"
    )
    if read(text) != binding:
        raise Malformed("property_info")
    return text
