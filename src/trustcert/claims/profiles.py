"""What each type of credential asserts, beside who and when.

A field's name is its name in :mod:`trustcert.claims.labels`; one without a default is required.
No ``repr`` shows a value: what is asserted of a person stays out of logs.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final

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
from trustcert.claims.vocabulary import Colour, CredentialType, Outcome, TestMethod
from trustcert.values import Value


class HealthCode(Value, frozen=True, kw_only=True):
    """A health code: a colour with the reason for it (type ``health_code``).

    ``label`` is the issuer's own word where it is none of the common colours (未见异常): then
    ``colour`` may be NONE, and the destination's policy says what the word means.
    ``assigned_by`` is the issuer id of the authority that set the colour (``CN-41-01``), ``rule``
    by which rule, ``assigned_until`` until when (Unix seconds), ``appeal`` where the holder can
    object.
    """

    type: ClassVar[CredentialType] = CredentialType.HEALTH_CODE

    colour: Colour
    label: str | None = None
    assigned_by: str | None = None
    rule: str | None = None
    assigned_until: int | None = None
    appeal: str | None = None


class HealthProof(Value, frozen=True, kw_only=True):
    """A health proof (健康证明): an examination with its colour (type ``health_proof``).

    ``sampled_at`` is when the person was examined, ``reported_at`` when the result was written,
    both in Unix seconds; ``site`` is where.
    """

    type: ClassVar[CredentialType] = CredentialType.HEALTH_PROOF

    colour: Colour
    sampled_at: int | None = None
    reported_at: int | None = None
    result: Outcome | None = None
    site: str | None = None


class TestResult(Value, frozen=True, kw_only=True):
    """The result of one test (type ``test_result``); times in Unix seconds.

    ``method`` is None where the source names one that is not known here.
    """

    __test__ = False
    type: ClassVar[CredentialType] = CredentialType.TEST_RESULT

    result: Outcome
    method: TestMethod | None = None
    sampled_at: int | None = None
    reported_at: int | None = None
    site: str | None = None
    disease: str | None = None


class Vaccination(Value, frozen=True, kw_only=True):
    """One vaccination: dose ``dose`` of ``doses`` (type ``vaccination``).

    ``doses`` is None where the source does not say how many make a course.
    """

    type: ClassVar[CredentialType] = CredentialType.VACCINATION

    disease: str
    vaccine: str
    dose: int
    doses: int | None = None
    given_on: date
    maker: str | None = None
    lot: str | None = None
    site: str | None = None


class Recovery(Value, frozen=True, kw_only=True):
    """Recovery from an infection (type ``recovery``).

    ``positive_on`` is the day of the first positive test; the proof counts from ``valid_from``
    to ``valid_until``, both days included.
    """

    type: ClassVar[CredentialType] = CredentialType.RECOVERY

    disease: str
    positive_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    site: str | None = None


class HealthRecord(Value, frozen=True, kw_only=True):
    """Signed health data without one event that a policy could judge (``health_record``)."""

    type: ClassVar[CredentialType] = CredentialType.HEALTH_RECORD

    title: str | None = None


class Travel(Value, frozen=True, kw_only=True):
    """Where a person has been (type ``travel``), as carriers computed it.

    ``places`` are divisions (``CN-42-01``) visited in the ``window_days`` days up to ``as_of``
    (Unix seconds); None says that there were none.
    """

    type: ClassVar[CredentialType] = CredentialType.TRAVEL

    as_of: int
    window_days: int
    places: tuple[str, ...] | None = None


class Identity(Value, frozen=True, kw_only=True):
    """Who the holder is, and nothing more (type ``identity``)."""

    type: ClassVar[CredentialType] = CredentialType.IDENTITY

    title: str | None = None
    authority: str | None = None


class Licence(Value, frozen=True, kw_only=True):
    """A licence or permit of a kind that has no profile of its own (type ``licence``).

    ``identifier`` is the electronic-licence identifier (``1.2.156.3005.2…``), ``version`` its
    version; a new version supersedes the one before. ``replaces`` is the identifier of the
    licence in whose place this one stands: of the version before, or, after a transfer, of the
    one that another province kept.
    """

    type: ClassVar[CredentialType] = CredentialType.LICENCE

    title: str
    number: str
    authority: str | None = None
    identifier: str | None = None
    scope: str | None = None
    version: int | None = None
    replaces: str | None = None


class Qualification(Value, frozen=True, kw_only=True):
    """A professional qualification, degree or training record (type ``qualification``)."""

    type: ClassVar[CredentialType] = CredentialType.QUALIFICATION

    title: str
    number: str
    authority: str | None = None
    identifier: str | None = None
    level: str | None = None
    scope: str | None = None
    version: int | None = None
    replaces: str | None = None


Details = (
    HealthCode
    | HealthProof
    | TestResult
    | Vaccination
    | Recovery
    | HealthRecord
    | Licence
    | Qualification
    | Identity
    | Travel
    | BusinessLicence
    | FoodPermit
    | StaffHealthCertificate
    | EnvironmentalApproval
    | Degree
    | PersonnelCertificate
    | ProofOfLife
    | AgentAuthorisation
)

PROFILES: Final[tuple[type[Details], ...]] = (
    HealthCode,
    HealthProof,
    TestResult,
    Vaccination,
    Recovery,
    HealthRecord,
    Licence,
    Qualification,
    Identity,
    Travel,
    BusinessLicence,
    FoodPermit,
    StaffHealthCertificate,
    EnvironmentalApproval,
    Degree,
    PersonnelCertificate,
    ProofOfLife,
    AgentAuthorisation,
)
