"""The closed vocabularies of claims. Values are the texts of JSON."""

from __future__ import annotations

import enum

__all__ = ["Colour", "Disease", "Outcome", "Presentation", "TestMethod"]


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

    SCREEN = "screen"
    PAPER = "paper"
    LIVE = "live"
