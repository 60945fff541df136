"""The party's edge: files of an older system become drafts to be sealed, sealed vouchers its files.

Everything a verdict depends on is given by `ops.alone`; the commands are one call each.
"""

from collections.abc import Sequence

from hub.clock import business_year
from hub.errors import Malformed, RuleBroken, SchemaViolation
from hub.parties import Party
from hub.voucher import legacy, rules
from hub.voucher.catalogue import Kind
from hub.voucher.codec import open_message
from hub.voucher.legacy import LegacyVoucher
from hub.voucher.merge import merge
from hub.voucher.model import Draft, LayerId, LayerType, Voucher, VoucherId
from ops.alone import Alone


def drafts_of(
    octets: bytes, library: Alone, acting: Party, to: Sequence[str], below: Voucher | None = None
) -> list[Draft]:
    """The drafts of an older envelope, each judged as sealing will judge it.

    `acting` made what is in it; `below` is the sealed original where it is a receipt or return.

    Raises:
        Malformed: what `hub.voucher.legacy.read` raises; `legacy_identity` where the original is
            missing, or is another voucher.
        SchemaViolation, RuleBroken: a body does not obey its kind; `legacy_differs`.
    """
    return [_draft(found, octets, library, acting, to, below) for found in legacy.read(octets)]


def written(voucher: Voucher, library: Alone) -> bytes:
    """A verified voucher as an older system reads it: its top layer on its original.

    Raises:
        SchemaViolation: `legacy_layer`, `legacy_character`.
    """
    original, top = voucher.original.content, voucher.top
    head = open_message(voucher.octets).head
    if top.id.layer is LayerType.ORIGINAL:
        return legacy.write(head, original, flag="0")
    if top.id.layer is LayerType.RECEIPT:
        return legacy.write(
            head, merge(original, top.content, _kind(library, voucher.id)), flag="1"
        )
    if top.id.layer is LayerType.RETURN:
        reason = top.content.fields["Return_Reason"]
        return legacy.write(head, original, flag="1", return_reason=reason)
    raise SchemaViolation("legacy_layer", layer=top.id.layer)


def _draft(
    found: LegacyVoucher,
    octets: bytes,
    library: Alone,
    acting: Party,
    to: Sequence[str],
    below: Voucher | None,
) -> Draft:
    head = found.head
    issuer = below.id.issuer if below is not None else acting
    voucher = VoucherId(
        library.ground.env, head.division, head.year, head.kind, issuer, head.number
    )
    kind = _kind(library, voucher)
    layer, body = legacy.native(found, kind, octets)
    if (layer is LayerType.ORIGINAL) == (below is not None):
        raise Malformed("legacy_identity", field="VoucherFlag")
    if below is not None:
        if below.id != voucher:
            raise Malformed("legacy_identity", field="VoucherNo")
        for field, row in legacy.differing(found.body, below.original.content, kind)[:1]:
            raise RuleBroken("legacy_differs", field=field, row=row or None)
    draft = Draft(
        LayerId(voucher, layer, acting),
        library.release,
        tuple(to) or (str(issuer),),
        body,
        below,
    )
    _judge(draft, kind, library)
    return draft


def _judge(draft: Draft, kind: Kind, library: Alone) -> None:
    voucher, layer = draft.id.voucher, draft.id.layer
    release = library.ground.catalogues.release(library.release)
    assert release is not None, "the release in force is here"
    where = (voucher.kind, voucher.division, voucher.year, layer)
    content = release.parse(*where, release.write(*where, draft.body))
    below = draft.below.original.content if draft.below is not None else None
    rules.check(kind, layer, content, below, business_year(library.clock.now()))


def _kind(library: Alone, voucher: VoucherId) -> Kind:
    release = library.ground.catalogues.release(library.release)
    assert release is not None, "the release in force is here"
    return release.kind(voucher.kind, voucher.division, voucher.year)
