"""What the exchange and the register of trust write obeys the catalogue as shipped."""

from hub.clock import Instant
from hub.exchange import statements
from hub.exchange.model import StatementEntry
from hub.voucher import rules
from hub.voucher.model import Body, LayerType
from tests.support.sealed import schemas

SCHEMAS = schemas()


def comes_back(kind: str, body: Body) -> bool:
    octets = SCHEMAS.write(kind, "000000", "2026", LayerType.DOCUMENT, body)
    parsed = SCHEMAS.parse(kind, "000000", "2026", LayerType.DOCUMENT, octets)
    rules.check(SCHEMAS.catalogue.kinds[kind], LayerType.DOCUMENT, parsed, None, "2026")
    return {"VoucherFlag": "0", **body.fields} == parsed.fields and body.details == parsed.details


def test_a_statement_of_the_exchange_is_one_of_the_catalogue() -> None:
    entries = [
        StatementEntry(
            layer_id=f"sd-test/370100/2026/5201/011.370100/{n}/original/011.370100",
            digest=bytes([n]) * 32,
            status=statements.STATUSES[n % len(statements.STATUSES)],
            code="" if n % 2 else "account_unknown",
            proof_at=Instant(1_795_000_000_000 + n),
            business_day="20261121",
            issuer="011.370100",
            party="102.370100",
        )
        for n in range(statements.ENTRIES_MAX if statements.ENTRIES_MAX < 256 else 200)
    ]
    made = statements.draft(entries, "sd-test", 1, Instant(1_795_000_000_000), "00ff-1")
    assert comes_back("ST01", made.body)
