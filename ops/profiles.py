"""Profiles: what a desk must know of its own business, from a TOML file beside the settings.

party = "102.990000"          # whose desk this is
code = "102"                  # bank: PayBankCode; treasury: TreCode
name = "云山银行"
line_no = "991020000001"      # bank: PayBankNo
unit_quota = false            # bank: units draw within quotas that 5105 grants
[clearing.0299000000]         # bank: accounts between it and a treasury, by TreCode
[payers]                      # bank: zero-balance account = party that may draw on it
[banks]                       # everybody: PayBankNo = party
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.desks.bank_rules import BankProfile, ClearingAccounts
from hub.desks.model import Directory
from hub.desks.treasury import TreasuryProfile
from hub.errors import Misconfigured
from hub.exchange.routing import Directory as Nodes
from hub.parties import FINANCE, TREASURY, party

_SETTING: Final = re.compile(r"[a-z_]{1,30}", re.ASCII)


class _Clearing(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    agent_no: str
    agent_name: str
    agent_bank: str
    clear_no: str
    clear_name: str
    clear_bank: str


class Profile(BaseModel):
    """The file, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: str = ""
    code: str = ""
    name: str = ""
    line_no: str = ""
    unit_quota: bool = False
    clearing: Mapping[str, _Clearing] = Field(default_factory=dict)
    payers: Mapping[str, str] = Field(default_factory=dict)
    banks: Mapping[str, str] = Field(default_factory=dict)

    def bank(self) -> BankProfile:
        """An agent bank's."""
        return BankProfile(
            party(self.party),
            self.code,
            self.name,
            self.line_no,
            {code: ClearingAccounts(**c.model_dump()) for code, c in self.clearing.items()},
            self.payers,
            unit_quota=self.unit_quota,
        )

    def treasury(self) -> TreasuryProfile:
        """A treasury's."""
        return TreasuryProfile(party(self.party), self.code, self.name)

    def directory(self, env: str, nodes: Nodes) -> Directory:
        """Who is meant by codes inside vouchers: bureaus and treasuries as registered."""
        parties = sorted(nodes.node_of)
        return Directory(
            env,
            {p.code: p for p in parties if p.org_type == FINANCE},
            {p.code: p for p in parties if p.org_type == TREASURY},
            {line: party(text) for line, text in self.banks.items()},
        )


def read(path: Path) -> Profile:
    """The profile in a file.

    Raises:
        Misconfigured: `profile_missing`, `settings_syntax`, `settings_invalid`.
    """
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Misconfigured("profile_missing", reason=type(error).__name__) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Misconfigured("settings_syntax", reason=str(error)[:200]) from error
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(_named(str(part)) for part in first["loc"])
        raise Misconfigured("settings_invalid", reason=f"{where}: {first['msg']}") from None


def _named(key: str) -> str:
    """A setting's name; what may be an account or a person's name is not repeated."""
    return key if _SETTING.fullmatch(key) else "*"
