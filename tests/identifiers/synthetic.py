"""Valid made-up identifiers, each kind from one seeded generator.

The check characters are computed here by the definitions of the standards (weights and sums),
apart from the product's, so that the two verify each other.
"""

from __future__ import annotations

import calendar
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

DIGITS: Final = "0123456789"
CAPITALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CREDIT: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PROVINCES_OF_REGION: Final = {1: 5, 2: 3, 3: 7, 4: 6, 5: 0, 6: 5}  # 11 to 15, 21 to 23, ...
PROVINCES: Final = [
    *(f"{region}{i + 1}" for region, count in _PROVINCES_OF_REGION.items() for i in range(count)),
    *(f"5{i}" for i in range(5)),
]
_FIRST_DAY: Final = date(1900, 1, 1)
_DAYS: Final = (date(2025, 12, 31) - _FIRST_DAY).days


def citizen_check(digits: str) -> str:
    """Weights of GB 11643, table 2: 2^(18-i) mod 11; the weighted sum is 1 modulo 11."""
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(digits))
    return next(c for i, c in enumerate("0123456789X") if (total + i) % 11 == 1)


def credit_check(text: str) -> str:
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)  # GB 32100, table
    total = sum(CREDIT.index(c) * w for c, w in zip(text, weights, strict=True))
    return CREDIT[(31 - total % 31) % 31]


def hybrid_is_right(text: str) -> bool:
    """ISO 7064, 9.2: the recursion over the whole text, check character included, ends in 1."""
    alphabet = DIGITS + CAPITALS
    p = 36
    for c in text[:-1]:
        s = p + alphabet.index(c)
        s = s - 36 if s > 36 else s
        p = 2 * s - 37 if 2 * s >= 37 else 2 * s
    return (p + alphabet.index(text[-1])) % 36 == 1


def zone_check(text: str) -> str:
    values = {c: 0 if c == "<" else int(c, 36) for c in DIGITS + CAPITALS + "<"}
    weights = (7, 3, 1) * (len(text) // 3 + 1)
    return str(sum(values[c] * w for c, w in zip(text, weights, strict=False)) % 10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Generate:
    """Made-up identifiers; the same seed gives the same ones."""

    source: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311

    def text(self, alphabet: str, length: int) -> str:
        return "".join(self.source.choices(alphabet, k=length))

    def birth(self) -> date:
        if self.source.random() < 0.05:
            leap = self.source.choice([y for y in range(1904, 2025) if calendar.isleap(y)])
            return date(leap, 2, 29)
        return _FIRST_DAY + timedelta(days=self.source.randrange(_DAYS))

    def citizen_id(self, prefix: str | None = None) -> str:
        start = prefix or self.source.choice(PROVINCES) + self.text(DIGITS, 4)
        digits = f"{start}{self.birth():%Y%m%d}{self.text(DIGITS, 3)}"
        return digits + citizen_check(digits)

    def residents_permit(self) -> str:
        return self.citizen_id(self.source.choice(("810000", "820000", "830000")))

    def foreigners_card(self) -> str:
        return self.citizen_id(f"9{self.source.choice(PROVINCES)}{self.text(DIGITS, 3)}")

    def credit_code(self, province: str | None = None) -> str:
        where = province or self.source.choice([*PROVINCES, "10"])
        head = self.source.choice("123456789ANY") + self.source.choice("1239")
        text = head + where + self.text(DIGITS, 4) + self.text(CREDIT, 9)
        return text + credit_check(text)

    def passport(self) -> str:
        return self.source.choice(("E", "G", "EA", "")) + self.text(DIGITS, 7)

    def licence_parts(self) -> tuple[str, str, str, int]:
        issuer = self.credit_code() if self.source.random() < 0.9 else "340100"
        serial = self.text(DIGITS + CAPITALS, self.source.randrange(1, 33))
        kind = self.credit_code("10") + self.text(DIGITS, 3)
        return kind, issuer, serial, self.source.randrange(1, 1000)

    def passport_zone(self) -> str:
        number, nation = self.passport().ljust(9, "<"), self.text(CAPITALS, 3)
        surname, given = (self.text(CAPITALS, self.source.randrange(1, 14)) for _ in range(2))
        birth, expiry = (f"{self.birth():%y%m%d}" for _ in range(2))
        optional = self.text(DIGITS, 14)
        name = f"{surname}<<{given}".ljust(39, "<")
        parts = (number, birth, expiry, optional)
        n, b, e, o = (part + zone_check(part) for part in parts)
        line = f"{n}{nation}{b}{self.source.choice('MF<')}{e}{o}"
        return f"P<{nation}{name}\n{line}{zone_check(n + b + e + o)}"
