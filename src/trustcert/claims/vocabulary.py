"""The closed vocabularies of claims. Values are the texts of JSON; codes stand in ``labels``.

Members are single objects, also after pickling, so they hash as objects do: an enumeration's own
hash is a call of Python, and a check makes a dozen of them.
"""

from __future__ import annotations

import enum
from typing import Final


class CredentialType(enum.Enum):
    """What kind of credential this is; a registry says who may issue which."""

    __hash__ = object.__hash__

    HEALTH_CODE = "health_code"
    HEALTH_PROOF = "health_proof"
    TEST_RESULT = "test_result"
    VACCINATION = "vaccination"
    RECOVERY = "recovery"
    HEALTH_RECORD = "health_record"
    TRAVEL = "travel"
    LICENCE = "licence"
    QUALIFICATION = "qualification"
    IDENTITY = "identity"
    BUSINESS_LICENCE = "business_licence"
    FOOD_PERMIT = "food_permit"
    STAFF_HEALTH_CERTIFICATE = "staff_health_certificate"
    ENVIRONMENTAL_APPROVAL = "environmental_approval"
    DEGREE = "degree"
    PERSONNEL_CERTIFICATE = "personnel_certificate"
    PROOF_OF_LIFE = "proof_of_life"
    AGENT_AUTHORISATION = "agent_authorisation"


OF_BODIES: Final = frozenset(
    {
        CredentialType.LICENCE,
        CredentialType.BUSINESS_LICENCE,
        CredentialType.FOOD_PERMIT,
        CredentialType.ENVIRONMENTAL_APPROVAL,
    }
)
"""Types whose holder may be a body, named by its credit code."""

HEALTH: Final = frozenset(
    {
        CredentialType.HEALTH_CODE,
        CredentialType.HEALTH_PROOF,
        CredentialType.TEST_RESULT,
        CredentialType.VACCINATION,
        CredentialType.RECOVERY,
        CredentialType.HEALTH_RECORD,
        CredentialType.TRAVEL,
    }
)
"""Types that are sensitive personal information (PIPL article 28)."""


class Colour(enum.Enum):
    """The common colours; regions differ in which they use and what each means.

    GREY is unknown, stale or under review; NONE is not assigned. Neither is ever a pass.
    """

    __hash__ = object.__hash__

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    GREY = "grey"
    NONE = "none"


class Outcome(enum.Enum):
    """The result of a test or of an examination."""

    __hash__ = object.__hash__

    NEGATIVE = "negative"
    POSITIVE = "positive"
    INCONCLUSIVE = "inconclusive"
    NO_ABNORMALITY = "no_abnormality"
    ABNORMALITY = "abnormality"


class TestMethod(enum.Enum):
    """How a test was made."""

    __hash__ = object.__hash__

    __test__ = False

    NUCLEIC_ACID = "nucleic_acid"
    ANTIGEN = "antigen"
    ANTIBODY = "antibody"


class Disease(enum.Enum):
    """A disease that a test, a vaccination or a recovery is about.

    Claims carry the issuer's own code for it; :func:`trustcert.claims.codes.disease_of` reads that.
    """

    COVID_19 = "covid_19"
    INFLUENZA = "influenza"
    YELLOW_FEVER = "yellow_fever"
    POLIOMYELITIS = "poliomyelitis"
    MEASLES = "measles"
    MPOX = "mpox"
    CHOLERA = "cholera"
    RSV = "rsv"


class Presentation(enum.Enum):
    """How the credential is meant to be shown.

    PAPER asks for an identity check at every presentation; LIVE for a signature by the holder's
    key, made at the moment of showing.
    """

    __hash__ = object.__hash__

    SCREEN = "screen"
    PAPER = "paper"
    LIVE = "live"
