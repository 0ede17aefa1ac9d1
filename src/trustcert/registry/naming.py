"""Names as people type them: what was meant where there is no such thing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from typing import Final

from trustcert.errors import TrustError
from trustcert.identifiers.divisions import CORPS, NATIONAL, PROVINCES
from trustcert.registry import layout

__all__ = ["check_issuer_id", "known_issuer", "meant", "unknown"]

_HYPHENS: Final = re.compile(r"CN[0-9]{2}.*")
_CHINESE: Final = re.compile(r"CN-([0-9]{2})(?:-[0-9]{2})?")


def meant(typed: str, known: Iterable[str]) -> str:
    """Return the end of a sentence: the closest of the ``known`` names, or those there are."""
    names = sorted(set(known))
    folded = {name.lower(): name for name in names}
    close = difflib.get_close_matches(typed.lower(), list(folded), n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(folded[name] for name in close) + "?"
    if not names:
        return "there are none yet"
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return f"there are: {shown}"


def unknown(kind: str, typed: str, known: Iterable[str]) -> TrustError:
    """Return the error that says that there is no such thing, and what may have been meant."""
    return TrustError(f"{typed}: no such {kind} in this registry; {meant(typed, known)}")


def known_issuer(typed: str, known: Collection[str]) -> str:
    """Return ``typed`` if an issuer of that id is listed.

    Raises:
        TrustError: none is; the closest ids are named.
    """
    if typed not in known:
        raise unknown("issuer", typed, known)
    return typed


def check_issuer_id(typed: str) -> None:
    """Return if ``typed`` can name an issuer.

    Raises:
        MalformedError: it cannot.
        TrustError: it begins as a Chinese province's does, but no province has this code.
    """
    if _HYPHENS.fullmatch(typed):
        raise TrustError(f"{typed}: write it with a hyphen: CN-{typed[2:4]}")
    code = _CHINESE.fullmatch(layout.issuer_id(typed))
    if code and code[1] not in {*PROVINCES, CORPS.code, NATIONAL.code}:
        raise TrustError(
            f"{typed}: no province has the code {code[1]} (GB/T 2260); "
            + meant(typed, (f"CN-{known}" for known in PROVINCES))
        )
