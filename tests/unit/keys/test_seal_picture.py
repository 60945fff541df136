"""Seal pictures: small, well-formed, the same for the same words."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from keys.seal_picture import PICTURE_BYTES_MAX, Shape, draw

NAMES = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=40)


@given(
    shape=st.sampled_from(Shape), name=NAMES, purpose=st.sampled_from(["", "转讫", "业务专用章"])
)
def test_a_picture_is_small_well_formed_and_repeatable(
    shape: Shape, name: str, purpose: str
) -> None:
    picture = draw(shape, name, purpose)
    assert len(picture.svg) <= PICTURE_BYTES_MAX
    assert "{http://www.w3.org/2000/svg}svg" == etree.fromstring(picture.svg).tag
    assert picture == draw(shape, name, purpose)


def test_the_name_stands_on_the_ring_and_the_purpose_below_the_star() -> None:
    root = etree.fromstring(draw(Shape.ROUND, "济南市财政局", "业务专用章").svg)
    texts = [element.text for element in root.iter("{*}text")]
    assert [*"济南市财政局", "业务专用章"] == texts
    assert 1 == len(list(root.iter("{*}polygon")))


def test_a_name_with_markup_stays_text() -> None:
    root = etree.fromstring(draw(Shape.RECTANGLE, "a<b>&c", "转讫").svg)
    assert "a<b>&c" == next(root.iter("{*}text")).text


def test_a_name_too_long_for_the_ring_says_so() -> None:
    root = etree.fromstring(draw(Shape.ROUND, "局" * 25).svg)
    assert "局" * 23 + "…" == "".join(str(element.text) for element in root.iter("{*}text"))
