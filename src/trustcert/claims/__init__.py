"""Claims: what is asserted, by whom, of whom, until when; its profiles and its one label table."""

from trustcert.claims.application import confirm_document, from_application
from trustcert.claims.checks import check
from trustcert.claims.model import Claims, Holder, StatusReference
from trustcert.claims.profiles import (
    Details,
    HealthCode,
    HealthProof,
    HealthRecord,
    Identity,
    Licence,
    Qualification,
    Recovery,
    TestResult,
    Vaccination,
)
from trustcert.claims.provenance import Source
from trustcert.claims.vocabulary import (
    Colour,
    CredentialType,
    Outcome,
    Presentation,
    TestMethod,
)

__all__ = [
    "Claims",
    "Colour",
    "CredentialType",
    "Details",
    "HealthCode",
    "HealthProof",
    "HealthRecord",
    "Holder",
    "Identity",
    "Licence",
    "Outcome",
    "Presentation",
    "Qualification",
    "Recovery",
    "Source",
    "StatusReference",
    "TestMethod",
    "TestResult",
    "Vaccination",
    "check",
    "confirm_document",
    "from_application",
]
