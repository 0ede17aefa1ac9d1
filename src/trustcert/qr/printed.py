"""The texts printed with a credential: captions, heading and fields, from its claims, masked.

Names of persons and numbers of their documents are masked; the code holds what was signed. A firm
and its licence are public. Words are Chinese with English beside them.
"""

from __future__ import annotations

import hashlib
from datetime import date
from enum import Enum
from typing import Any, Final

from trustcert.claims import Claims
from trustcert.claims.types import CredentialType
from trustcert.claims.vocabulary import Colour, Outcome, TestMethod
from trustcert.encoding.instants import spoken
from trustcert.errors import MalformedError
from trustcert.identifiers.divisions import parse_id
from trustcert.identifiers.documents import DocumentType
from trustcert.identifiers.masking import NameMask, mask_name
from trustcert.qr.sheets import SheetEntry

__all__ = ["FIELDS", "TITLES", "captions_of", "entry_of"]

TITLES: Final = {
    CredentialType.HEALTH_CODE: ("健康码", "Health code"),
    CredentialType.HEALTH_PROOF: ("健康证明", "Health proof"),
    CredentialType.TEST_RESULT: ("检测报告", "Test result"),
    CredentialType.VACCINATION: ("预防接种证明", "Vaccination"),
    CredentialType.RECOVERY: ("康复证明", "Recovery"),
    CredentialType.HEALTH_RECORD: ("健康档案", "Health record"),
    CredentialType.TRAVEL: ("行程证明", "Travel record"),
    CredentialType.LICENCE: ("电子证照", "Licence"),
    CredentialType.QUALIFICATION: ("职业资格证书", "Qualification"),
    CredentialType.IDENTITY: ("身份证明", "Identity"),
    CredentialType.BUSINESS_LICENCE: ("营业执照", "Business licence"),
    CredentialType.FOOD_PERMIT: ("食品经营许可证", "Food permit"),
    CredentialType.STAFF_HEALTH_CERTIFICATE: ("从业人员健康证明", "Staff health certificate"),
    CredentialType.ENVIRONMENTAL_APPROVAL: ("环评批文", "Environmental approval"),
    CredentialType.DEGREE: ("学历学位证书", "Degree"),
    CredentialType.PERSONNEL_CERTIFICATE: ("人事证明", "Personnel certificate"),
    CredentialType.PROOF_OF_LIFE: ("养老资格认证", "Proof of life"),
    CredentialType.AGENT_AUTHORISATION: ("授权委托书", "Agent authorisation"),
}
"""Every type of credential in Chinese and English."""

FIELDS: Final = {
    "number": "编号 Number",
    "identifier": "证照标识 Identifier",
    "authority": "机关 Authority",
    "level": "等级 Level",
    "major": "专业 Major",
    "position": "职务 Position",
    "project": "项目 Project",
    "scope": "范围 Scope",
    "address": "地址 Address",
    "representative": "代表人 Legal rep.",
    "principal": "委托人 Principal",
    "principal_code": "信用代码 Code",
    "powers": "权限 Powers",
    "colour": "颜色 Colour",
    "label": "说明 Label",
    "result": "结果 Result",
    "method": "方法 Method",
    "disease": "疾病 Disease",
    "vaccine": "疫苗 Vaccine",
    "dose": "剂次 Dose",
    "doses": "全程 Doses in all",
    "maker": "厂家 Maker",
    "lot": "批号 Lot",
    "site": "地点 Site",
    "places": "到访 Places",
    "window_days": "天数 Days",
    "sampled_at": "采样 Sampled",
    "reported_at": "报告 Reported",
    "as_of": "截至 As of",
    "assigned_until": "颜色至 Until",
    "given_on": "接种 Given on",
    "positive_on": "阳性 Positive on",
    "valid_from": "起 Valid from",
    "valid_until": "止 Valid until",
    "completed_on": "毕业 Completed",
    "proved_on": "认证 Proved on",
    "since": "自 Since",
    "opinion": "意见 Opinion",
    "version": "版本 Version",
    "replaces": "替代 Replaces",
    "file_name": "文件 File",
    "file_digest": "文件摘要 SHA-256",
}
"""Every claim of the profiles that is printed, in the order of the page."""

_WORDS: Final[dict[Enum, str]] = {
    Colour.GREEN: "绿 green",
    Colour.YELLOW: "黄 yellow",
    Colour.ORANGE: "橙 orange",
    Colour.RED: "红 red",
    Colour.GREY: "灰 grey",
    Colour.NONE: "未定 none",
    Outcome.NEGATIVE: "阴性 negative",
    Outcome.POSITIVE: "阳性 positive",
    Outcome.INCONCLUSIVE: "不确定 inconclusive",
    Outcome.NO_ABNORMALITY: "未见异常 no abnormality",
    Outcome.ABNORMALITY: "异常 abnormality",
    TestMethod.NUCLEIC_ACID: "核酸 nucleic acid",
    TestMethod.ANTIGEN: "抗原 antigen",
    TestMethod.ANTIBODY: "抗体 antibody",
    DocumentType.CITIZEN_ID: "居民身份证 citizen id",
    DocumentType.HK_MACAU_RESIDENTS_PERMIT: "港澳居民居住证",
    DocumentType.TAIWAN_RESIDENTS_PERMIT: "台湾居民居住证",
    DocumentType.FOREIGNERS_PERMANENT_RESIDENT_CARD: "外国人永久居留身份证",
    DocumentType.PASSPORT: "护照 passport",
    DocumentType.HK_MACAU_TRAVEL_PERMIT: "港澳居民来往内地通行证",
    DocumentType.TAIWAN_TRAVEL_PERMIT: "台湾居民来往大陆通行证",
    DocumentType.TAIWAN_SINGLE_ENTRY_PERMIT: "台湾居民一次性通行证",
    DocumentType.UNIFIED_SOCIAL_CREDIT_CODE: "统一社会信用代码",
    DocumentType.OTHER: "证件 document",
}
_INSTANTS: Final = frozenset({"sampled_at", "reported_at", "as_of", "assigned_until"})
_HIDDEN: Final = "****"


def captions_of(
    claims: Claims,
    *,
    issuer_name: str | None = None,
    name_mask: NameMask = NameMask.FIRST_AND_LAST,
) -> tuple[str, ...]:
    """Return the lines at a code: the masked name, issuer and title, the end of validity."""
    issuer = issuer_name or _province(claims.issuer)
    ends = "" if claims.expires is None else spoken(claims.expires).partition(" (")[0]
    lines = (_name(claims, name_mask), f"{issuer} {_title(claims)}", ends and f"至 {ends}")
    return tuple(filter(None, lines))


def entry_of(  # noqa: PLR0913 - what the issuer chooses
    claims: Claims,
    text: str,
    *,
    issuer_name: str | None = None,
    name_mask: NameMask = NameMask.FIRST_AND_LAST,
    purpose: str = "",
    serial: str = "",
) -> SheetEntry:
    """Return what is printed of the credential in ``text``, for every layout.

    ``issuer_name`` is by default the name of the issuer's province. ``purpose`` says what a
    printed copy is for (电子证照加注件); a page shows the SHA-256 of the code's text beside it.
    """
    heading, (chinese, english) = _title(claims), TITLES[claims.type]
    issuer = issuer_name or _province(claims.issuer)
    name = _name(claims, name_mask)
    ends = "" if claims.expires is None else spoken(claims.expires)
    fields = [("姓名 Name", name), ("证件 Document", _document(claims))]
    fields += [
        (word, _shown(claim, value))
        for claim, word in FIELDS.items()
        if (value := getattr(claims.details, claim, None)) is not None
    ]
    fields += [("签发 Issued by", issuer), ("签发于 Issued", spoken(claims.issued_at))]
    fields.append(("有效期至 Valid until", ends or "长期 no end"))
    notes = [
        "核验：请扫描此码，以扫码结果为准；纸面内容不作为凭据。",
        "To check: scan the code. What the scanner says counts, not what is printed here.",
        f"码文摘要 SHA-256 of the code's text: {hashlib.sha256(text.encode()).hexdigest()}",
    ]
    if purpose:
        notes.insert(0, f"加注 For this purpose only: {purpose}")
    return SheetEntry(
        text=text,
        captions=captions_of(claims, issuer_name=issuer_name, name_mask=name_mask),
        serial=serial,
        heading=f"{heading} {english}" if heading == chinese else heading,
        fields=tuple((word, value) for word, value in fields if value),
        notes=tuple(notes),
        photo=not claims.details.of_bodies,
    )


def _title(claims: Claims) -> str:
    return getattr(claims.details, "title", None) or TITLES[claims.type][0]


def _name(claims: Claims, mask: NameMask) -> str:
    name = claims.holder.name or ""
    if claims.details.of_bodies and claims.holder.document_tail is None:
        return name  # a firm's is public
    return mask_name(name, mask) if name else ""


def _document(claims: Claims) -> str:
    holder = claims.holder
    if claims.details.of_bodies and holder.organisation_code:
        return holder.organisation_code
    if holder.document_type is None:
        return ""
    tail = f" {_HIDDEN}{holder.document_tail}" if holder.document_tail else ""
    return f"{_WORDS[holder.document_type]}{tail}"


def _province(issuer: str) -> str:
    try:
        return parse_id(issuer).province.zh
    except MalformedError:
        return issuer


def _shown(claim: str, value: Any) -> str:
    if isinstance(value, Enum):
        return _WORDS[value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return spoken(value) if claim in _INSTANTS else str(value)
