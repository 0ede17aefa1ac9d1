"""One credential of every profile, with generated people, and the four names of the size table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace
from tests.support import ISSUED

from trustcert.claims import Claims, StatusReference, from_application

SALT: Final = bytes.fromhex("0102030405060708")

APPLICATIONS: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "type": "health_code",
        "name": "胡志君",
        "colour": "green",
        "assigned_by": "CN-51",
        "rule": "川疫指发〔2020〕5号",
        "assigned_until": "2020-03-08T00:00:00+08:00",
        "appeal": "12345",
    },
    {
        "type": "health_proof",
        "name": "胡志君",
        "document_type": "citizen_id",
        "document_number": "11010519491231002X",
        "birth_date": "1949-12-31",
        "colour": "green",
        "result": "no_abnormality",
        "sampled_at": "2020-03-01T08:00:00+08:00",
        "reported_at": "2020-03-01T08:30:00+08:00",
        "site": "四川省人民医院",
    },
    {
        "type": "test_result",
        "name": "阿依古丽·买买提",
        "name_latin": "Ayigul Memet",
        "result": "negative",
        "method": "nucleic_acid",
        "disease": "COVID-19",
        "sampled_at": "2020-03-01T08:00:00+08:00",
        "reported_at": "2020-03-01T08:30:00+08:00",
        "site": "成都市疾病预防控制中心",
    },
    {
        "type": "vaccination",
        "name": "胡志君",
        "disease": "COVID-19",
        "vaccine": "BBIBP-CorV",
        "dose": 1,
        "doses": 2,
        "given_on": "2020-02-20",
        "maker": "北京生物",
        "lot": "202002A",
        "site": "成都市第三人民医院",
    },
    {
        "type": "recovery",
        "name": "胡志君",
        "disease": "COVID-19",
        "positive_on": "2020-02-01",
        "valid_from": "2020-02-12",
        "valid_until": "2020-07-30",
    },
    {"type": "health_record", "name": "胡志君", "title": "入职体检"},
    {
        "type": "licence",
        "name": "张三食品店",
        "organisation_code": "91350100M000100Y43",
        "title": "食品经营许可证",
        "number": "JY15101000000001",
        "authority": "成都市市场监督管理局",
        "scope": "预包装食品销售",
        "version": 2,
    },
    {
        "type": "qualification",
        "name": "胡志君",
        "title": "特种作业操作证",
        "number": "T510000000000000001",
        "authority": "四川省应急管理厅",
        "level": "低压电工作业",
    },
    {"type": "identity", "name": "胡志君", "title": "居住证明", "authority": "成都市公安局"},
    {
        "type": "travel",
        "name": "胡志君",
        "as_of": "2020-03-01T08:00:00+08:00",
        "window_days": 14,
        "places": ["CN-51-01", "CN-42-01"],
    },
    {
        "type": "business_licence",
        "name": "张三食品店",
        "organisation_code": "91350100M000100Y43",
        "title": "营业执照",
        "number": "91350100M000100Y43",
        "representative": "张三",
        "address": "成都市天府大道1号",
    },
    {
        "type": "food_permit",
        "name": "张三食品店",
        "organisation_code": "91350100M000100Y43",
        "title": "食品经营许可证",
        "number": "JY15101000000001",
        "address": "成都市天府大道1号",
    },
    {
        "type": "staff_health_certificate",
        "name": "胡志君",
        "organisation_code": "91350100M000100Y43",
        "number": "51010020200001",
        "sampled_at": "2020-03-01T08:00:00+08:00",
        "expires": "2021-03-01T00:00:00+08:00",
    },
    {
        "type": "environmental_approval",
        "name": "张三食品店",
        "organisation_code": "91350100M000100Y43",
        "title": "环境影响报告表的批复",
        "number": "成环审〔2020〕1号",
        "project": "食品加工项目",
        "file_digest": "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh",
        "file_size": 123456,
        "file_name": "批复.pdf",
    },
    {
        "type": "degree",
        "name": "胡志君",
        "title": "工学学士",
        "number": "1061042015000001",
        "authority": "四川大学",
        "major": "计算机科学与技术",
        "completed_on": "2015-06-30",
    },
    {
        "type": "personnel_certificate",
        "name": "胡志君",
        "title": "在职证明",
        "number": "2020-17",
        "authority": "四川省人才交流中心",
        "position": "工程师",
        "since": "2015-07-01",
    },
    {
        "type": "proof_of_life",
        "name": "胡志君",
        "proved_on": "2020-03-01",
        "expires": "2021-04-01T00:00:00+08:00",
    },
    {
        "type": "agent_authorisation",
        "name": "胡志君",
        "principal": "张三食品店",
        "principal_code": "91350100M000100Y43",
        "powers": ["递交材料", "领取证照"],
        "expires": "2020-06-01T00:00:00+08:00",
    },
)


def sample(fields: Mapping[str, Any], **more: Any) -> Claims:
    """Return the claims of an application, with a salt that is always the same."""
    made = from_application(
        fields, issuer="CN-51", issued_at=ISSUED, random=lambda size: SALT[:size]
    )
    return replace(made, **more)


NAMES: Final = {
    "胡君": 9,
    "𠅤志𠮷": 9,
    "阿不都热依木江·阿不都克里木江提": 10,
    "Maria Alexandrovna Konstantinopolskaya": 10,
}
"""The four names of the size table, and the QR version that each may need at M."""


def full_proof(name: str) -> Claims:
    """Return a health proof with everything that a train needs, about somebody of this name."""
    fields = {
        "type": "health_proof",
        "name": name,
        "document_type": "citizen_id",
        "document_number": "11010519491231002X",
        "colour": "green",
        "sampled_at": ISSUED - 3600,
        "expires": ISSUED + 7 * 86_400,
    }
    return sample(fields, status=StatusReference(list=3, index=812_345))
