"""Claims: what is asserted, by whom, of whom, until when; the types and the table of labels."""

from trustcert.claims import types
from trustcert.claims.application import confirm_document, from_application
from trustcert.claims.checks import check
from trustcert.claims.codes import disease_of
from trustcert.claims.events import newest_test
from trustcert.claims.external_status import ExternalStatus
from trustcert.claims.files import FileDigest, digest_of, matches_file
from trustcert.claims.lifetimes import birthday, end_of_month
from trustcert.claims.model import Claims, Holder, StatusReference, thumbprint
from trustcert.claims.provenance import Source
from trustcert.claims.types import *  # noqa: F403 - every type is public
from trustcert.claims.vocabulary import (
    Colour,
    Disease,
    Outcome,
    Presentation,
    TestMethod,
)

__all__ = [
    "Claims",
    "Colour",
    "Disease",
    "ExternalStatus",
    "FileDigest",
    "Holder",
    "Outcome",
    "Presentation",
    "Source",
    "StatusReference",
    "TestMethod",
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
__all__ += types.__all__
