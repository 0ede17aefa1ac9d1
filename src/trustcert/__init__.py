"""Offline trust in credentials: issue, encode as QR codes, verify, sync revocation.

The names below are the public API. Each is imported from its room when it is first used, so that
``import trustcert`` costs next to nothing and a device that only verifies never loads an image,
network or terminal library. Rooms with more to them are packages of their own:
:mod:`trustcert.sync`, :mod:`trustcert.qr`, :mod:`trustcert.registry`, :mod:`trustcert.status`,
:mod:`trustcert.bulk`, :mod:`trustcert.wording`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from trustcert.claims import (
        Claims,
        Colour,
        CredentialType,
        HealthCode,
        HealthProof,
        Holder,
        Licence,
        Outcome,
        Presentation,
        Qualification,
        StatusReference,
        TestMethod,
        TestResult,
        Vaccination,
        confirm_document,
        from_application,
    )
    from trustcert.errors import (
        LimitExceededError,
        MalformedError,
        RollbackError,
        SigningError,
        StaleError,
        SyncError,
        TrustcertError,
        TrustError,
        UnsupportedError,
        VerificationError,
    )
    from trustcert.issuer import issue
    from trustcert.keys import PrivateKey, PublicKey, Signer
    from trustcert.policy import PINNED, Policy
    from trustcert.registry.pinned import PinnedTrust
    from trustcert.registry.trust import Trust
    from trustcert.report import Finding, Reason, Report, Step, Verdict
    from trustcert.store import TrustStore
    from trustcert.verifier import Credential, Verifier

_ROOMS: Final = {
    "trustcert.claims": (
        "Claims", "Colour", "CredentialType", "HealthCode", "HealthProof", "Holder", "Licence",
        "Outcome", "Presentation", "Qualification", "StatusReference", "TestMethod", "TestResult",
        "Vaccination", "confirm_document", "from_application",
    ),
    "trustcert.errors": (
        "LimitExceededError", "MalformedError", "RollbackError", "SigningError",
        "StaleError", "SyncError",
        "TrustError", "TrustcertError", "UnsupportedError", "VerificationError",
    ),
    "trustcert.issuer": ("issue",),
    "trustcert.keys": ("PrivateKey", "PublicKey", "Signer"),
    "trustcert.policy": ("PINNED", "Policy"),
    "trustcert.registry.pinned": ("PinnedTrust",),
    "trustcert.registry.trust": ("Trust",),
    "trustcert.report": ("Finding", "Reason", "Report", "Step", "Verdict"),
    "trustcert.store": ("TrustStore",),
    "trustcert.verifier": ("Credential", "Verifier"),
}  # fmt: skip
_ROOM_OF: Final = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module 'trustcert' has no attribute {name!r}")
    value = getattr(import_module(room), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOM_OF})


__all__ = [
    "PINNED",
    "Claims",
    "Colour",
    "Credential",
    "CredentialType",
    "Finding",
    "HealthCode",
    "HealthProof",
    "Holder",
    "Licence",
    "LimitExceededError",
    "MalformedError",
    "Outcome",
    "PinnedTrust",
    "Policy",
    "Presentation",
    "PrivateKey",
    "PublicKey",
    "Qualification",
    "Reason",
    "Report",
    "RollbackError",
    "Signer",
    "SigningError",
    "StaleError",
    "StatusReference",
    "Step",
    "SyncError",
    "TestMethod",
    "TestResult",
    "Trust",
    "TrustError",
    "TrustStore",
    "TrustcertError",
    "UnsupportedError",
    "Vaccination",
    "Verdict",
    "VerificationError",
    "Verifier",
    "confirm_document",
    "from_application",
    "issue",
]
