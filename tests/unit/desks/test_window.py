"""The window: what a party's own system reads, says and hands over, over the town of desks."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from hub.clock import MINUTE, Instant
from hub.desks import answers, bureau
from hub.desks.base_data import Fault
from hub.desks.base_drafts import Edition, drafts
from hub.desks.desk import Desk, Parts
from hub.desks.mail import ORDER, Mail, MailState
from hub.desks.model import Intent, IntentState
from hub.desks.own import OwnClerk
from hub.desks.paper import answer_of
from hub.desks.ports import Bounce, Done, NotKnown, Refused
from hub.desks.window import Window
from hub.errors import Damaged, Fenced, Malformed, RuleBroken
from hub.exchange.looking import HopTrace
from hub.exchange.model import Role
from hub.money import Fen
from hub.observer import Fact
from hub.parties import NodeId
from hub.voucher.model import Voucher
from ops.attend.verbs import Verbs
from tests.support.town import Town
from tests.support.town_map import DAY, DIVISION, ENV, FINANCE
from tests.support.town_window import BANK, a_window

KEY = "ab" * 32


def own_bank(town: Town) -> Window[Any]:
    """Bank A's desk leaves decisions to the bank's own system."""
    node = town.nodes["bank-a"]
    parts: Parts[Any] = node.desk._parts
    desk = Desk(dataclasses.replace(parts, clerks={BANK: OwnClerk()}, cores={}, banking={}))
    node.desk = node.other = desk
    return a_window(town, "bank-a", decides=False)


def arrived(town: Town, *amounts: int) -> Voucher:
    (voucher,) = town.issue(bureau.payment_drafts([town.request(*amounts)], ENV, 1))
    town.deliver(voucher, BANK, Role.TO)
    return voucher


def test_a_voucher_is_read_once_read_again_and_confirmed() -> None:
    town = Town()
    window = own_bank(town)
    voucher = arrived(town, 100)
    (mail,) = window.read([])
    assert (str(voucher.top.id), "5201") == (mail.id, mail.kind)
    assert {voucher.digest: voucher.octets} == window.messages([mail])
    assert [] == window.read([])
    assert [mail] == window.read_again(["5201"])
    assert (1, 0) == (window.confirm([mail.id]), window.confirm([mail.id]))
    assert [] == window.read_again([])


def test_a_window_of_a_life_that_is_over_marks_nothing_in_the_next() -> None:
    town = Town()
    own_bank(town)
    arrived(town, 100)
    window = a_window(town, "bank-a", decides=False, life=town.nodes["bank-a"].store.incarnation)
    town.nodes["bank-a"].store.new_incarnation("11" * 8)
    with pytest.raises(Fenced, match="other_incarnation"):
        window.read([])
    assert 1 == len(own_bank(town).read([])), "it is new to the life it is in now"


def test_a_voucher_that_does_not_fit_base_data_is_read_with_the_place_that_does_not() -> None:
    town = Town()
    window, verbs = own_bank(town), Verbs(own_bank(town))
    voucher = arrived(town, 100, 200)
    assert {} == window.faults(window.read([]))
    edition = Edition(ENV, DIVISION, "EXPFUNC", 1, DAY, FINANCE, (str(BANK),))
    functions = [
        {"code": "205", "name": "教育支出"},
        {"code": "20502", "name": "普通教育", "parent": "205"},
    ]
    (base,) = town.issue(drafts(edition, functions, 1))
    town.deliver(base, BANK, Role.TO)
    again = window.read_again(["5201"])
    assert {str(voucher.top.id): Fault("base_code_unknown", "ExpFuncCode", None)} == window.faults(
        again
    )
    shown: Any = verbs.read_again({"kinds": ["5201"]})["mail"]
    told = {"code": "base_code_unknown", "field": "ExpFuncCode", "row": None}
    assert [told] == [one["fault"] for one in shown]
    shown = verbs.read({"kinds": [base.id.kind]})["mail"]
    assert [None] == [one["fault"] for one in shown]
    assert 1 == window.confirm([again[0].id]), "what becomes of it is the own system's to say"


def test_a_voucher_that_cannot_be_opened_hides_nothing_of_the_others() -> None:
    town = Town()
    window = own_bank(town)
    lost, found = arrived(town, 100), arrived(town, 200)
    edition = Edition(ENV, DIVISION, "EXPFUNC", 1, DAY, FINANCE, (str(BANK),))
    (base,) = town.issue(drafts(edition, [{"code": "205", "name": "教育支出"}], 1))
    town.deliver(base, BANK, Role.TO)

    def opener(octets: Sequence[bytes]) -> list[Voucher]:
        if lost.octets in octets:
            raise Damaged("seal_forgotten")
        return town.means.opener(octets)

    means = dataclasses.replace(town.means, opener=opener)
    forgetful = Window(dataclasses.replace(window._sill, means=means))
    mail = forgetful.read(["5201"])
    assert 2 == len(mail)
    assert [str(found.top.id)] == list(forgetful.faults(mail))


def test_mail_is_read_by_kind_and_division() -> None:
    town = Town()
    window = own_bank(town)
    arrived(town, 100)
    assert [] == window.read(["8202"])
    assert [] == window.read(["5201"], "999999")
    assert 1 == len(window.read(["5201"]))


def test_a_voucher_given_back_returns_with_the_banks_own_words() -> None:
    town = Town()
    window = own_bank(town)
    voucher = arrived(town, 100)
    (mail,) = window.read([])
    ack = window.give_back(mail.id, "account_closed", "账户已于昨日销户")
    assert (str(voucher.id), True, False) == (ack.voucher_id, ack.stored_at > 0, ack.safe_at > 0)
    assert [] == window.read_again([])
    town.settle()
    assert 5 == town_number(town, str(voucher.id))
    assert window.acks([ack.layer_id])[0].safe_at > 0


def test_a_receipt_is_stored_then_safe_and_the_same_again_changes_nothing() -> None:
    town = Town()
    window = own_bank(town)
    voucher = arrived(town, 100)
    below = window.original(str(voucher.id))
    row = {"Id": voucher.original.content.details[0]["Id"], "XPayDate": DAY, "XPayAmt": "1.00",
           "XAgentBusinessNo": "T1"}  # fmt: skip
    fields = {"XPayDate": DAY, "XPayAmt": "1.00", "XFundDealModeCode": "1"}
    draft = answers.receipt(below, BANK, 1, fields, [row])
    (first,), (again,) = window.hand_over([draft]), window.hand_over([draft])
    assert first == again
    assert ([first], False) == window.unsafe()
    assert 0 == window.replay([first.layer_id])  # not sent yet: nothing to hurry
    _sent(town)
    assert [0, 1] == [window.replay(["none/of/them"]), window.replay([first.layer_id])]
    town.settle()
    assert ([], False) == window.unsafe()
    assert 1 == window.acks([first.layer_id])[0].safe_copies
    assert 12 == town_number(town, str(voucher.id))
    numbers = window.status([str(voucher.id)])[str(voucher.id)]
    assert {str(voucher.top.id), first.layer_id} == numbers.keys()


def test_only_layers_on_record_are_looked_up_to_be_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town()
    voucher = arrived(town, 100)
    window = a_window(town, "bureau", decides=False)
    asked: list[str] = []
    store = town.nodes["bureau"].store
    with store.read() as tx:
        view = type(tx)
    read = view.hops_of

    def hops_of(self: Any, voucher_id: str) -> list[HopTrace]:
        asked.append(voucher_id)
        return read(self, voucher_id)

    monkeypatch.setattr(view, "hops_of", hops_of)
    assert 0 == window.replay([str(voucher.id), "any/odd/text", "", "/"])
    assert [] == asked, "these would be the beginnings of other vouchers' names"
    window.replay([str(voucher.top.id)])
    assert [str(voucher.id)] == asked


def test_more_layers_than_are_sent_again_at_once_are_refused() -> None:
    window = a_window(Town(), "bureau", decides=False)
    assert 0 == window.replay([str(n) for n in range(500)])
    with pytest.raises(Malformed, match="window_request"):
        window.replay([str(n) for n in range(501)])


def test_what_is_not_safe_is_told_with_whether_there_is_more() -> None:
    town = Town()
    names = {str(arrived(town, fen).top.id) for fen in (100, 200)}
    verbs = Verbs(a_window(town, "bureau", decides=False))

    def told(limit: int) -> tuple[set[str], object]:
        said: Any = verbs.unsafe({"limit": limit})
        return {ack["layer_id"] for ack in said["acks"]}, said["more"]

    assert (names, False) == told(2)
    assert (1, True) == (len(told(1)[0]), told(1)[1])


def _sent(town: Town) -> None:
    """All that bank A has for the hub goes out; nothing of it is answered."""
    with town.nodes["bank-a"].store.begin() as tx:
        later = Instant(tx.now + MINUTE)
        rows = tx.claim_hops("w", later, 99, [NodeId("hub")])
        keys = [(row.delivery_id, row.peer) for row in rows]
        tx.mark_sent("w", keys, ("c1", "life"), later)
        tx.commit()


def town_number(town: Town, voucher_id: str) -> int:
    bureau_window = a_window(town, "bureau", decides=False)
    return bureau_window.status([voucher_id])[voucher_id][f"{voucher_id}/original/{FINANCE}"]


def test_the_issuer_discards_its_own_voucher_and_nobody_elses() -> None:
    town = Town()
    voucher = arrived(town, 100)
    window = a_window(town, "bureau", decides=False)
    assert window.discard(str(voucher.id), "重复下达").stored_at > 0
    town.settle()
    assert 5 == town_number(town, str(voucher.id))
    with pytest.raises(RuleBroken, match="not_the_issuer"):
        a_window(town, "bank-a", decides=False).discard(str(voucher.id), "不要")
    for name in (str(voucher.id) + "9", str(voucher.id).rpartition("/")[0], "9", ""):
        with pytest.raises(RuleBroken, match="voucher_unknown"):
            window.discard(name, "没有")


def test_what_is_no_voucher_is_not_given_back_to_an_issuer() -> None:
    window = a_window(Town(), "bank-a", decides=False)
    window.tell_bounces([Bounce("f" * 64, "account_closed", DAY)])
    with pytest.raises(RuleBroken, match="mail_unknown"):
        window.give_back(f"{'f' * 64}:bounce", "account_closed", "没有")


def test_where_the_desk_decides_layers_are_the_desks_to_make() -> None:
    town = Town()
    voucher = arrived(town, 100)
    window = a_window(town, "bank-a", decides=True)
    draft = answers.receipt(window.original(str(voucher.id)), BANK, 1, {})
    with pytest.raises(RuleBroken, match="desk_decides"):
        window.hand_over([draft])
    with pytest.raises(RuleBroken, match="acting_party"):
        window.hand_over(bureau.payment_drafts([town.request(1)], ENV, 1))


def orders(town: Town, facts: list[Fact]) -> Window[Any]:
    """A window with one order read, whose intent is open."""
    window = a_window(town, "bank-a", decides=True, facts=facts)
    with town.nodes["bank-a"].store.begin() as tx:
        tx.add_mail([Mail(KEY, str(BANK), ORDER, "", tx.now, content="{}")])
        tx.open_intents([Intent(KEY, str(BANK), "v", 1, Fen(1), IntentState.OPEN, tx.now)])
        tx.commit()
    assert [KEY] == [mail.id for mail in window.read([ORDER])]
    return window


def test_the_first_final_answer_stands_and_another_is_told() -> None:
    facts: list[Fact] = []
    window = orders(Town(), facts)
    assert [] == window.answer({KEY: NotKnown()})
    assert [] == window.answer({KEY: Done("T", DAY)})
    assert [] == window.answer({KEY: Done("T", DAY)})
    assert [KEY] == window.answer({KEY: Refused("account_closed")})
    assert [KEY] == window.answer({KEY: Done("T2", DAY)}), "another trace: it may have paid twice"
    assert [KEY] == window.answer({KEY: Done("T", "20991231")})
    assert ["core_answers_differ"] * 3 == [fact.name for fact in facts]


@pytest.mark.parametrize(
    ("verb", "asked", "expected"),
    [("read", {"kinds": ["orders"]}, "order|[0-9]{4}"),
     ("read-again", {"kinds": ["order", "inquiry"]}, "order|[0-9]{4}"),
     ("read", {"limit": 501}, "1 to 500"), ("acks", {"layer_ids": ["x"] * 501}, "1 to 500"),
     ("answer", {"answers": []}, "at most 500"),
     ("answer", {"answers": {"ab": {}}}, "[0-9a-f]{64}")],
)  # fmt: skip
def test_a_request_that_can_never_get_anything_is_refused_with_what_is_expected(
    verb: str, asked: dict[str, object], expected: str
) -> None:
    verbs = Verbs(a_window(Town(), "bank-a", decides=True)).table()
    with pytest.raises(Malformed, match="window_request") as refused:
        verbs[verb](asked)
    assert expected in str(refused.value.context["expected"])


def test_an_answer_to_a_key_nobody_asked_for_is_refused() -> None:
    town = Town()
    window = orders(town, [])
    with pytest.raises(RuleBroken, match="core_key_unknown"):
        window.answer({"cd" * 32: Done("T", DAY)})


def test_an_answer_whose_order_the_store_lost_is_taken_for_its_intent() -> None:
    town = Town()
    window = a_window(town, "bank-a", decides=True)
    with town.nodes["bank-a"].store.begin() as tx:
        tx.open_intents([Intent(KEY, str(BANK), "v", 1, Fen(1), IntentState.OPEN, tx.now)])
        tx.commit()
    assert [] == window.answer({KEY: answer_of({"outcome": "refused", "code": "account_closed"})})
    with town.nodes["bank-a"].store.read() as tx:
        assert MailState.ANSWERED is tx.mail([KEY])[KEY].state


def test_bounces_are_told_once() -> None:
    town = Town()
    window = orders(town, [])
    for code in ("account_closed", "name_differs"):
        assert [] == window.tell_bounces([Bounce(KEY, code, DAY)])
    with town.nodes["bank-a"].store.read() as tx:
        assert ["account_closed"] == [m.code for m in tx.bounces_told(str(BANK), DAY)]


def test_a_bounce_of_a_key_nobody_asked_for_is_named_and_kept() -> None:
    town = Town()
    window = orders(town, [])
    told = [Bounce(KEY, "account_closed", DAY), Bounce("cd" * 32, "account_closed", DAY)]
    assert ["cd" * 32] == window.tell_bounces(told)
    with town.nodes["bank-a"].store.read() as tx:
        assert 2 == len(tx.bounces_told(str(BANK), DAY))
