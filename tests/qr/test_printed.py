from __future__ import annotations

import hashlib

import pytest
from msgspec.structs import replace
from tests import samples

from trustcert import qr
from trustcert.claims import Claims, from_application
from trustcert.claims.types import TYPES, CredentialType
from trustcert.identifiers.masking import NameMask
from trustcert.qr.printed import FIELDS, TITLES

ISSUED = 1_583_024_400
PRINTED_OTHERWISE = {"title"}
"""A title is the heading."""
NOT_PRINTED = {"rule", "appeal", "assigned_by", "file_size"}
"""What a checkpoint does not read from paper."""


def claims_of(type_: str, **changes: object) -> Claims:
    application = next(a for a in samples.APPLICATIONS if a["type"] == type_)
    claims = from_application(dict(application), issuer="CN-51", issued_at=ISSUED)
    return replace(claims, expires=ISSUED + 86_400, **changes)


def test_every_type_has_a_title_and_every_claim_a_word() -> None:
    assert set(TITLES) == set(CredentialType)
    claims = {name for details in TYPES.values() for name in details.__struct_fields__}
    assert claims - set(FIELDS) == PRINTED_OTHERWISE | NOT_PRINTED
    assert set(FIELDS) <= claims


def test_a_health_proof_is_printed_masked() -> None:
    entry = qr.entry_of(claims_of("health_proof"), "TC1:A", serial="0007")
    assert entry.captions == ("胡*君", "四川省 健康证明", "至 2020-03-02 09:00")
    assert qr.captions_of(claims_of("health_proof")) == entry.captions
    assert entry.heading == "健康证明 Health proof"
    assert entry.fields == (
        ("姓名 Name", "胡*君"),
        ("证件 Document", "居民身份证 citizen id ****002X"),
        ("颜色 Colour", "绿 green"),
        ("结果 Result", "未见异常 no abnormality"),
        ("地点 Site", "四川省人民医院"),
        ("采样 Sampled", "2020-03-01 08:00 (UTC+08:00)"),
        ("报告 Reported", "2020-03-01 08:30 (UTC+08:00)"),
        ("签发 Issued by", "四川省"),
        ("签发于 Issued", "2020-03-01 09:00 (UTC+08:00)"),
        ("有效期至 Valid until", "2020-03-02 09:00 (UTC+08:00)"),
    )
    assert entry.serial == "0007"
    assert entry.photo
    assert entry.notes[-1].endswith(hashlib.sha256(b"TC1:A").hexdigest())


def test_a_licence_shows_the_firm_and_what_the_copy_is_for() -> None:
    entry = qr.entry_of(claims_of("business_licence"), "TC1:A", purpose="仅用于备案")
    assert ("姓名 Name", "张三食品店") in entry.fields
    assert ("证件 Document", "91350100M000100Y43") in entry.fields
    assert entry.notes[0] == "加注 For this purpose only: 仅用于备案"
    assert not entry.photo


@pytest.mark.parametrize("type_", [a["type"] for a in samples.APPLICATIONS])
@pytest.mark.parametrize("mask", NameMask)
def test_no_name_of_a_person_is_printed_whole(type_: str, mask: NameMask) -> None:
    claims = claims_of(type_)
    entry = qr.entry_of(claims, "TC1:A", name_mask=mask)
    shown = " ".join([*entry.captions, *(value for _, value in entry.fields)])
    if claims.holder.name and entry.photo and mask is not NameMask.NONE:
        assert claims.holder.name not in shown
    assert "11010519491231002X" not in shown


def test_an_issuer_that_is_no_division_is_named_as_it_is() -> None:
    claims = replace(claims_of("vaccination"), issuer="AT", expires=None)
    entry = qr.entry_of(claims, "HC1:A")
    assert entry.captions[1:] == ("AT 预防接种证明",)
    assert entry.fields[-1] == ("有效期至 Valid until", "长期 no end")
    assert qr.entry_of(claims, "HC1:A", issuer_name="Österreich").captions[1].startswith("Öst")
