"""Offline trust in credentials: issue, encode as QR codes, verify, sync revocation.

The names below are the public API; ``docs/stability.md`` says what stays as it is. Each is
imported from its room when it is first used, so that ``import trustcert`` costs next to nothing
and a device that only verifies never loads an image, network or terminal library. Rooms with more
to them are modules of their own: ``trustcert.bulk``, ``gate``, ``policy``, ``qr``, ``registry``,
``status``, ``sync`` and ``wording``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from trustcert._deprecation import renamed

if TYPE_CHECKING:
    from trustcert import bulk, gate, policy, qr, registry, status, sync, wording
    from trustcert.claims import (
        AgentAuthorisation,
        BusinessLicence,
        Claims,
        Colour,
        CredentialType,
        Degree,
        EnvironmentalApproval,
        FoodPermit,
        HealthCode,
        HealthProof,
        HealthRecord,
        Holder,
        Identity,
        Licence,
        Outcome,
        PersonnelCertificate,
        Presentation,
        ProofOfLife,
        Qualification,
        Recovery,
        StaffHealthCertificate,
        StatusReference,
        TestMethod,
        TestResult,
        Travel,
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
    from trustcert.formats import Challenge
    from trustcert.issuer import issue
    from trustcert.keys import PrivateKey, PublicKey, Signer
    from trustcert.policy import PINNED, Circumstances, Policy
    from trustcert.registry.pinned import PinnedTrust
    from trustcert.registry.trust import Trust, TrustedKey
    from trustcert.report import Finding, Reason, Report, Step, Verdict
    from trustcert.store import TrustStore
    from trustcert.verifier import Credential, Verifier

    __version__: str

_ROOMS: Final = ("bulk", "gate", "policy", "qr", "registry", "status", "sync", "wording")

_HOMES: Final = {
    "trustcert.claims": (
        "AgentAuthorisation", "BusinessLicence", "Claims", "Colour", "CredentialType", "Degree",
        "EnvironmentalApproval", "FoodPermit", "HealthCode", "HealthProof", "HealthRecord",
        "Holder", "Identity", "Licence", "Outcome", "PersonnelCertificate", "Presentation",
        "ProofOfLife", "Qualification", "Recovery", "StaffHealthCertificate", "StatusReference",
        "TestMethod", "TestResult", "Travel", "Vaccination", "confirm_document",
        "from_application",
    ),
    "trustcert.errors": (
        "LimitExceededError", "MalformedError", "RollbackError", "SigningError", "StaleError",
        "SyncError", "TrustError", "TrustcertError", "UnsupportedError", "VerificationError",
    ),
    "trustcert.formats": ("Challenge",),
    "trustcert.issuer": ("issue",),
    "trustcert.keys": ("PrivateKey", "PublicKey", "Signer"),
    "trustcert.policy": ("PINNED", "Circumstances", "Policy"),
    "trustcert.registry.pinned": ("PinnedTrust",),
    "trustcert.registry.trust": ("Trust", "TrustedKey"),
    "trustcert.report": ("Finding", "Reason", "Report", "Step", "Verdict"),
    "trustcert.store": ("TrustStore",),
    "trustcert.verifier": ("Credential", "Verifier"),
}  # fmt: skip
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}
_RENAMED: Final[dict[str, str]] = {}
"""Public names of earlier versions, each with its name today."""


def __getattr__(name: str) -> Any:
    if name in _RENAMED:
        return renamed(name, _RENAMED[name], globals())
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("trustcert")
    elif name in _ROOMS:
        value = import_module(f"trustcert.{name}")
    elif name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
    else:
        raise AttributeError(f"module 'trustcert' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__file__", "__name__", "__path__", "__version__"]


__all__ = [
    "PINNED",
    "AgentAuthorisation",
    "BusinessLicence",
    "Challenge",
    "Circumstances",
    "Claims",
    "Colour",
    "Credential",
    "CredentialType",
    "Degree",
    "EnvironmentalApproval",
    "Finding",
    "FoodPermit",
    "HealthCode",
    "HealthProof",
    "HealthRecord",
    "Holder",
    "Identity",
    "Licence",
    "LimitExceededError",
    "MalformedError",
    "Outcome",
    "PersonnelCertificate",
    "PinnedTrust",
    "Policy",
    "Presentation",
    "PrivateKey",
    "ProofOfLife",
    "PublicKey",
    "Qualification",
    "Reason",
    "Recovery",
    "Report",
    "RollbackError",
    "Signer",
    "SigningError",
    "StaffHealthCertificate",
    "StaleError",
    "StatusReference",
    "Step",
    "SyncError",
    "TestMethod",
    "TestResult",
    "Travel",
    "Trust",
    "TrustError",
    "TrustStore",
    "TrustcertError",
    "TrustedKey",
    "UnsupportedError",
    "Vaccination",
    "Verdict",
    "VerificationError",
    "Verifier",
    "bulk",
    "confirm_document",
    "from_application",
    "gate",
    "issue",
    "policy",
    "qr",
    "registry",
    "status",
    "sync",
    "wording",
]
