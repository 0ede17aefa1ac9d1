"""What licences, permits, certificates and authorisations of the civil services assert.

As in :mod:`trustcert.claims.profiles`: a field's name is its label's, one without a default is
required, no ``repr`` shows a value. ``identifier`` is the electronic-licence identifier
(GB/T 36904), ``replaces`` that of the licence in whose place this one stands.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from trustcert.claims.vocabulary import CredentialType
from trustcert.values import Value


class BusinessLicence(Value, frozen=True, kw_only=True):
    """A business licence (营业执照); the firm is the holder, with its credit code.

    ``representative`` is the legal representative, whom the public register names too.
    """

    type: ClassVar[CredentialType] = CredentialType.BUSINESS_LICENCE

    title: str
    number: str
    authority: str | None = None
    identifier: str | None = None
    scope: str | None = None
    version: int | None = None
    replaces: str | None = None
    address: str | None = None
    representative: str | None = None


class FoodPermit(Value, frozen=True, kw_only=True):
    """A food business permit (食品经营许可证) for one firm at one ``address``."""

    type: ClassVar[CredentialType] = CredentialType.FOOD_PERMIT

    title: str
    number: str
    authority: str | None = None
    identifier: str | None = None
    scope: str | None = None
    version: int | None = None
    replaces: str | None = None
    address: str | None = None
    representative: str | None = None


class StaffHealthCertificate(Value, frozen=True, kw_only=True):
    """A health certificate of somebody who handles food (从业人员健康证明), at most a year.

    The holder's ``organisation_code`` is the employer's.
    """

    type: ClassVar[CredentialType] = CredentialType.STAFF_HEALTH_CERTIFICATE

    number: str
    authority: str | None = None
    sampled_at: int | None = None
    site: str | None = None


class EnvironmentalApproval(Value, frozen=True, kw_only=True):
    """An environmental approval (环评批文), bound to the one file that was approved.

    ``file_digest`` is :func:`trustcert.claims.files.digest_of`; ``opinion`` the number of the
    early opinion (提前服务意见) that the approval builds on.
    """

    type: ClassVar[CredentialType] = CredentialType.ENVIRONMENTAL_APPROVAL

    title: str
    number: str
    project: str
    file_digest: bytes
    file_size: int
    file_name: str
    authority: str | None = None
    identifier: str | None = None
    version: int | None = None
    replaces: str | None = None
    address: str | None = None
    opinion: str | None = None


class Degree(Value, frozen=True, kw_only=True):
    """A degree or diploma (学历、学位); marks are not in it."""

    type: ClassVar[CredentialType] = CredentialType.DEGREE

    title: str
    number: str
    authority: str
    level: str | None = None
    major: str | None = None
    completed_on: date | None = None


class PersonnelCertificate(Value, frozen=True, kw_only=True):
    """Where a person is or was employed, or their file is kept (人事证明)."""

    type: ClassVar[CredentialType] = CredentialType.PERSONNEL_CERTIFICATE

    title: str
    number: str
    authority: str
    position: str | None = None
    since: date | None = None


class ProofOfLife(Value, frozen=True, kw_only=True):
    """A yearly proof for a pension (养老资格认证): the person was seen on ``proved_on``.

    It holds to the end of a calendar month: :func:`trustcert.claims.lifetimes.end_of_month`.
    """

    type: ClassVar[CredentialType] = CredentialType.PROOF_OF_LIFE

    proved_on: date
    authority: str | None = None
    site: str | None = None


class AgentAuthorisation(Value, frozen=True, kw_only=True):
    """A firm lets a person act for it (授权委托): which ``powers``, until ``expires``.

    The holder is the agent; ``principal`` and ``principal_code`` name the firm.
    """

    type: ClassVar[CredentialType] = CredentialType.AGENT_AUTHORISATION

    principal: str
    principal_code: str
    powers: tuple[str, ...]
    number: str | None = None
