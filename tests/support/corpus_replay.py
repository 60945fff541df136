"""Replays the corpus in this process, which may hold 512 MB: a line of JSON for each input.

`python -m tests.support.corpus_replay`: name, what the reader said, and seconds of processor time.
"""

import json
import resource
import time
from collections.abc import Iterator
from typing import Final

MEMORY: Final = 512 << 20


def inputs() -> Iterator[tuple[str, str, bytes]]:
    """(name, reader, octets): the kept files, then what is refused for its size."""
    from tests.support.corpus import FOLDER, too_large

    for path in sorted(FOLDER.glob("*/*.bin")):
        yield f"{path.parent.name}/{path.name}", path.parent.name, path.read_bytes()
    for number, (reader, code, octets) in enumerate(too_large()):
        yield f"{reader}/{code}.too-large-{number}.bin", reader, octets


def said(reader: str, octets: bytes) -> str:
    """The code; for what is neither a refusal nor a value, the name of the error."""
    from hub.voucher.chain import GivenAnchors
    from hub.voucher.foreign import examine_signature, inspect_seal
    from hub.voucher.suites.p256_sha256 import P256Sha256
    from tests.support.corpus import P256, verdict
    from tests.support.sealed import NOW

    known, none = {P256: P256Sha256()}, GivenAnchors()
    try:
        if reader in {"ses", "foreign"}:  # these say what they find, and raise nothing
            examine_signature(octets, b"", suites=known, anchors=none, at=NOW)
            inspect_seal(octets, suites=known, anchors=none, at=NOW)
        return verdict(reader, octets)[0]
    except Exception as error:  # noqa: BLE001 - whatever it is, its name fails the test
        return type(error).__name__


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for name, reader, octets in inputs():
        started = time.process_time()
        code = said(reader, octets)
        taken = time.process_time() - started
        print(json.dumps([name, code, round(taken, 3)]), flush=True)  # noqa: T201 - its one output


if __name__ == "__main__":
    main()
