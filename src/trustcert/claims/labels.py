"""The one table of labels: every claim, its integer label in CBOR and its name in JSON.

Registered claims follow RFC 8392 (CWT), RFC 8747 (``cnf``) and RFC 7519 (JWT). Everything of this
library's own stands in the map under one private label, since a private label costs five bytes;
inside it labels below 24 cost one. ``docs/format.md`` prints this table and a test compares.
"""

from __future__ import annotations

from typing import Final

from trustcert.claims.kinds import (
    DATE,
    EXACT,
    FLAG,
    INSTANT,
    Kind,
    choice,
    integer,
    octets,
    several,
    text,
)
from trustcert.claims.provenance import SOURCE
from trustcert.claims.vocabulary import (
    Colour,
    CredentialType,
    Outcome,
    Presentation,
    TestMethod,
)
from trustcert.identifiers.documents import BY_WIRE
from trustcert.limits import NAME_CHARACTERS
from trustcert.values import PublicValue

ISS: Final = 1
SUB: Final = 2
EXP: Final = 4
NBF: Final = 5
IAT: Final = 6
CTI: Final = 7
CNF: Final = 8
CREDENTIAL: Final = -65537
"""The private label (RFC 8392 section 9.1.1) of the map that holds the labels below."""
CREDENTIAL_NAME: Final = "credential"
"""Its name in JSON."""

TYPE: Final = 0
STATUS: Final = 1


class Label(PublicValue, frozen=True, kw_only=True):
    """One claim inside the credential map: label, name and kind."""

    label: int
    name: str
    kind: Kind


TYPE_CODES: Final = {
    1: CredentialType.HEALTH_CODE,
    2: CredentialType.HEALTH_PROOF,
    3: CredentialType.TEST_RESULT,
    4: CredentialType.VACCINATION,
    5: CredentialType.RECOVERY,
    6: CredentialType.HEALTH_RECORD,
    7: CredentialType.TRAVEL,
    20: CredentialType.LICENCE,
    21: CredentialType.QUALIFICATION,
    22: CredentialType.IDENTITY,
    24: CredentialType.BUSINESS_LICENCE,
    25: CredentialType.FOOD_PERMIT,
    26: CredentialType.STAFF_HEALTH_CERTIFICATE,
    27: CredentialType.ENVIRONMENTAL_APPROVAL,
    28: CredentialType.DEGREE,
    29: CredentialType.PERSONNEL_CERTIFICATE,
    30: CredentialType.PROOF_OF_LIFE,
    31: CredentialType.AGENT_AUTHORISATION,
}

_COLOURS: Final = choice(
    {
        1: Colour.GREEN,
        2: Colour.YELLOW,
        3: Colour.ORANGE,
        4: Colour.RED,
        5: Colour.GREY,
        6: Colour.NONE,
    }
)
_OUTCOMES: Final = choice(
    {
        1: Outcome.NEGATIVE,
        2: Outcome.POSITIVE,
        3: Outcome.INCONCLUSIVE,
        4: Outcome.NO_ABNORMALITY,
        5: Outcome.ABNORMALITY,
    }
)
_METHODS: Final = choice(
    {1: TestMethod.NUCLEIC_ACID, 2: TestMethod.ANTIGEN, 3: TestMethod.ANTIBODY}
)
_PRESENTATIONS: Final = choice(
    {1: Presentation.SCREEN, 2: Presentation.PAPER, 3: Presentation.LIVE}
)
_DOCUMENTS: Final = choice(BY_WIRE)


def _row(label: int, name: str, kind: Kind) -> Label:
    return Label(label=label, name=name, kind=kind)


LABELS: Final = (
    _row(TYPE, "type", choice(TYPE_CODES)),
    _row(STATUS, "status", EXACT),
    _row(2, "presentation", _PRESENTATIONS),
    _row(3, "name", text(NAME_CHARACTERS)),
    _row(4, "name_latin", text(NAME_CHARACTERS)),
    _row(5, "document_type", _DOCUMENTS),
    _row(6, "document_tail", text(8)),
    _row(7, "document_digest", octets(17, 17)),
    _row(8, "birth_date", DATE),
    _row(9, "nationality", text(3)),
    _row(10, "organisation_code", text(32)),
    _row(11, "colour", _COLOURS),
    _row(12, "result", _OUTCOMES),
    _row(13, "sampled_at", INSTANT),
    _row(14, "reported_at", INSTANT),
    _row(15, "site", text()),
    _row(16, "method", _METHODS),
    _row(17, "disease", text(64)),
    _row(18, "vaccine", text(64)),
    _row(19, "dose", integer(1, 99)),
    _row(20, "doses", integer(1, 99)),
    _row(21, "given_on", DATE),
    _row(22, "number", text(64)),
    _row(23, "title", text()),
    _row(24, "identifier", text(128)),
    _row(25, "authority", text()),
    _row(26, "scope", text()),
    _row(27, "version", integer(1, 999)),
    _row(28, "level", text(64)),
    _row(29, "assigned_by", text(64)),
    _row(30, "rule", text(128)),
    _row(31, "assigned_until", INSTANT),
    _row(32, "appeal", text()),
    _row(33, "maker", text(64)),
    _row(34, "lot", text(64)),
    _row(35, "positive_on", DATE),
    _row(36, "valid_from", DATE),
    _row(37, "valid_until", DATE),
    _row(38, "source", SOURCE),
    _row(40, "label", text(32)),
    _row(41, "division", text(12)),
    _row(42, "name_aliases", several(text(NAME_CHARACTERS), 8)),
    _row(43, "name_variants", several(text(16), 8)),
    _row(44, "guardians", several(octets(16, 16), 8)),
    _row(45, "guardian_consent", FLAG),
    _row(46, "as_of", INSTANT),
    _row(47, "window_days", integer(1, 31)),
    _row(48, "places", several(text(12), 64)),
    _row(49, "replaces", text(128)),
    _row(50, "address", text()),
    _row(51, "representative", text(NAME_CHARACTERS)),
    _row(52, "project", text()),
    _row(53, "file_name", text(128)),
    _row(54, "file_size", integer(0, 1 << 53)),
    _row(55, "file_digest", octets(33, 33)),
    _row(56, "opinion", text(64)),
    _row(57, "major", text(64)),
    _row(58, "completed_on", DATE),
    _row(59, "position", text(64)),
    _row(60, "since", DATE),
    _row(61, "proved_on", DATE),
    _row(62, "principal", text(NAME_CHARACTERS)),
    _row(63, "principal_code", text(32)),
    _row(64, "powers", several(text(64), 32)),
)

BY_NAME: Final = {row.name: row for row in LABELS}
