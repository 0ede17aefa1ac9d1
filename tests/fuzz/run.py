"""Fuzz the decoders with atheris: ``python -m tests.fuzz.run [NAME …] [--seconds 600]``.

Each target runs in a process of its own, from the kept corpus and the seeds. Whatever an input
finds is written to ``tests/fuzz/found/`` and ends the run; inputs that reach new code are merged,
minimised, into ``tests/fuzz/corpus/NAME/``.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
CORPUS: Final = HERE / "corpus"
FOUND: Final = HERE / "found"


def child(name: str, arguments: list[str]) -> None:
    """Run one target in this process; atheris never returns."""
    atheris: Any = import_module("atheris")

    with atheris.instrument_imports(include=["trustcert"]):
        from tests.fuzz.targets import TARGETS

    # merging runs the program again, through a shell, by the name that it is told here
    itself = f"{sys.executable} -m tests.fuzz.run --child {name}"
    atheris.Setup([itself, *arguments], TARGETS[name])
    atheris.Fuzz()


def fuzz(name: str, seconds: int) -> bool:
    """Return whether ``seconds`` of one target found nothing."""
    from tests.fuzz.seeds import SEEDS

    kept = CORPUS / name
    kept.mkdir(parents=True, exist_ok=True)
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for seed in SEEDS[name]:
            (work / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
        common = [sys.executable, "-m", "tests.fuzz.run", "--child", name]
        limits = [
            "-max_len=8192",
            "-timeout=10",
            "-rss_limit_mb=1024",
            f"-artifact_prefix={FOUND}/",
        ]
        ran = subprocess.run(
            [*common, str(work), str(kept), f"-max_total_time={seconds}", *limits], check=False
        )
        if ran.returncode == 0:
            subprocess.run([*common, "-merge=1", str(kept), str(work), *limits], check=False)
    return ran.returncode == 0


def main() -> int:
    """Return 0 where no target found anything."""
    if "--child" in sys.argv:
        place = sys.argv.index("--child")
        child(sys.argv[place + 1], sys.argv[place + 2 :])
    from tests.fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(description="Fuzz the decoders.")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*TARGETS, []])
    parser.add_argument("--seconds", type=int, default=600)
    given = parser.parse_args()
    failed = [name for name in given.names or TARGETS if not fuzz(name, given.seconds)]
    print("found something: " + ", ".join(failed) if failed else "found nothing")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
