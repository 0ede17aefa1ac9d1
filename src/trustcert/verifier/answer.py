"""The JSON answer of a check, as ``trustcert verify --json`` and the service give it."""

from __future__ import annotations

from typing import Any

from trustcert.claims import Claims, codec
from trustcert.errors import VerificationError
from trustcert.report import Report, Verdict, as_json
from trustcert.verifier import Verifier

__all__ = ["answer", "check_with_claims"]


def check_with_claims(
    verifier: Verifier, text: str | bytes, **known: Any
) -> tuple[Report, Claims | None]:
    """Return the report of a check, and the claims where its verdict is VALID."""
    try:
        credential = verifier.verify(text, **known)
    except VerificationError as error:
        return error.report, None
    return credential.report, credential.claims


def answer(name: str, report: Report, claims: Claims | None) -> dict[str, Any]:
    """Return the JSON of one verdict on the input ``name``; claims only of a VALID credential."""
    out = {"input": name} | as_json(report)
    if report.verdict is Verdict.VALID and claims is not None:
        out["claims"] = codec.shown(claims)
    return out
