"""A voucher as a PDF page with its seals: the first one, and those after it."""

import time
from typing import Final

from adapters.pages.content import Verdict
from adapters.pages.page import page
from hub.voucher.model import LayerType
from tests.bench.measure import Bench, Figure, medians_us
from tests.support.pages import AT, a_kind, a_row, an_original, finance_faces

MOST_MS: Final = 40.0


def page_pdf(name: str) -> list[Figure]:
    """One page with five details."""
    kind, faces = a_kind(), {LayerType.ORIGINAL: finance_faces()}
    verdict = Verdict("TOTAL_PASSED", None, AT)
    voucher = an_original([a_row(n) for n in range(1, 6)])
    started = time.process_time()
    octets = page(voucher, kind, faces, verdict)
    first = time.process_time() - started
    value = medians_us({"page": lambda: page(voucher, kind, faces, verdict)})["page"] / 1000
    return [
        Figure(
            name, round(value, 1), "ms", MOST_MS, None,
            f"one sheet, 5 details, 3 seals, {len(octets)} B; the first {first * 1000:.0f} ms",
        )
    ]  # fmt: skip


BENCHES: Final[dict[str, Bench]] = {"page_pdf": lambda: page_pdf("page_pdf")}
