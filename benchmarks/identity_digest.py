"""What a digest of an identity number costs at each level, and what else an identifier costs.

The last group says how long one core needs to try every number of a county: about a thousand
numbers a birth date, over 90 years of births.
"""

from __future__ import annotations

import functools
import sys

from measure import Call, Row, compare, main
from trustcert.identifiers import citizen, licence, names
from trustcert.identifiers.digest import SCRYPT_N, digest

NUMBER = "11010519491231002X"
LICENCE = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
SALT = bytes(8)
COUNTY = 1000 * 366 * 90


def run(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    levels: dict[str, Call] = {
        f"cost {cost}": functools.partial(digest, NUMBER, SALT, cost=cost)
        for cost in (0, *SCRYPT_N)
    }
    rows = compare("digest of an id number", levels, limit="cost 0", quick=quick)
    county = [
        Row(
            group="every number of a county, one core",
            what=row["what"],
            unit="hours",
            median=row["median"] * 1e-6 * COUNTY / 3600,
            spread=None,
            ratio=None,
        )
        for row in rows
    ]
    rows += compare(
        "identifiers",
        {
            "citizen.parse": lambda: citizen.parse(NUMBER),
            "licence.parse": lambda: licence.parse(LICENCE),
            "names.matches": lambda: names.matches("古丽娜尔·阿不都", "古丽娜尔•阿不都"),
        },
        limit="citizen.parse",
        quick=quick,
    )
    return rows + county


if __name__ == "__main__":
    sys.exit(main(run))
