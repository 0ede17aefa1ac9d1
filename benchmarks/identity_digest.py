"""What a digest of an identity number costs at each level, and what else an identifier costs.

Run: python benchmarks/identity_digest.py
Prints medians of interleaved rounds, and how long one core needs for all numbers of a county.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from trustcert.identifiers import citizen, licence, names
from trustcert.identifiers.digest import SCRYPT_N, digest

NUMBER = "11010519491231002X"
LICENCE = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
SALT = bytes(8)
COUNTY = 1000 * 366 * 90
ROUNDS = 15
LOOPS = 200


def timed(act: Callable[[], object], loops: int) -> float:
    start = time.perf_counter()
    for _ in range(loops):
        act()
    return (time.perf_counter() - start) / loops


def main() -> None:
    acts: dict[str, tuple[Callable[[], object], int]] = {
        f"digest, cost {cost}": (lambda cost=cost: digest(NUMBER, SALT, cost=cost), loops)  # type: ignore[misc]
        for cost, loops in zip((0, *SCRYPT_N), (LOOPS, 5, 1), strict=True)
    }
    acts["citizen.parse"] = (lambda: citizen.parse(NUMBER), LOOPS)
    acts["licence.parse"] = (lambda: licence.parse(LICENCE), LOOPS)
    acts["names.matches"] = (lambda: names.matches("古丽娜尔·阿不都", "古丽娜尔•阿不都"), LOOPS)
    rounds: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, (act, loops) in acts.items():
            rounds[name].append(timed(act, loops))
    for name, seconds in rounds.items():
        median = statistics.median(seconds)
        print(f"{name:18} {median * 1e6:10.1f} µs", end="")
        if name.startswith("digest"):
            print(f"   every number of a county: {median * COUNTY / 3600:10.2f} core-hours", end="")
        print()


if __name__ == "__main__":
    main()
