"""The sealed propertyInfo: what a seal binds its layer to (PROTOCOL §2).

    evx1;env=;cat=;layer=;type=;year=;div=;issuer=;to=;no=;pos=;n=<i>/<k>;suite=;prev=

Rules: every key, in this order, once; values `[0-9A-Za-z_.-]{1,60}`, in `to=` also `,` and `*`;
numbers without leading zeros; `prev` is 64 lower-case hex digits. One content has one writing.
"""

import re
from typing import Final

from hub.errors import Malformed
from hub.voucher.model import Binding, LayerType

START: Final = "0" * 64
"""`prev` of the first seal of a stack."""

_VALUE: Final = "[0-9A-Za-z_.-]{1,60}"
_PARTY: Final = "[0-9]{3}\\.[0-9A-Za-z-]{1,40}"
_FORM: Final = re.compile(
    f"evx1;env=({_VALUE});cat=(0|[1-9][0-9]{{0,8}});layer=(original|receipt|return|recall|document)"
    f";type=({_VALUE});year=([0-9]{{4}});div=({_VALUE});issuer=({_PARTY})"
    f";to=(?=[^;]{{1,60}};)(\\*|{_PARTY}(?:,{_PARTY})*);no=([0-9A-Za-z-]{{1,60}})"
    f";pos=({_VALUE});n=([1-9])/([1-9]);suite=({_VALUE});prev=([0-9a-f]{{64}})",
    re.ASCII,
)


def read(text: str) -> Binding:
    """Read propertyInfo.

    Raises:
        Malformed: `property_info`.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise Malformed("property_info")
    env, cat, layer, kind, year, div, issuer, to, no, pos, index, count, suite, prev = (
        match.groups()
    )
    return Binding(
        env=env,
        cat=int(cat),
        layer=LayerType(layer),
        type=kind,
        year=year,
        div=div,
        issuer=issuer,
        to=tuple(to.split(",")),
        no=no,
        pos=pos,
        index=int(index),
        count=int(count),
        suite=suite,
        prev=prev,
    )


def write(binding: Binding) -> str:
    """The one writing of a binding.

    Raises:
        Malformed: `property_info`: a value outside the charset; nothing is replaced.
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
