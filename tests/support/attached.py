"""A core attached in each form, with the bank's own sample program at the other end."""

from __future__ import annotations

import importlib
import sys
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.cores.opening import open_core
from adapters.cores.served import StoreMailbox
from adapters.served.app import Admission, App
from adapters.served.server import WindowServer
from adapters.store.opening import open_store
from hub.desks.movement import Undecidable, ask
from hub.desks.ports import Done, Order, Refused
from hub.desks.window import Sill, Window
from hub.money import Fen
from hub.observer import silent
from hub.parties import Party
from ops.advice import advice
from ops.attend.verbs import Verbs
from tests.support.made import on_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from adapters.store.store import SqlStore
    from hub.desks.ports import CoreBanking

SAMPLES: Final = Path(__file__).parents[2] / "docs/samples/attach"
BANK: Final = Party("102", "990000")
TOKEN: Final = "only-for-this-test"
DAY: Final = "20261123"
FORMS: Final = ("python", "folder", "http")


def sample(name: str) -> Any:
    """A module of the samples, as the bank's developer has it."""
    if str(SAMPLES) not in sys.path:
        sys.path.append(str(SAMPLES))
    return importlib.import_module(name)


def an_order(number: int = 1, amount: int = 100, to_account: str = "6222") -> Order:
    return Order(
        f"{number:064x}",
        "ZB-1",
        "零余额账户",
        to_account,
        "收款人",
        "102451000099",
        Fen(amount),
        DAY,
    )


@dataclass
class Attached:
    """The node's end, the bank's end, and the bank's book."""

    core: CoreBanking
    turn: Callable[[], object]
    """The bank's program looks once; nothing where it is called directly."""
    ledger: Any
    root: Path

    def settle(self, orders: Sequence[Order], fresh: set[str], rounds: int = 8) -> dict[str, Any]:
        """Ask as a desk does, until every outcome is clear."""
        done: dict[str, Any] = {}
        left = list(orders)
        for _ in range(rounds):
            if not left:
                return done
            outcomes = ask(self.core, left, fresh)
            fresh = set()
            assert not any(isinstance(o, Undecidable) for o in outcomes.values())
            done |= {k: o for k, o in outcomes.items() if isinstance(o, Done | Refused)}
            left = [order for order in left if order.key not in done]
            self.turn()
        raise AssertionError(f"{len(left)} of {len(orders)} stay unknown")


def store_at(root: Path) -> SqlStore:
    """The node's store in a folder, made when missing."""
    path = root / "node.sqlite"
    return open_store(f"sqlite:///{path}" if path.exists() else on_sqlite(path))


def a_window(store: SqlStore, **more: Any) -> Window[Any]:
    """A window whose node issues nothing."""
    given: dict[str, Any] = {
        "issue": lambda _drafts: [], "means": None, "observe": silent,
        "acts": frozenset({BANK}), "decides": True, **more,
    }  # fmt: skip
    return Window(Sill(store, BANK, **given))


@contextmanager
def serving(store: SqlStore, port: int = 0, window: Any = None) -> Iterator[int]:
    """The window over HTTP; its port."""
    verbs = Verbs(window or a_window(store)).table()
    fenced: list[object] = []
    app = App(verbs, Admission(TOKEN.encode()), advice, silent, threading.Lock(), fenced.append)
    server = WindowServer("127.0.0.1", port, app, None, silent)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


@contextmanager
def attached(form: str, root: Path, ledger: Any = None) -> Iterator[Attached]:
    """A core in one form over a fresh ledger below `root`, or over one that is there."""
    with ExitStack() as opened:
        if ledger is None:
            ledger = sample("bank_ledger").Ledger(root / "ledger.sqlite")
            opened.callback(ledger.close)
        turn: Callable[[], object] = lambda: 0  # noqa: E731 - where nothing has to be done
        if form == "http":
            store = store_at(root)
            opened.callback(store.close)
            port = opened.enter_context(serving(store))
            node = sample("bank_http").Node(f"http://127.0.0.1:{port}", TOKEN)
            turn = lambda: sample("bank_http").turn(node, ledger)  # noqa: E731
            core = open_core("http:", lambda: StoreMailbox(store, str(BANK)))
        elif form == "folder":
            core = open_core(address(form, root))
            turn = lambda: sample("bank_folder").turn(root / "exchange", ledger)  # noqa: E731
        else:
            core = open_core(address(form, root))
        yield Attached(core, turn, ledger, root)


def address(form: str, root: Path) -> str:
    """What stands in the settings."""
    if form == "folder":
        return f"folder:///{root}/exchange"
    return f"python:///{SAMPLES}/bank_core.py?call=open_core&ledger={root}/ledger.sqlite"
