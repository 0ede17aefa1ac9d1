"""Claims: what is asserted, by whom, of whom, until when; its profiles and its one label table."""

from trustcert.claims.application import confirm_document, from_application
from trustcert.claims.checks import check
from trustcert.claims.civil import (
    AgentAuthorisation,
    BusinessLicence,
    Degree,
    EnvironmentalApproval,
    FoodPermit,
    PersonnelCertificate,
    ProofOfLife,
    StaffHealthCertificate,
)
from trustcert.claims.codes import disease_of
from trustcert.claims.events import newest_test
from trustcert.claims.external_status import ExternalStatus
from trustcert.claims.files import FileDigest, digest_of, matches_file
from trustcert.claims.lifetimes import birthday, end_of_month
from trustcert.claims.model import Claims, Holder, StatusReference, thumbprint
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
    Travel,
    Vaccination,
)
from trustcert.claims.provenance import Source
from trustcert.claims.vocabulary import (
    Colour,
    CredentialType,
    Disease,
    Outcome,
    Presentation,
    TestMethod,
)

__all__ = [
    "AgentAuthorisation",
    "BusinessLicence",
    "Claims",
    "Colour",
    "CredentialType",
    "Degree",
    "Details",
    "Disease",
    "EnvironmentalApproval",
    "ExternalStatus",
    "FileDigest",
    "FoodPermit",
    "HealthCode",
    "HealthProof",
    "HealthRecord",
    "Holder",
    "Identity",
    "Licence",
    "Outcome",
    "PersonnelCertificate",
    "Presentation",
    "ProofOfLife",
    "Qualification",
    "Recovery",
    "Source",
    "StaffHealthCertificate",
    "StatusReference",
    "TestMethod",
    "TestResult",
    "Travel",
    "Vaccination",
    "birthday",
    "check",
    "confirm_document",
    "digest_of",
    "disease_of",
    "end_of_month",
    "from_application",
    "matches_file",
    "newest_test",
    "thumbprint",
]
