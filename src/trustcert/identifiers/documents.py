"""Kinds of document that name a holder, and their numbers.

Two tables of codes are in use in China, and neither holds every kind: that of electronic
licences (GB/T 36903 annex A, in the manner of GA/T 517: 111, 414, …) and that of the health-code
interfaces (10, 14, …). Inside there is one enumeration. A code is None where the table has none
for the kind: say so to whoever asks for it, rather than send a wrong one.

On the wire a kind is a small integer, one byte in CBOR; it is never renumbered. In JSON it is
its name.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from trustcert.errors import MalformedError
from trustcert.identifiers import citizen, passport, uscc
from trustcert.identifiers.citizen import Holder
from trustcert.identifiers.entry import normalise, refuse
from trustcert.identifiers.masking import NumberMask, mask_number
from trustcert.identifiers.problems import Problem
from trustcert.values import PublicValue

__all__ = [
    "BY_HEALTH_CODE",
    "BY_LICENCE_CODE",
    "BY_WIRE",
    "FACTS",
    "DocumentType",
    "Facts",
    "mask",
    "tail",
    "validate",
]


class DocumentType(enum.Enum):
    """A kind of document; the value is its name in JSON."""

    CITIZEN_ID = "citizen_id"
    HK_MACAU_RESIDENTS_PERMIT = "hk_macau_residents_permit"
    TAIWAN_RESIDENTS_PERMIT = "taiwan_residents_permit"
    FOREIGNERS_PERMANENT_RESIDENT_CARD = "foreigners_permanent_resident_card"
    PASSPORT = "passport"
    HK_MACAU_TRAVEL_PERMIT = "hk_macau_travel_permit"
    TAIWAN_TRAVEL_PERMIT = "taiwan_travel_permit"
    TAIWAN_SINGLE_ENTRY_PERMIT = "taiwan_single_entry_permit"
    UNIFIED_SOCIAL_CREDIT_CODE = "unified_social_credit_code"
    OTHER = "other"

    @property
    def facts(self) -> Facts:
        """What the tables say of the kind."""
        return FACTS[self]


class Facts(PublicValue, frozen=True, kw_only=True):
    """What the tables say of one kind of document."""

    wire: int
    """The integer on the wire, 1 to 23."""
    licence_code: str | None
    """GB/T 36903 annex A."""
    health_code: str | None
    """The health-code interfaces."""
    zh: str
    en: str


def _facts(wire: int, licence_code: str, health_code: str, zh: str, en: str) -> Facts:
    return Facts(
        wire=wire, licence_code=licence_code or None, health_code=health_code or None, zh=zh, en=en
    )


FACTS: Final[Mapping[DocumentType, Facts]] = MappingProxyType(
    {
        DocumentType.CITIZEN_ID: _facts(1, "111", "10", "居民身份证", "identity card"),
        DocumentType.HK_MACAU_RESIDENTS_PERMIT: _facts(
            2, "", "", "港澳居民居住证", "Hong Kong and Macau residents' permit"
        ),
        DocumentType.TAIWAN_RESIDENTS_PERMIT: _facts(
            3, "", "", "台湾居民居住证", "Taiwan residents' permit"
        ),
        DocumentType.FOREIGNERS_PERMANENT_RESIDENT_CARD: _facts(
            4, "553", "34", "外国人永久居留身份证", "foreigner's permanent-resident card"
        ),
        DocumentType.PASSPORT: _facts(5, "414", "20", "护照", "passport"),
        DocumentType.HK_MACAU_TRAVEL_PERMIT: _facts(
            6, "516", "14", "港澳居民来往内地通行证", "Hong Kong and Macau travel permit"
        ),
        DocumentType.TAIWAN_TRAVEL_PERMIT: _facts(
            7, "511", "15", "台湾居民来往大陆通行证", "Taiwan travel permit"
        ),
        DocumentType.TAIWAN_SINGLE_ENTRY_PERMIT: _facts(
            8, "", "16", "一次性台湾居民来往大陆通行证", "single-entry Taiwan travel permit"
        ),
        DocumentType.UNIFIED_SOCIAL_CREDIT_CODE: _facts(
            9, "001", "", "统一社会信用代码", "unified social credit code"
        ),
        DocumentType.OTHER: _facts(10, "", "99", "其他证件", "other document"),
    }
)
"""What the tables say of each kind."""

BY_WIRE: Final[Mapping[int, DocumentType]] = MappingProxyType(
    {facts.wire: kind for kind, facts in FACTS.items()}
)
"""The kind of each integer on the wire."""

BY_LICENCE_CODE: Final[Mapping[str, DocumentType]] = MappingProxyType(
    {facts.licence_code: kind for kind, facts in FACTS.items() if facts.licence_code}
)
"""The kind of each code of GB/T 36903 annex A that is known here."""

BY_HEALTH_CODE: Final[Mapping[str, DocumentType]] = MappingProxyType(
    {facts.health_code: kind for kind, facts in FACTS.items() if facts.health_code}
)
"""The kind of each code of the health-code interfaces. Their 10 is in practice used for the
residents' permits too: :attr:`citizen.CitizenId.holder` tells them apart."""

_HK_MACAU_TRAVEL: Final = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")
_TAIWAN_TRAVEL: Final = re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?")
_OLD_RESIDENT_CARD: Final = re.compile(r"[A-Z]{3}[0-9]{12}")
_ANY: Final = re.compile(r"(?=.*[0-9])[\w/()-]{2,40}")


def validate(kind: DocumentType, number: str) -> str:
    """Return the normal form of a number as typed, if it is one of a document of that kind.

    Full-width characters, spaces and lower-case letters are healed first
    (:func:`~trustcert.identifiers.entry.normalise`); the normal form is what is digested,
    masked and compared.

    Raises:
        LimitExceededError: longer than any identifier.
        MalformedError: ``problem`` is the :class:`~trustcert.identifiers.problems.Problem`;
            ``OTHER_DOCUMENT`` where the number is a good one of another kind.
    """
    text = normalise(number).text
    _CHECKS[kind](text)
    return text


def mask(kind: DocumentType, number: str, policy: NumberMask | None = None) -> str:
    """Return the masked number; by default a passport keeps three characters, others four.

    A credit code names a body and is public: by default it is shown whole.
    """
    return mask_number(number, _MASKS.get(kind, NumberMask.LAST_4) if policy is None else policy)


def tail(kind: DocumentType, number: str) -> str:
    """Return what the default mask of the kind leaves visible at the number's end."""
    return mask(kind, number).lstrip("*")


def _family(holder: Holder) -> Callable[[str], None]:
    def check(number: str) -> None:
        if citizen.parse(number).holder is not holder:
            raise MalformedError(Problem.OTHER_DOCUMENT)

    return check


def _resident_card(number: str) -> None:
    if not _OLD_RESIDENT_CARD.fullmatch(number):
        _family(Holder.FOREIGNER)(number)


def _shaped(pattern: re.Pattern[str], problem: Problem) -> Callable[[str], None]:
    def check(number: str) -> None:
        if not pattern.fullmatch(number):
            raise refuse(number, problem)

    return check


_CHECKS: Final[Mapping[DocumentType, Callable[[str], object]]] = {
    DocumentType.CITIZEN_ID: _family(Holder.CITIZEN),
    DocumentType.HK_MACAU_RESIDENTS_PERMIT: _family(Holder.HK_MACAU_RESIDENT),
    DocumentType.TAIWAN_RESIDENTS_PERMIT: _family(Holder.TAIWAN_RESIDENT),
    DocumentType.FOREIGNERS_PERMANENT_RESIDENT_CARD: _resident_card,
    DocumentType.PASSPORT: passport.parse,
    DocumentType.HK_MACAU_TRAVEL_PERMIT: _shaped(_HK_MACAU_TRAVEL, Problem.TRAVEL_PERMIT),
    DocumentType.TAIWAN_TRAVEL_PERMIT: _shaped(_TAIWAN_TRAVEL, Problem.TRAVEL_PERMIT),
    DocumentType.TAIWAN_SINGLE_ENTRY_PERMIT: _shaped(_ANY, Problem.TRAVEL_PERMIT),
    DocumentType.UNIFIED_SOCIAL_CREDIT_CODE: uscc.parse,
    DocumentType.OTHER: _shaped(_ANY, Problem.CHARACTERS),
}

_MASKS: Final = {
    DocumentType.PASSPORT: NumberMask.LAST_3,
    DocumentType.UNIFIED_SOCIAL_CREDIT_CODE: NumberMask.NONE,
}
