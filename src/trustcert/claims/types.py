"""The credential types: what each asserts, beside who and when.

Each type is one entry: a member of :class:`CredentialType`, a class of details that declares its
code, its fields and how it is treated, and its line in :data:`TYPES`. Fields that several types
have are declared once, above the classes. A label or a code is never used again for something
else. ``docs/architecture.md`` shows how to add a type.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Final

from trustcert.claims.fields import Field
from trustcert.claims.kinds import DATE, INSTANT, choice, integer, octets, several, text
from trustcert.claims.vocabulary import Colour, Outcome, TestMethod
from trustcert.limits import NAME_CHARACTERS
from trustcert.values import Value

__all__ = [
    "TYPES",
    "AgentAuthorisation",
    "BusinessLicence",
    "CredentialType",
    "Degree",
    "Details",
    "EnvironmentalApproval",
    "FoodPermit",
    "HealthCode",
    "HealthProof",
    "HealthRecord",
    "Identity",
    "Licence",
    "PersonnelCertificate",
    "ProofOfLife",
    "Qualification",
    "Recovery",
    "StaffHealthCertificate",
    "TestResult",
    "Travel",
    "Vaccination",
]


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


class Details(Value, frozen=True, kw_only=True):
    """What a credential of one type asserts; the base of all types.

    ``code`` is the type's number in CBOR. ``is_health``: sensitive personal information (PIPL
    article 28). ``of_bodies``: the holder may be a body, named by its credit code.
    ``tells_causes``: status lists say why such a credential is no longer valid. No ``repr`` shows
    a value: what is asserted of a person stays out of logs.
    """

    type: ClassVar[CredentialType]
    code: ClassVar[int]
    is_health: ClassVar[bool] = False
    of_bodies: ClassVar[bool] = False
    tells_causes: ClassVar[bool] = False


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

_Colour = Annotated[Colour, Field(label=11, kind=_COLOURS, says="The colour.")]
_Label = Annotated[
    str,
    Field(
        label=40,
        kind=text(32),
        says="The issuer's own word where it is none of the common colours.",
    ),
]
_AssignedBy = Annotated[
    str, Field(label=29, kind=text(64), says="Issuer id of the authority that set the colour.")
]
_Rule = Annotated[str, Field(label=30, kind=text(128), says="By which rule the colour was set.")]
_AssignedUntil = Annotated[
    int, Field(label=31, kind=INSTANT, says="Until when the colour was set.")
]
_Appeal = Annotated[
    str, Field(label=32, kind=text(), says="Where the holder can object.", hidable=True)
]
_Result = Annotated[
    Outcome, Field(label=12, kind=_OUTCOMES, says="The result of a test or an examination.")
]
_SampledAt = Annotated[
    int, Field(label=13, kind=INSTANT, says="When the sample was taken, or the person examined.")
]
_ReportedAt = Annotated[int, Field(label=14, kind=INSTANT, says="When the result was written.")]
_Site = Annotated[
    str, Field(label=15, kind=text(), says="Where it was done, or by whom.", hidable=True)
]
_Method = Annotated[TestMethod, Field(label=16, kind=_METHODS, says="How the test was made.")]
_Disease = Annotated[
    str, Field(label=17, kind=text(64), says="The disease, by the issuer's code or name for it.")
]
_Vaccine = Annotated[
    str, Field(label=18, kind=text(64), says="The vaccine, by the issuer's code or name for it.")
]
_Dose = Annotated[int, Field(label=19, kind=integer(1, 99), says="The number of this dose.")]
_Doses = Annotated[int, Field(label=20, kind=integer(1, 99), says="How many doses make a course.")]
_GivenOn = Annotated[date, Field(label=21, kind=DATE, says="The day of the vaccination.")]
_Maker = Annotated[str, Field(label=33, kind=text(64), says="Who made the vaccine.", hidable=True)]
_Lot = Annotated[str, Field(label=34, kind=text(64), says="The lot of the vaccine.", hidable=True)]
_PositiveOn = Annotated[
    date, Field(label=35, kind=DATE, says="The day of the first positive test.")
]
_ValidFrom = Annotated[
    date, Field(label=36, kind=DATE, says="The first day on which the proof counts.")
]
_ValidUntil = Annotated[
    date, Field(label=37, kind=DATE, says="The last day on which the proof counts.")
]
_AsOf = Annotated[
    int, Field(label=46, kind=INSTANT, says="The moment up to which the record goes.")
]
_WindowDays = Annotated[
    int, Field(label=47, kind=integer(1, 31), says="How many days before that the record covers.")
]
_Places = Annotated[
    tuple[str, ...], Field(label=48, kind=several(text(12), 64), says="Divisions visited.")
]
_Title = Annotated[str, Field(label=23, kind=text(), says="What the document is called.")]
_Number = Annotated[str, Field(label=22, kind=text(64), says="The document's own number.")]
_Authority = Annotated[
    str, Field(label=25, kind=text(), says="Which authority gave it.", hidable=True)
]
_Identifier = Annotated[
    str, Field(label=24, kind=text(128), says="Electronic-licence identifier (GB/T 36904).")
]
_Scope = Annotated[str, Field(label=26, kind=text(), says="What it allows.")]
_Version = Annotated[
    int,
    Field(label=27, kind=integer(1, 999), says="Its version; a new one supersedes the one before."),
]
_Replaces = Annotated[
    str,
    Field(
        label=49, kind=text(128), says="Identifier of the licence in whose place this one stands."
    ),
]
_Level = Annotated[str, Field(label=28, kind=text(64), says="Its level or grade.")]
_Address = Annotated[str, Field(label=50, kind=text(), says="The one address that it is for.")]
_Representative = Annotated[
    str, Field(label=51, kind=text(NAME_CHARACTERS), says="The legal representative.", hidable=True)
]
_Project = Annotated[
    str, Field(label=52, kind=text(), says="The project that was approved.", hidable=True)
]
_FileName = Annotated[
    str, Field(label=53, kind=text(128), says="Name of the file that was approved.")
]
_FileSize = Annotated[int, Field(label=54, kind=integer(0, 1 << 53), says="Its size in bytes.")]
_FileDigest = Annotated[bytes, Field(label=55, kind=octets(33, 33), says="Its digest.")]
_Opinion = Annotated[
    str,
    Field(
        label=56, kind=text(64), says="Number of the early opinion that it builds on.", hidable=True
    ),
]
_Major = Annotated[str, Field(label=57, kind=text(64), says="The field of study.", hidable=True)]
_CompletedOn = Annotated[date, Field(label=58, kind=DATE, says="The day of completion.")]
_Position = Annotated[str, Field(label=59, kind=text(64), says="The position held.", hidable=True)]
_Since = Annotated[date, Field(label=60, kind=DATE, says="Since when.")]
_ProvedOn = Annotated[
    date, Field(label=61, kind=DATE, says="The day on which the person was seen.")
]
_Principal = Annotated[
    str, Field(label=62, kind=text(NAME_CHARACTERS), says="The firm that authorises.")
]
_PrincipalCode = Annotated[
    str, Field(label=63, kind=text(32), says="Its unified social credit code.")
]
_Powers = Annotated[
    tuple[str, ...], Field(label=64, kind=several(text(64), 32), says="What the agent may do.")
]


class HealthCode(Details, frozen=True, kw_only=True):
    """A health code: a colour with the reason for it (type ``health_code``).

    ``label`` is the issuer's own word where it is none of the common colours (未见异常): then
    ``colour`` may be NONE, and the destination's policy says what the word means.
    ``assigned_by`` is the issuer id of the authority that set the colour (``CN-41-01``), ``rule``
    by which rule, ``assigned_until`` until when (Unix seconds), ``appeal`` where the holder can
    object.
    """

    type: ClassVar[CredentialType] = CredentialType.HEALTH_CODE
    code: ClassVar[int] = 1
    is_health: ClassVar[bool] = True

    colour: _Colour
    label: _Label | None = None
    assigned_by: _AssignedBy | None = None
    rule: _Rule | None = None
    assigned_until: _AssignedUntil | None = None
    appeal: _Appeal | None = None


class HealthProof(Details, frozen=True, kw_only=True):
    """A health proof (健康证明): an examination with its colour (type ``health_proof``).

    ``sampled_at`` is when the person was examined, ``reported_at`` when the result was written,
    both in Unix seconds; ``site`` is where.
    """

    type: ClassVar[CredentialType] = CredentialType.HEALTH_PROOF
    code: ClassVar[int] = 2
    is_health: ClassVar[bool] = True

    colour: _Colour
    sampled_at: _SampledAt | None = None
    reported_at: _ReportedAt | None = None
    result: _Result | None = None
    site: _Site | None = None


class TestResult(Details, frozen=True, kw_only=True):
    """The result of one test (type ``test_result``); times in Unix seconds.

    ``method`` is None where the source names one that is not known here.
    """

    __test__ = False
    type: ClassVar[CredentialType] = CredentialType.TEST_RESULT
    code: ClassVar[int] = 3
    is_health: ClassVar[bool] = True

    result: _Result
    method: _Method | None = None
    sampled_at: _SampledAt | None = None
    reported_at: _ReportedAt | None = None
    site: _Site | None = None
    disease: _Disease | None = None


class Vaccination(Details, frozen=True, kw_only=True):
    """One vaccination: dose ``dose`` of ``doses`` (type ``vaccination``).

    ``doses`` is None where the source does not say how many make a course.
    """

    type: ClassVar[CredentialType] = CredentialType.VACCINATION
    code: ClassVar[int] = 4
    is_health: ClassVar[bool] = True

    disease: _Disease
    vaccine: _Vaccine
    dose: _Dose
    doses: _Doses | None = None
    given_on: _GivenOn
    maker: _Maker | None = None
    lot: _Lot | None = None
    site: _Site | None = None


class Recovery(Details, frozen=True, kw_only=True):
    """Recovery from an infection (type ``recovery``).

    ``positive_on`` is the day of the first positive test; the proof counts from ``valid_from``
    to ``valid_until``, both days included.
    """

    type: ClassVar[CredentialType] = CredentialType.RECOVERY
    code: ClassVar[int] = 5
    is_health: ClassVar[bool] = True

    disease: _Disease
    positive_on: _PositiveOn | None = None
    valid_from: _ValidFrom | None = None
    valid_until: _ValidUntil | None = None
    site: _Site | None = None


class HealthRecord(Details, frozen=True, kw_only=True):
    """Signed health data without one event that a policy could judge (``health_record``)."""

    type: ClassVar[CredentialType] = CredentialType.HEALTH_RECORD
    code: ClassVar[int] = 6
    is_health: ClassVar[bool] = True

    title: _Title | None = None


class Travel(Details, frozen=True, kw_only=True):
    """Where a person has been (type ``travel``), as carriers computed it.

    ``places`` are divisions (``CN-42-01``) visited in the ``window_days`` days up to ``as_of``
    (Unix seconds); None says that there were none.
    """

    type: ClassVar[CredentialType] = CredentialType.TRAVEL
    code: ClassVar[int] = 7
    is_health: ClassVar[bool] = True

    as_of: _AsOf
    window_days: _WindowDays
    places: _Places | None = None


class _Granted(Details, frozen=True, kw_only=True):
    """What an office grants and numbers: the fields that such types have in common.

    ``identifier`` is the electronic-licence identifier (``1.2.156.3005.2…``), ``version`` its
    version; a new version supersedes the one before. ``replaces`` is the identifier of the
    licence in whose place this one stands: of the version before, or, after a transfer, of the
    one that another province kept.
    """

    tells_causes: ClassVar[bool] = True

    title: _Title
    number: _Number
    authority: _Authority | None = None
    identifier: _Identifier | None = None
    scope: _Scope | None = None
    version: _Version | None = None
    replaces: _Replaces | None = None


class Licence(_Granted, frozen=True, kw_only=True):
    """A licence or permit of a kind that has no type of its own (type ``licence``)."""

    type: ClassVar[CredentialType] = CredentialType.LICENCE
    code: ClassVar[int] = 20
    of_bodies: ClassVar[bool] = True


class Qualification(_Granted, frozen=True, kw_only=True):
    """A professional qualification, degree or training record (type ``qualification``)."""

    type: ClassVar[CredentialType] = CredentialType.QUALIFICATION
    code: ClassVar[int] = 21

    level: _Level | None = None


class Identity(Details, frozen=True, kw_only=True):
    """Who the holder is, and nothing more (type ``identity``)."""

    type: ClassVar[CredentialType] = CredentialType.IDENTITY
    code: ClassVar[int] = 22

    title: _Title | None = None
    authority: _Authority | None = None


class BusinessLicence(_Granted, frozen=True, kw_only=True):
    """A business licence (营业执照); the firm is the holder, with its credit code.

    ``representative`` is the legal representative, whom the public register names too.
    """

    type: ClassVar[CredentialType] = CredentialType.BUSINESS_LICENCE
    code: ClassVar[int] = 24
    of_bodies: ClassVar[bool] = True

    address: _Address | None = None
    representative: _Representative | None = None


class FoodPermit(_Granted, frozen=True, kw_only=True):
    """A food business permit (食品经营许可证) for one firm at one ``address``."""

    type: ClassVar[CredentialType] = CredentialType.FOOD_PERMIT
    code: ClassVar[int] = 25
    of_bodies: ClassVar[bool] = True

    address: _Address | None = None
    representative: _Representative | None = None


class StaffHealthCertificate(Details, frozen=True, kw_only=True):
    """A health certificate of somebody who handles food (从业人员健康证明), at most a year.

    The holder's ``organisation_code`` is the employer's.
    """

    type: ClassVar[CredentialType] = CredentialType.STAFF_HEALTH_CERTIFICATE
    code: ClassVar[int] = 26
    tells_causes: ClassVar[bool] = True

    number: _Number
    authority: _Authority | None = None
    sampled_at: _SampledAt | None = None
    site: _Site | None = None


class EnvironmentalApproval(Details, frozen=True, kw_only=True):
    """An environmental approval (环评批文), bound to the one file that was approved.

    ``file_digest`` is :func:`trustcert.claims.files.digest_of`; ``opinion`` the number of the
    early opinion (提前服务意见) that the approval builds on.
    """

    type: ClassVar[CredentialType] = CredentialType.ENVIRONMENTAL_APPROVAL
    code: ClassVar[int] = 27
    of_bodies: ClassVar[bool] = True
    tells_causes: ClassVar[bool] = True

    title: _Title
    number: _Number
    project: _Project
    file_digest: _FileDigest
    file_size: _FileSize
    file_name: _FileName
    authority: _Authority | None = None
    identifier: _Identifier | None = None
    version: _Version | None = None
    replaces: _Replaces | None = None
    address: _Address | None = None
    opinion: _Opinion | None = None


class Degree(Details, frozen=True, kw_only=True):
    """A degree or diploma (学历、学位); marks are not in it."""

    type: ClassVar[CredentialType] = CredentialType.DEGREE
    code: ClassVar[int] = 28
    tells_causes: ClassVar[bool] = True

    title: _Title
    number: _Number
    authority: _Authority
    level: _Level | None = None
    major: _Major | None = None
    completed_on: _CompletedOn | None = None


class PersonnelCertificate(Details, frozen=True, kw_only=True):
    """Where a person is or was employed, or their file is kept (人事证明)."""

    type: ClassVar[CredentialType] = CredentialType.PERSONNEL_CERTIFICATE
    code: ClassVar[int] = 29
    tells_causes: ClassVar[bool] = True

    title: _Title
    number: _Number
    authority: _Authority
    position: _Position | None = None
    since: _Since | None = None


class ProofOfLife(Details, frozen=True, kw_only=True):
    """A yearly proof for a pension (养老资格认证): the person was seen on ``proved_on``.

    It holds to the end of a calendar month: :func:`trustcert.claims.lifetimes.end_of_month`.
    """

    type: ClassVar[CredentialType] = CredentialType.PROOF_OF_LIFE
    code: ClassVar[int] = 30
    tells_causes: ClassVar[bool] = True

    proved_on: _ProvedOn
    authority: _Authority | None = None
    site: _Site | None = None


class AgentAuthorisation(Details, frozen=True, kw_only=True):
    """A firm lets a person act for it (授权委托): which ``powers``, until ``expires``.

    The holder is the agent; ``principal`` and ``principal_code`` name the firm.
    """

    type: ClassVar[CredentialType] = CredentialType.AGENT_AUTHORISATION
    code: ClassVar[int] = 31
    tells_causes: ClassVar[bool] = True

    principal: _Principal
    principal_code: _PrincipalCode
    powers: _Powers
    number: _Number | None = None


TYPES: Final[Mapping[CredentialType, type[Details]]] = {
    details.type: details
    for details in (
        HealthCode,
        HealthProof,
        TestResult,
        Vaccination,
        Recovery,
        HealthRecord,
        Travel,
        Licence,
        Qualification,
        Identity,
        BusinessLicence,
        FoodPermit,
        StaffHealthCertificate,
        EnvironmentalApproval,
        Degree,
        PersonnelCertificate,
        ProofOfLife,
        AgentAuthorisation,
    )
}
"""Every type, with the class of its details."""
