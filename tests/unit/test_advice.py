"""Advice is complete: both languages, one line each, and a code means one thing."""

import re

from ops.advice import everything


def test_advice_is_complete_and_one_line_each() -> None:
    for code, said in everything().items():
        assert re.fullmatch(r"[a-z][a-z0-9_]{2,59}", code), code
        for text in (said.why, said.do, said.why_zh, said.do_zh):
            assert text.strip() == text != "", code
            assert "\n" not in text, code
        assert re.search(r"[一-鿿]", said.why_zh), code
        assert re.search(r"[一-鿿]", said.do_zh), code
