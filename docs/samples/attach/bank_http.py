"""A core attached by HTTP: this program polls the node's window; the node never calls the bank.

    python3 bank_http.py https://node.example:8443 TOKEN-FILE LEDGER-FILE [--once]
        [--ca CA.pem --certificate OWN.pem --key OWN.key]

Standard library only. Kill it whenever you like: what was read and not answered is read again.
"""

import argparse
import json
import ssl
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from bank_ledger import Ledger


class Node:
    """The node's window."""

    def __init__(self, url: str, token: str, context: ssl.SSLContext | None = None) -> None:
        self._url, self._token, self._context = url.rstrip("/"), token, context

    def call(self, verb: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One verb. HTTP 4xx is final for this request; 503 and lost answers are tried again."""
        request = urllib.request.Request(
            f"{self._url}/v1/{verb}",
            data=json.dumps(asked).encode(),
            headers={"Authorization": f"Bearer {self._token}"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=30, context=self._context) as response:
            answer: dict[str, Any] = json.load(response)
            return answer


def turn(node: Node, ledger: Ledger, verb: str = "read") -> int:
    """Read up to 100 orders and inquiries, pay, answer; how many were answered."""
    mail = node.call(verb, {"kinds": ["order"], "limit": 100})["mail"]
    answers = {
        one["key"]: ledger.fate(one["key"])
        if one["type"] == "inquiry"
        else ledger.pay(one["order"])
        for one in mail
    }
    if answers:
        node.call("answer", {"answers": answers})
    return len(answers)


def main() -> None:
    """Poll five times a second; first whatever an earlier run has read and not answered."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("token", type=Path)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--once", action="store_true")
    for name in ("--ca", "--certificate", "--key"):
        parser.add_argument(name)
    given = parser.parse_args()
    context = None
    if given.ca:
        context = ssl.create_default_context(cafile=given.ca)
        context.load_cert_chain(given.certificate, given.key)
    node = Node(given.url, given.token.read_text(encoding="ascii").strip(), context)
    ledger, again = Ledger(given.ledger), True
    while True:
        try:
            if again:
                while turn(node, ledger, "read-again"):
                    pass
                again = False
            done = turn(node, ledger)
        except HTTPError as error:  # it says why: a wrong token, an answer of another form
            print(f"the node answers {error.code}: {error.read().decode()}")
            done, again = 0, True
            time.sleep(1)
        except OSError as error:  # the node is away, or its answer was lost
            print(f"waiting for the node: {error}")
            done, again = 0, True
            time.sleep(1)
        if given.once:
            return
        if not done:
            time.sleep(0.2)


if __name__ == "__main__":
    main()
