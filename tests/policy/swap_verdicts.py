"""Swap every ``hold`` and ``refuse`` of the policy, one at a time: the tests must fail each time.

``python -m tests.policy.swap_verdicts`` works on a copy of the source, prints each call that no
test of ``tests/policy`` notices, and exits 1 where there is one. It takes some minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CALL = re.compile(r"\bevaluation\.(hold|refuse)\(")
_OTHER = {"hold": "refuse", "refuse": "hold"}


def survives(copy: Path, file: Path, call: re.Match[str]) -> bool:
    """Return whether the tests pass with one call swapped in the copy."""
    text = file.read_text("utf-8")
    start, end = call.span(1)
    target = copy / file.relative_to(ROOT)
    target.write_text(text[:start] + _OTHER[call[1]] + text[end:], "utf-8")
    passed = passes(copy)
    target.write_text(text, "utf-8")
    return passed


def passes(copy: Path) -> bool:
    """Return whether the tests pass over the copy."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/policy/test_parts.py", "tests/policy"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(copy / "src")},
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def main() -> int:
    """Swap every call and say which swaps no test notices."""
    missed, count = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "src", copy / "src")
        if not passes(copy):
            print("the tests fail without any swap")  # noqa: T201
            return 1
        for file in sorted((ROOT / "src" / "trustcert" / "policy").glob("*.py")):
            text = file.read_text("utf-8")
            for call in _CALL.finditer(text):
                count += 1
                if survives(copy, file, call):
                    missed += 1
                    line = text.count("\n", 0, call.start()) + 1
                    print(f"{file.relative_to(ROOT)}:{line}: {call[1]} may be swapped", flush=True)  # noqa: T201
    print(f"{count} calls, {missed} not noticed")  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
