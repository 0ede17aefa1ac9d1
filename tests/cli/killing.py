"""Issue a table again and again, each time killed at a random moment, then once to its end.

Run as ``python -m tests.cli.killing FOLDER KILLS``. The program is loaded once and forked, so that
a run is killed while it issues and not while Python starts. Output is appended to
``out.jsonl`` as a shell would (``>>``).
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from trustcert.cli import run

LONGEST = 1.2
"""Seconds after which a run is killed at the latest."""


def child(arguments: Sequence[str]) -> int:
    """Return the process that runs the command, with its output appended to files."""
    process = os.fork()
    if process:
        return process
    for name, number in (("out.jsonl", 1), ("err.txt", 2)):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
    code = run(arguments)
    sys.stdout.flush()
    os._exit(code)


def main(folder: Path, kills: int, seed: int = 7) -> int:
    """Return the exit code of the last run."""
    os.chdir(folder)
    arguments = (
        *("issue", "people.csv", "--key", "issuing.pem", "--issuer", "CN-51", "--ledger", "book"),
        *("--valid-for", "7d", "--type", "health_proof", "--qr-dir", "codes"),
        *("--refused", "refused.csv"),
    )
    warm = ("issue", "template", "--type", "health_proof", "--csv")
    os.waitpid(child(warm), 0)
    Path("out.jsonl").unlink()
    rng = random.Random(seed)  # noqa: S311 - moments, and nothing secret
    for _ in range(kills):
        process = child(arguments)
        time.sleep(rng.uniform(0.05, LONGEST))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    _, status = os.waitpid(child(arguments), 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
