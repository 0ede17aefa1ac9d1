"""The blocks of a Markdown page, and a shell into which they are typed as they are printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from trustcert.values import PublicValue

__all__ = ["Block", "Shell", "blocks", "typed"]

_BLOCK: Final = re.compile(r"(?:<!-- ([^\n]+) -->\n)?```(\w*)\n(.*?)```", re.DOTALL)
_EXIT: Final = re.compile(r"# exit (\d+)$")
_END: Final = "=== the command has ended with "


class Block(PublicValue, frozen=True, kw_only=True):
    """A fenced block: its language, its text, and the comment on the line before it, if any."""

    note: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of ``page``, in order."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(note=note, language=language, text=text) for note, language, text in found]


def typed(block: str) -> Iterator[tuple[str, list[str], int]]:
    """Yield each command of a console block, what the page prints below it, and its exit code."""
    command, shown = "", list[str]()
    for line in [*block.splitlines(), "$ "]:
        if line.startswith("$ "):
            if command:
                told = _EXIT.search(command.splitlines()[0])
                yield command, shown, int(told[1]) if told else 0
            command, shown = line[2:], []
        elif line.startswith("> ") and not shown:
            command += "\n" + line[2:]
        else:
            shown.append(line)


class Shell:
    """A bash in a fresh folder, with this environment's commands and a home of its own."""

    def __init__(self, folder: Path) -> None:
        home = folder / "home"
        home.mkdir()
        self.folder = folder / "here"
        self.folder.mkdir()
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.errors = folder / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [*_own_network(), "bash", "--norc"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=self.folder,
                env={"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"},
                text=True,
                encoding="utf-8",
            )

    def type(self, command: str) -> tuple[list[str], int]:
        """Type ``command`` and Enter; return the lines of its stdout and its exit code."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{command}\nprintf '{_END}%s\\n' $?\n")
        self.process.stdin.flush()
        lines: list[str] = []
        for line in self.process.stdout:
            before, end, code = line.rstrip("\n").partition(_END)
            if before or not end:
                lines.append(before)
            if end:
                return lines, int(code)
        raise AssertionError(f"the shell ended at {command!r}")

    def close(self) -> None:
        """End the shell."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def _own_network() -> list[str]:
    """Return how to start a program with ports of its own, where the system allows it."""
    up = 'ip link set lo up && exec "$@"'
    words = ["unshare", "--net", "--map-root-user", "sh", "-c", up, "sh"]
    try:
        allowed = subprocess.run([*words, "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return []
    return words if allowed else []
