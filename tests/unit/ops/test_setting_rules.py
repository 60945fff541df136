"""Settings that cannot work together are refused by their names, before anything is opened."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from ops import setting_rules as rules


@dataclass(frozen=True)
class Channel:
    name: str
    path: Path | None = None


def test_two_channels_share_neither_name_nor_file() -> None:
    rules.apart([Channel("a", Path("1")), Channel("b", Path("2")), Channel("c"), Channel("d")])
    with pytest.raises(ValueError, match="name a"):
        rules.apart([Channel("a"), Channel("b"), Channel("a")])
    with pytest.raises(ValueError, match="path 1"):
        rules.apart([Channel("a", Path("1")), Channel("b", Path("1"))])


@pytest.mark.parametrize("text", ["a\0b", "line\nline", "x" * 3000])
def test_no_text_holds_control_characters_or_is_endless(text: str) -> None:
    rules.plain({"a": "well", "b": [1, {"c": "云"}]})
    with pytest.raises(ValueError, match=r"^b\.0\.c: "):
        rules.plain({"a": "well", "b": [{"c": text}]})


def test_a_name_in_a_path_fits_a_file_system() -> None:
    assert Path("a/b") == rules.short(Path("a/b"))
    with pytest.raises(ValueError, match="too long"):
        rules.short(Path("a") / ("云" * 100))


def test_tls_has_all_of_its_files_or_none() -> None:
    one = Path("x")
    assert [True, False] == [rules.tls("", (one, one, one)), rules.tls("", (None, None, None))]
    with pytest.raises(ValueError, match="together"):
        rules.tls("", (one, None, one))


def test_a_lease_is_renewed_before_its_margin_begins() -> None:
    rules.lease(3, 0.5, 0.5)
    with pytest.raises(ValueError, match="below ttl"):
        rules.lease(1, 0.5, 0.5)


def test_crls_come_by_path_or_http() -> None:
    rules.sources(["a.crl", "/b.crl", "http://ca/c.crl", "https://ca/d.crl"])
    with pytest.raises(ValueError, match="crls"):
        rules.sources(["ftp://ca/c.crl"])


@pytest.mark.parametrize(
    ("command", "url"),
    [(["a"], "http://b/"), ([""], ""), ([], "http://:80/"), ([], "http://b:99999/")],
)
def test_a_hook_is_one_way_out_that_can_be_gone(command: list[str], url: str) -> None:
    rules.hook(["a", ""], "")
    rules.hook([], "https://b:8080/c")
    with pytest.raises(ValueError, match=r"url|command"):
        rules.hook(command, url)


def test_only_who_pays_has_a_core_and_a_hub_has_no_system_of_its_own() -> None:
    rules.own_system("bank", "http:", served=True, folder=True)
    for desk, core, served, folder in (
        ("bureau", "simulated:///x", False, False), ("hub", "python:///x", False, False),
        ("hub", "", True, False), ("hub", "", False, True), ("bank", "http:", False, False),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"core|serve"):
            rules.own_system(desk, core, served=served, folder=folder)


def test_one_port_serves_one_thing() -> None:
    rules.ports(("127.0.0.1", 9000), ("127.0.0.1", 9001))
    rules.ports(("127.0.0.1", 9000), None)
    with pytest.raises(ValueError, match="one port"):
        rules.ports(("127.0.0.1", 9000), ("0.0.0.0", 9000))  # noqa: S104 - told, not used
