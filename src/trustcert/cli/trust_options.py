"""Trust that is named on the command line: pinned keys, and files of revoked credentials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from trustcert.cli import output
from trustcert.cli.options import FILE, as_path, names_file, read_bounded
from trustcert.errors import TrustError, UnsupportedError, inside
from trustcert.registry.trust import Trust
from trustcert.report import Reason, Report

__all__ = ["WHAT_IS_PINNED", "IssuersFile", "hint", "pinned_trust", "revocations_option"]

WHAT_IS_PINNED: Final = "Certificate, JWK set or DID document"


class IssuersFile(click.ParamType[tuple[str | None, Path]]):
    """A file, and before ``=`` the issuer that it is of, where it must be said."""

    name = "[issuer=]file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str | None, Path]:
        """Return the issuer, None where none is named, and the path."""
        if isinstance(value, tuple):
            return value
        if names_file(value):
            return None, as_path(FILE.convert(value, param, ctx))
        issuer, _, name = value.rpartition("=")
        return issuer or None, as_path(FILE.convert(name, param, ctx))


revocations_option = click.option(
    "--revocations",
    "revocations",
    type=IssuersFile(),
    multiple=True,
    help="What they revoked: an IETF or W3C status list, card list, EU batch; repeatable.",
)


def pinned_trust(
    pinned: Iterable[tuple[str | None, Path]],
    revocations: Sequence[tuple[str | None, Path]],
    at: int,
) -> Trust:
    """Return trust in the keys of the files ``pinned``, with the lists of ``revocations``.

    Raises:
        MalformedError: a file is not what it must be; ``where`` begins with its path.
        TrustError: a list is nobody's whose keys are pinned, or expired at ``at``; says its path.
        UnsupportedError: a key or a list of a kind that is not spoken here.
    """
    from trustcert.registry.anchors import anchors_of
    from trustcert.registry.pinned import read_source
    from trustcert.registry.revocations import LARGEST, read, trust_with

    passed_over: list[str] = []
    keys = tuple(
        entry
        for issuer, path in pinned
        for entry in read_source(path, issuer=issuer, passed=passed_over)
    )
    for line in passed_over:
        output.talk(f"passed over: {line}")
    found = []
    for issuer, path in revocations:
        data = read_bounded(path, LARGEST)
        try:
            with inside(str(path)):
                held = read(data, keys=keys, issuer=issuer, at=at)
        except (TrustError, UnsupportedError) as error:
            raise type(error)(f"{path}: {error}") from None
        for passed in held.passed_over:
            output.talk(f"{path}: passed over: {passed}")
        found.append(held)
    return trust_with(keys, found, at=at, anchors=anchors_of(keys))


def hint(report: Report) -> None:
    """Say how a list comes in that ``report`` lacks: no sync brings it where keys are pinned."""
    if Reason.STATUS_UNKNOWN in report.reasons:
        output.talk("what its issuer revoked comes in with --revocations FILE")
