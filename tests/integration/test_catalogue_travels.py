"""A new kind on running nodes: released at one, usable at the others, and nothing is restarted."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.parties import NodeId
from hub.trust.keeping import newest
from hub.voucher import xml
from hub.voucher.model import Draft, LayerId, LayerType, Voucher, VoucherId
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, ENV, HUB_NODE
from ops.look_wiring import node
from tests.support.hubctl import run
from tests.support.staffed import copied

ICBC = NodeId("icbc")
BUREAU, TREASURY = "011.990100", "001.0299000000"
PAGE = Path(__file__).parents[2] / "docs/how-to/add-a-voucher-kind.md"
DEADLINE_SECONDS = 60.0


def wait(what: Callable[[], bool]) -> None:
    until = time.monotonic() + DEADLINE_SECONDS
    while not what():
        assert time.monotonic() < until, "deadline"
        time.sleep(0.05)


@pytest.fixture(name="site", scope="module")
def _site(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = copied(ready, tmp_path_factory.mktemp("kinds"))
    try:
        for name in (HUB_NODE, ICBC, BUREAU_NODE):
            site.start(name)
        yield site
    finally:
        site.end()


def sealed(site: Site, noun: str, folder: Path, *what: str | Path) -> None:
    """Propose, seal twice, import at the hub."""
    hub = ("--config", site.config(HUB_NODE))
    keys = ("--site", site.root / "pki", "--passphrase-file", site.root / "passphrase")
    run(noun, "propose", "--issuer", BUREAU, "--out", folder, *what, *hub)
    for party in (BUREAU, TREASURY):
        file = run(noun, "sign", folder, "--party", party, *keys, *hub)["file"]
    run(noun, "import", file, *hub)


def looked(site: Site, name: NodeId, look: Callable[[Any], Any]) -> Any:
    store = site.store(name)
    try:
        with store.read() as tx:
            return look(tx)
    finally:
        store.close()


def everywhere(site: Site, look: Callable[[Any], Any]) -> set[Any]:
    return {looked(site, name, look) for name in (HUB_NODE, ICBC, BUREAU_NODE)}


def newest_release(tx: Any) -> int:
    row = newest(tx.releases())
    return row.number if row is not None else 0


def of_the_new_kind(site: Site) -> Voucher:
    """The page's sample, issued by a process that came to the bureau later."""
    (sample, *_) = re.findall(r"```xml\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    body = xml.content(sample.replace("370100", "990100").encode())
    with node(site.config(BUREAU_NODE)) as this:
        bureau = site.town.divisions[0].finance
        voucher = VoucherId(ENV, "990100", "2026", "5215", bureau, body.fields["VoucherNo"])
        layer = LayerId(voucher, LayerType.ORIGINAL, bureau)
        bank = str(site.town.banks[0].party)
        draft = Draft(layer, this.parts.releases.newest, (bank,), body)
        posted: list[Voucher] = this.parts.desk.issue([draft])
    return posted[0]


@pytest.mark.timeout(240)
def test_a_kind_released_at_one_node_is_usable_at_all_without_a_restart_and_a_later_one_waits(
    site: Site, tmp_path: Path
) -> None:
    started = {name: process.pid for name, process in site.processes.items()}
    (toml, _) = re.findall(r"```toml\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "ours/kinds").mkdir(parents=True)
    (tmp_path / "ours/kinds/ours.toml").write_text(toml, encoding="utf-8")
    wait(lambda: len(everywhere(site, newest_release)) == 1)
    draft = tmp_path / "release"
    sealed(site, "catalogue", draft, "--with", tmp_path / "ours")
    sealed(site, "trust", tmp_path / "list", "--add", draft / "entitlements.records")
    wait(lambda: everywhere(site, newest_release) == {2})
    wait(lambda: everywhere(site, lambda tx: tx.trust_number()) == {2})
    voucher = of_the_new_kind(site)
    name = str(voucher.top.id)
    wait(lambda: bool(looked(site, ICBC, lambda tx: tx.layers([name]))))
    assert 2 == looked(site, ICBC, lambda tx: tx.layers([name]))[name].cat
    assert started == {name: process.pid for name, process in site.processes.items()}
    shown = run("catalogue", "list", "--config", site.config(ICBC))
    assert ["founding", "in_force"] == [row["state"] for row in shown["releases"]]
    a_later_moment(site, tmp_path)


def a_later_moment(site: Site, tmp_path: Path) -> None:
    """A release that is to count later is at every node before, and counts at none."""
    sealed(site, "catalogue", tmp_path / "next", "--effective", "2099-01-01T00:00:00Z")
    wait(lambda: everywhere(site, newest_release) == {3})
    told = run("catalogue", "list", "--config", site.config(ICBC))
    assert (2, "accepted") == (told["in_force"], told["releases"][-1]["state"])
