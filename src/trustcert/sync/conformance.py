"""A client for the public TUF conformance suite, on top of our own sync code.

Its command line is the suite's protocol (``CLIENT-CLI.md`` there); ``python -m
trustcert.registry.conformance`` runs it. Metadata stands in the given folder under unversioned
names. Exit 0: done; 1: refused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from trustcert.errors import TrustcertError, TrustError
from trustcert.files import disk, write_whole
from trustcert.sync.client import plain_updater, translated
from trustcert.sync.http import HttpFetcher

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command of the protocol; return its exit code."""
    given = _parser().parse_args(arguments)
    try:
        if given.command == "init":
            _init(given.metadata_dir, given.root)
        else:
            _client(given)
    except TrustcertError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _init(folder: Path, root: Path) -> None:
    with disk(root):
        folder.mkdir(parents=True, exist_ok=True)
        data = root.read_bytes()
    write_whole(folder / "root.json", data)


def _client(given: argparse.Namespace) -> None:
    fetcher = HttpFetcher()
    try:
        with translated(fetcher, "metadata held before stays"):
            client = plain_updater(
                given.metadata_dir,
                given.metadata_url,
                fetcher,
                targets=given.target_base_url,
                target_folder=given.target_dir,
            )
            client.refresh()
            for name in given.target_name or ():
                target = client.get_targetinfo(name)
                if target is None:
                    raise TrustError(f"{name}: no such target")
                if client.find_cached_target(target) is None:
                    client.download_target(target)
    finally:
        fetcher.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trustcert.registry.conformance")
    parser.add_argument("--metadata-dir", type=Path, required=True)
    parser.add_argument("--metadata-url")
    parser.add_argument("--target-name", action="append")
    parser.add_argument("--target-base-url")
    parser.add_argument("--target-dir", type=Path)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init").add_argument("root", type=Path)
    commands.add_parser("refresh")
    commands.add_parser("download")
    return parser


if __name__ == "__main__":
    sys.exit(main())
