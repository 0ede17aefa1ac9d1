"""Provinces, divisions and issuer ids.

A division code has six digits, two a level: province, city, county (GB/T 2260). Known are the
34 provinces, and beside them two that national systems use: 66, the Xinjiang Production and
Construction Corps (connected to national interfaces like a province, not in GB/T 2260), and 00,
the national level, which credit codes of ministries write as 10.

An issuer id is ``CN-`` and the levels, joined by hyphens: ``CN-51`` for a province, ``CN-44-03``
for a sub-issuer (Shenzhen under Guangdong), ``CN-00`` for the national level. Each issuer has
one id: the alias 10 is read in codes, never in ids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from trustcert.errors import MalformedError
from trustcert.identifiers.problems import Problem
from trustcert.values import PublicValue

__all__ = [
    "CORPS",
    "NATIONAL",
    "PROVINCES",
    "Division",
    "Province",
    "parse_code",
    "parse_id",
    "province",
]

_CODE: Final = re.compile(r"[0-9]{2}(?:[0-9]{2}){0,2}")
_ID: Final = re.compile(r"CN((?:-[0-9]{2}){1,3})")


class Province(PublicValue, frozen=True, kw_only=True):
    """A province, the corps or the national level: its two digits and its names."""

    code: str
    zh: str
    en: str
    short: str
    """The one-character name that number plates and tables use."""


def _table(rows: str) -> Mapping[str, Province]:
    provinces = {}
    for row in rows.strip().splitlines():
        code, short, zh, en = row.split(maxsplit=3)
        provinces[code] = Province(code=code, zh=zh, en=en, short=short)
    return MappingProxyType(provinces)


PROVINCES: Final = _table("""
11 京 北京市 Beijing
12 津 天津市 Tianjin
13 冀 河北省 Hebei
14 晋 山西省 Shanxi
15 蒙 内蒙古自治区 Inner Mongolia
21 辽 辽宁省 Liaoning
22 吉 吉林省 Jilin
23 黑 黑龙江省 Heilongjiang
31 沪 上海市 Shanghai
32 苏 江苏省 Jiangsu
33 浙 浙江省 Zhejiang
34 皖 安徽省 Anhui
35 闽 福建省 Fujian
36 赣 江西省 Jiangxi
37 鲁 山东省 Shandong
41 豫 河南省 Henan
42 鄂 湖北省 Hubei
43 湘 湖南省 Hunan
44 粤 广东省 Guangdong
45 桂 广西壮族自治区 Guangxi
46 琼 海南省 Hainan
50 渝 重庆市 Chongqing
51 川 四川省 Sichuan
52 黔 贵州省 Guizhou
53 滇 云南省 Yunnan
54 藏 西藏自治区 Tibet
61 陕 陕西省 Shaanxi
62 甘 甘肃省 Gansu
63 青 青海省 Qinghai
64 宁 宁夏回族自治区 Ningxia
65 新 新疆维吾尔自治区 Xinjiang
71 台 台湾省 Taiwan
81 港 香港特别行政区 Hong Kong
82 澳 澳门特别行政区 Macau
""")
"""The 34 of GB/T 2260 by their two digits, in its order."""

CORPS: Final = Province(
    code="66",
    zh="新疆生产建设兵团",
    en="Xinjiang Production and Construction Corps",
    short="兵",
)
"""Code 66 of national systems; its people's citizen ids start with 65."""

NATIONAL: Final = Province(code="00", zh="国家", en="National", short="国")
"""The national level; the alias 10 is read too."""

_KNOWN: Final = MappingProxyType(
    {**PROVINCES, CORPS.code: CORPS, NATIONAL.code: NATIONAL, "10": NATIONAL}
)


class Division(PublicValue, frozen=True, kw_only=True):
    """A place in the tree of divisions; ``city`` and ``county`` are two digits, or empty."""

    province: Province
    city: str = ""
    county: str = ""

    @property
    def id(self) -> str:
        """The issuer id: ``CN-51``, ``CN-44-03``."""
        return "-".join(filter(None, ("CN", self.province.code, self.city, self.county)))

    @property
    def code(self) -> str:
        """The six digits: ``510000``, ``440300``."""
        return (self.province.code + self.city + self.county).ljust(6, "0")

    def covers(self, other: Division) -> bool:
        """Decide whether ``other`` is this division or lies in it; nothing is in the nation."""
        return f"{other.id}-".startswith(f"{self.id}-")


def province(code: str) -> Province:
    """Return the province of a division code of two, four or six digits.

    ``00`` and ``10`` are the national level, ``66`` is the corps.

    Raises:
        MalformedError: not of digits, or a province that does not exist.
    """
    if not _CODE.fullmatch(code) or code[:2] not in _KNOWN:
        raise MalformedError(Problem.UNKNOWN_DIVISION)
    return _KNOWN[code[:2]]


def parse_code(code: str) -> Division:
    """Return the division of a code of two, four or six digits (GB/T 2260).

    Cities and counties are not looked up: there are over 3,000, and they change every year.

    Raises:
        MalformedError: not of digits, a province that does not exist, or a county of no city.
    """
    where = province(code)
    city, county = (level if level != "00" else "" for level in (code[2:4], code[4:6]))
    if county and not city:
        raise MalformedError(Problem.UNKNOWN_DIVISION)
    return Division(province=where, city=city, county=county)


def parse_id(issuer: str) -> Division:
    """Return the division of an issuer id, as ``CN-51`` or ``CN-44-03``.

    Raises:
        MalformedError: another form, an alias, a level 00, or a province that does not exist.
    """
    match = _ID.fullmatch(issuer)
    if match is None:
        raise MalformedError(Problem.ISSUER_ID)
    division = parse_code(match[1].replace("-", ""))
    if division.id != issuer:
        raise MalformedError(Problem.ISSUER_ID)
    return division
