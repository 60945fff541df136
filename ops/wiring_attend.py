"""Wiring of a node's attending process: its window, its HTTP server, its folder."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from adapters.cores.folder import FolderMailbox
from adapters.cores.folder_post import FolderPost
from adapters.cores.opening import FOLDER
from adapters.served.app import Admission, App, Verb
from adapters.served.server import Tls, WindowServer
from hub.desks.window import Sill, Window
from hub.errors import Fenced
from hub.observer import Observer
from hub.parties import party
from ops.advice import advice
from ops.attend.attendant import Attendant
from ops.attend.verbs import Verbs
from ops.desk_wiring import means_of
from ops.profiles import read
from ops.secret_files import secret_text
from ops.settings import ServeSettings
from ops.trust_rounds import Refreshing
from ops.wiring import Parts

DECIDES: Final = frozenset({"bank", "treasury"})


def window(parts: Parts) -> Window[Any]:
    """The window of a node's party.

    Raises:
        Misconfigured: `settings_invalid`, `profile_missing`.
    """
    settings = parts.settings
    means = means_of(parts)
    assert settings.application.profile is not None, "means_of has read it"
    own = read(settings.application.profile).party
    return Window(
        Sill(
            parts.store,
            party(own) if own else None,
            parts.desk.issue,
            means,
            parts.observe,
            frozenset(parts.place.directory.nodes[parts.place.node]),
            settings.application.desk in DECIDES,
            settings.store.copies,
            parts.place.incarnation,
        )
    )


def look_at(serve: ServeSettings, observe: Observer) -> None:
    """Whether a window can be served so; nothing listens.

    Raises:
        Misconfigured: `secret_missing`, `serve_needs_tls`, `serve_tls_files`.
    """
    _server(serve, {}, observe, threading.Lock(), list[Fenced]().append)


def _server(
    serve: ServeSettings,
    table: Mapping[str, Verb],
    observe: Observer,
    lock: threading.Lock,
    fenced: Callable[[Fenced], None],
) -> WindowServer:
    admission = Admission(secret_text(serve.token_file).encode(), _clients(serve))
    app = App(table, admission, advice, observe, lock, fenced)
    return WindowServer(serve.host, serve.port, app, _tls(serve), observe)


@contextmanager
def attendant(parts: Parts) -> Iterator[Attendant]:
    """Serving what the settings name until the end.

    Raises:
        Misconfigured: what the window and its server raise.
        TargetDown: `serve_port_taken`, `core_folder_away`.
    """
    settings, own, lock = parts.settings, window(parts), threading.Lock()
    application, ended = settings.application, list[Fenced]()
    head = application.core.partition("?")[0]
    arrivals = None
    if head.startswith(FOLDER):
        arrivals = FolderMailbox(Path(head.removeprefix(FOLDER)))
    server = None
    if settings.serve is not None:
        table = Verbs(own).table()
        server = _server(settings.serve, table, parts.observe, lock, ended.append)
        server.start()
    try:
        post = FolderPost(application.folder) if application.folder else None
        yield Attendant(
            own, lock, ended, parts.observe, post=post, arrivals=arrivals, served=server,
            refresh=Refreshing(parts.refresh, parts.clock),
        )  # fmt: skip
    finally:
        if server is not None:
            server.stop()


def _clients(serve: ServeSettings) -> frozenset[str]:
    return frozenset(one.lower().replace(":", "") for one in serve.clients)


def _tls(serve: ServeSettings) -> Tls | None:
    if serve.certificate_file and serve.key_file and serve.ca_file:
        return Tls(serve.certificate_file, serve.key_file, serve.ca_file)
    return None
