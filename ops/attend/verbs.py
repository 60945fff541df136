"""The window's verbs as JSON: what a bank's developer sends and gets (docs/how-to/attach-a-core-*).

Pure but for the window. What has a wrong form is `window_request` with the member's name; nothing
of such a request was done.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from hub.clock import Instant, iso
from hub.desks.acks import Ack
from hub.desks.base_data import Fault
from hub.desks.mail import ORDER, Mail
from hub.desks.paper import CODE, KEY, Answer, answer_of, bounce_of, read_json
from hub.desks.ports import Bounce
from hub.errors import Malformed
from hub.voucher import drafts
from hub.voucher.model import Draft, LayerType, Voucher

IDS_MAX: Final = 500
WHY_BYTES_MAX: Final = 200
KIND: Final = re.compile(f"{ORDER}|[0-9]{{4}}")
"""Of mail; an inquiry is an order that was asked about."""
MANY: Final = f"1 to {IDS_MAX}"
Asked = Mapping[str, Any]
T = TypeVar("T")


class Window(Protocol):
    """hub.desks.window.Window, without its store's type."""

    def read(self, kinds: Sequence[str], division: str = "", limit: int = 100) -> list[Mail]:
        """New mail."""
        ...

    def read_again(self, kinds: Sequence[str], division: str = "", limit: int = 100) -> list[Mail]:
        """Read and not finished."""
        ...

    def messages(self, mail: Sequence[Mail]) -> Mapping[bytes, bytes]:
        """Octets of vouchers."""
        ...

    def faults(self, mail: Sequence[Mail]) -> Mapping[str, Fault]:
        """Where vouchers do not fit base data, by mail id."""
        ...

    def confirm(self, ids: Sequence[str]) -> int:
        """On record at the party's own system."""
        ...

    def give_back(self, mail_id: str, code: str, why: str) -> Ack:
        """Return to the issuer."""
        ...

    def discard(self, voucher_id: str, why: str) -> Ack:
        """Recall an own original."""
        ...

    def original(self, voucher_id: str) -> Voucher:
        """A recorded original."""
        ...

    def hand_over(self, drafts: Sequence[Draft]) -> list[Ack]:
        """Save and send."""
        ...

    def status(self, voucher_ids: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """Official status numbers."""
        ...

    def acks(self, layer_ids: Sequence[str]) -> list[Ack]:
        """Stored, and safe."""
        ...

    def unsafe(self, limit: int = 500) -> tuple[list[Ack], bool]:
        """Stored and not safe; whether more may be."""
        ...

    def replay(self, layer_ids: Sequence[str]) -> int:
        """Send again now."""
        ...

    def answer(self, said: Mapping[str, Answer]) -> list[str]:
        """What became of orders."""
        ...

    def tell_bounces(self, bounces: Sequence[Bounce]) -> list[str]:
        """What came back; keys that nobody knows here."""
        ...


class Verbs:
    """Every verb takes a JSON object and returns one."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def table(self) -> Mapping[str, Callable[[Asked], Mapping[str, object]]]:
        """Verbs by name, as they stand in the address."""
        return {
            "read": self.read,
            "read-again": self.read_again,
            "confirm": self.confirm,
            "confirm-fail": self.confirm_fail,
            "return": self.give_back,
            "discard": self.discard,
            "save-and-send": self.save_and_send,
            "status": self.status,
            "answer": self.answer,
            "bounces": self.bounces,
            "acks": self.acks,
            "unsafe": self.unsafe,
            "replay": self.replay,
        }

    def read(self, asked: Asked) -> Mapping[str, object]:
        """{"kinds": [], "division": "", "limit": 100} → {"mail": [...]}; it counts as read."""
        return self._shown(self._window.read(*_filter(asked)))

    def read_again(self, asked: Asked) -> Mapping[str, object]:
        """As `read`: what was read and neither answered nor confirmed."""
        return self._shown(self._window.read_again(*_filter(asked)))

    def confirm(self, asked: Asked) -> Mapping[str, object]:
        """{"ids": [...]} → {"confirmed": n}; vouchers only."""
        return {"confirmed": self._window.confirm(_texts(asked, "ids"))}

    def confirm_fail(self, asked: Asked) -> Mapping[str, object]:
        """{"id", "why"} → {"ack"}: the party's own system cannot take the voucher."""
        ack = self._window.give_back(_text(asked, "id"), "confirm_failed", _why(asked))
        return {"ack": ack_paper(ack)}

    def give_back(self, asked: Asked) -> Mapping[str, object]:
        """{"id", "code", "why"} → {"ack"}: a business return (退回)."""
        code = _text(asked, "code")
        if not CODE.fullmatch(code):
            raise Malformed("window_request", member="code")
        return {"ack": ack_paper(self._window.give_back(_text(asked, "id"), code, _why(asked)))}

    def discard(self, asked: Asked) -> Mapping[str, object]:
        """{"voucher_id", "why"} → {"ack"}: recall an own original."""
        return {"ack": ack_paper(self._window.discard(_text(asked, "voucher_id"), _why(asked)))}

    def save_and_send(self, asked: Asked) -> Mapping[str, object]:
        """{"drafts": [...]} → {"acks": [...]}: each stored; the same again changes nothing."""
        papers = _listed(asked, "drafts")
        made = [draft_of(self._window, drafts.octets(paper)) for paper in papers]
        return {"acks": [ack_paper(ack) for ack in self._window.hand_over(made)]}

    def status(self, asked: Asked) -> Mapping[str, object]:
        """{"voucher_ids": [...]} → {"status": {voucher_id: {layer_id: number}}}, at most 500."""
        return {"status": self._window.status(_texts(asked, "voucher_ids"))}

    def answer(self, asked: Asked) -> Mapping[str, object]:
        """{"answers": {key: {"outcome": …}}} → {"taken": n, "differs": [...]}."""
        said = asked.get("answers")
        if not isinstance(said, dict) or len(said) > IDS_MAX:
            expected = f"an object of at most {IDS_MAX} answers by key"
            raise Malformed("window_request", member="answers", expected=expected)
        read = {_key(key): _answer_of(key, paper) for key, paper in said.items()}
        differs = self._window.answer(read)
        return {"taken": len(read) - len(differs), "differs": differs}

    def bounces(self, asked: Asked) -> Mapping[str, object]:
        """{"bounces": [{"key", "code", "day"}]} → {"taken": n, "unknown": [...]}."""
        told = [bounce_of(_text(paper, "key"), paper) for paper in _listed(asked, "bounces")]
        unknown = self._window.tell_bounces(told)
        return {"taken": len(told), "unknown": unknown}

    def acks(self, asked: Asked) -> Mapping[str, object]:
        """{"layer_ids": [...]} → {"acks": [...]}."""
        return {"acks": [ack_paper(ack) for ack in self._window.acks(_texts(asked, "layer_ids"))]}

    def unsafe(self, asked: Asked) -> Mapping[str, object]:
        """{"limit": 500} → {"acks": [...], "more": false}: stored here, and not safe yet."""
        acks, more = self._window.unsafe(_number(asked, "limit", 500))
        return {"acks": [ack_paper(ack) for ack in acks], "more": more}

    def replay(self, asked: Asked) -> Mapping[str, object]:
        """{"layer_ids": [...]} → {"hops": n}: sent again now."""
        return {"hops": self._window.replay(_texts(asked, "layer_ids"))}

    def _shown(self, mail: Sequence[Mail]) -> Mapping[str, object]:
        octets, faults = self._window.messages(mail), self._window.faults(mail)
        return {"mail": [_mail(piece, octets, faults.get(piece.id)) for piece in mail]}


def draft_of(window: Window, octets: bytes) -> Draft:
    """The draft of a file or request; an answer is put on the recorded original it names.

    Raises:
        Malformed: `draft_form`.
        RuleBroken: `voucher_unknown`.
    """
    draft = drafts.read(octets)
    if draft.id.layer in {LayerType.ORIGINAL, LayerType.DOCUMENT}:
        return draft
    return drafts.read(octets, window.original(str(draft.id.voucher)))


def _mail(piece: Mail, octets: Mapping[bytes, bytes], fault: Fault | None) -> Mapping[str, object]:
    if piece.kind == ORDER:
        order = read_json(piece.content.encode()) if piece.content else None
        kind = "inquiry" if piece.asked else "order"
        return {"type": kind, "key": piece.id, "order": order}
    return {
        "type": "voucher",
        "id": piece.id,
        "kind": piece.kind,
        "division": piece.division,
        "at": iso(piece.at),
        "message": b64encode(octets[piece.digest]).decode(),
        "fault": {"code": fault.code, "field": fault.field, "row": fault.row} if fault else None,
    }


def ack_paper(ack: Ack) -> dict[str, object]:
    """An acknowledgement for the other side."""
    return {
        "layer_id": ack.layer_id,
        "voucher_id": ack.voucher_id,
        "stored": ack.stored_at > 0,
        "stored_at": _at(ack.stored_at),
        "copies": ack.copies,
        "safe": ack.safe_at > 0,
        "safe_at": _at(ack.safe_at),
        "safe_copies": ack.safe_copies,
        "refused": ack.refused,
    }


def _at(at: Instant) -> str | None:
    return iso(at) if at else None


def _filter(asked: Asked) -> tuple[list[str], str, int]:
    kinds = _texts(asked, "kinds") if "kinds" in asked else []
    if not all(KIND.fullmatch(kind) for kind in kinds):  # else it would be empty for ever
        raise Malformed("window_request", member="kinds", expected=KIND.pattern)
    division = _text(asked, "division") if asked.get("division") else ""
    if division and not division.isdigit():
        raise Malformed("window_request", member="division")
    return kinds, division, _number(asked, "limit", 100)


def _key(value: object) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise Malformed("window_request", member="key", expected=KEY.pattern)
    return value


def _answer_of(key: str, paper: object) -> Answer:
    """One answer of several: what is wrong is told with its key, and none of them counts."""
    try:
        return answer_of(paper)
    except Malformed as error:
        raise Malformed(error.code, key=key, **error.context) from None


def _text(asked: object, name: str) -> str:
    value = asked.get(name) if isinstance(asked, dict) else None
    if not isinstance(value, str) or not value:
        raise Malformed("window_request", member=name)
    return value


def _why(asked: Asked) -> str:
    """A reason for people; the specification cuts it at 200 bytes, we refuse what is longer."""
    why = _text(asked, "why")
    if len(why.encode()) > WHY_BYTES_MAX or not why.isprintable():
        raise Malformed("window_request", member="why")
    return why


def _listed(asked: Asked, name: str) -> list[Any]:
    value = asked.get(name)
    if not isinstance(value, list) or not 0 < len(value) <= IDS_MAX:
        raise Malformed("window_request", member=name, expected=f"a list of {MANY}")
    return value


def _texts(asked: Asked, name: str) -> list[str]:
    value = _listed(asked, name)
    if not all(isinstance(one, str) for one in value):
        raise Malformed("window_request", member=name)
    return value


def _number(asked: Asked, name: str, default: int) -> int:
    value = asked.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= IDS_MAX:
        raise Malformed("window_request", member=name, expected=MANY)
    return value
