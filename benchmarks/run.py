"""Every benchmark, one after another; the rows as a table, and as JSON in ``out/``.

Run: make bench, or make bench-quick for fewer rounds and smaller inputs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
import warnings
from importlib import import_module
from pathlib import Path

from measure import Row, table

BENCHMARKS = ("verify", "issuing", "texts", "startup", "qr_out", "qr_in", "status", "ledger",
              "nation",
              "policy", "formats", "sm2", "registry", "identity_digest")  # fmt: skip
SLOW = frozenset({"qr_in", "status", "ledger", "nation"})
"""Left out of a quick run, unless named: each takes longer than all others together."""
OUT = Path(__file__).parent.parent / "out"


def main() -> int:
    """Run them; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("names", nargs="*", help=f"some of: {', '.join(BENCHMARKS)}")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    rows: list[Row] = []
    usual = [name for name in BENCHMARKS if not (given.quick and name in SLOW)]
    for name in given.names or usual:
        started = time.perf_counter()
        found: list[Row] = import_module(name).run(given.quick)
        print(f"\n{table(found)}\n({name}: {time.perf_counter() - started:.0f} s)", flush=True)
        rows += found
    OUT.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(),
               "machine": platform.machine(), "quick": given.quick}  # fmt: skip
    result = {"on": machine, "rows": rows}
    (OUT / "benchmarks.json").write_text(json.dumps(result, ensure_ascii=False, indent=1))
    if given.quick and not given.names:
        print(f"\nleft out of a quick run: {', '.join(sorted(SLOW))}")
    print(f"\nwritten: {OUT / 'benchmarks.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
