"""The columns of a table of applications: the names that offices give each field, and its values.

One entry a field. A header is known by the field's own name, by the Chinese names or by the
English ones, whatever its case, blanks, brackets and underscores. ``docs/issuing.md`` prints this
table, and forms to be filled in are made from it.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from trustcert.claims.types import CredentialType
from trustcert.claims.vocabulary import Colour, Outcome, Presentation, TestMethod
from trustcert.identifiers.documents import FACTS, DocumentType
from trustcert.values import PublicValue

__all__ = [
    "COLUMNS",
    "REASON_HEADER",
    "Column",
    "Content",
    "column_of",
    "is_reason",
    "value_of",
    "words_of",
]


class Content(enum.Enum):
    """What the cells of a column hold."""

    TEXT = "text"
    NUMBER = "whole number"
    TIME = "date and time"
    DATE = "date"
    FLAG = "是 or 否"
    CHOICE = "one of a list"
    LIST = "several, divided by ;"


class Column(PublicValue, frozen=True, kw_only=True):
    """One column: the field that it fills, its names, what it holds, and an example.

    The first of the Chinese names is the one that forms show.
    """

    field: str
    chinese: tuple[str, ...]
    english: tuple[str, ...] = ()
    content: Content = Content.TEXT
    choices: type[enum.Enum] | None = None
    example: str = ""


def _text(field: str, chinese: str, example: str, english: str = "") -> Column:
    return Column(
        field=field,
        chinese=tuple(chinese.split()),
        english=tuple(filter(None, english.split(", "))),
        example=example,
    )


def _of(content: Content, field: str, chinese: str, example: str, english: str = "") -> Column:
    return Column(
        field=field,
        chinese=tuple(chinese.split()),
        english=tuple(filter(None, english.split(", "))),
        content=content,
        example=example,
    )


def _choice(field: str, chinese: str, choices: type[enum.Enum], example: enum.Enum) -> Column:
    return Column(
        field=field,
        chinese=tuple(chinese.split()),
        content=Content.CHOICE,
        choices=choices,
        example=str(example.value),
    )


_NUMBER, _TIME, _DATE, _LIST = Content.NUMBER, Content.TIME, Content.DATE, Content.LIST

COLUMNS: Final[Mapping[str, Column]] = {
    column.field: column
    for column in (
        _choice("type", "凭证类型 类型 证明类型", CredentialType, CredentialType.HEALTH_PROOF),
        _text("name", "姓名 持有人 持证人 名称 企业名称 单位名称", "张伟", "full name, holder"),
        _text("name_latin", "英文名 拼音 姓名拼音 英文姓名", "ZHANG WEI", "latin name, pinyin"),
        _choice(
            "document_type", "证件类型 证件种类 证件名称", DocumentType, DocumentType.CITIZEN_ID
        ),
        _text(
            "document_number",
            "证件号码 证件号 身份证号 身份证号码 公民身份号码 护照号 护照号码",
            "11010519491231002X",
            "id number, document no, passport number",
        ),
        _of(_DATE, "birth_date", "出生日期 生日", "1949-12-31", "date of birth, birthday"),
        _text("nationality", "国籍", "CHN"),
        _text(
            "organisation_code",
            "统一社会信用代码 信用代码 社会信用代码 单位代码",
            "91110000600037341L",
            "organization code, credit code",
        ),
        _text("division", "居住地区划 行政区划 行政区划代码", "CN-51-01"),
        _of(_LIST, "name_aliases", "别名 曾用名 其他姓名", "ZHANG WEI", "aliases"),
        _of(_LIST, "name_variants", "异体字 姓名异体字", "伟偉"),
        _of(_LIST, "guardians", "监护人密钥", "", "guardian keys"),
        _of(Content.FLAG, "guardian_consent", "监护人同意", "是"),
        _choice("presentation", "出示方式 载体", Presentation, Presentation.SCREEN),
        _choice("colour", "颜色 健康码颜色 码色", Colour, Colour.GREEN),
        _text("label", "标识 状态文字", "未见异常"),
        _text("assigned_by", "赋码机构 赋码单位", "CN-51-01"),
        _text("rule", "赋码规则 规则", "rule 3"),
        _of(_TIME, "assigned_until", "赋码截止时间", "2026-03-08 08:00"),
        _text("appeal", "申诉方式 申诉渠道", "12345"),
        _choice("result", "结果 检测结果 检查结果", Outcome, Outcome.NEGATIVE),
        _choice("method", "检测方法 方法", TestMethod, TestMethod.NUCLEIC_ACID),
        _of(_TIME, "sampled_at", "采样时间 检查时间 体检时间 采样日期", "2026-03-01 09:00"),
        _of(_TIME, "reported_at", "报告时间 出报告时间 报告日期", "2026-03-01 15:30"),
        _text("site", "地点 采样点 采样地点 检测机构 体检机构 接种单位 机构", "成都市第一人民医院"),
        _text("disease", "疾病 病种 病名", "840539006"),
        _text("vaccine", "疫苗 疫苗名称 疫苗品种", "1119349007"),
        _of(_NUMBER, "dose", "剂次 针次", "1"),
        _of(_NUMBER, "doses", "总剂次 总针次", "2"),
        _of(_DATE, "given_on", "接种日期 接种时间", "2026-01-15"),
        _text("maker", "生产企业 生产厂家 厂家", "ORG-100020693"),
        _text("lot", "批号 疫苗批号", "A20260101"),
        _of(_DATE, "positive_on", "阳性日期 首次阳性日期", "2026-01-15"),
        _of(_DATE, "valid_from", "有效期起 生效日期", "2026-02-01"),
        _of(_DATE, "valid_until", "康复证明有效期至", "2026-07-15"),
        _of(_TIME, "as_of", "统计时间 截止时间", "2026-03-01 09:00"),
        _of(_NUMBER, "window_days", "天数 统计天数", "14"),
        _of(_LIST, "places", "到访地 途经地", "CN-51-01;CN-44-03"),
        _text("title", "证照名称 证书名称 标题", "建造师", "certificate title"),
        _text(
            "number",
            "证照编号 证书编号 编号 证号 许可证编号 注册号",
            "川151202600001",
            "certificate number, licence number, license number",
        ),
        _text("authority", "发证机关 颁发机构 发证机构 颁证单位", "四川省住房和城乡建设厅"),
        _text("identifier", "电子证照标识 电子证照标识码", ""),
        _text("scope", "范围 经营范围 许可范围 适用范围", "全国"),
        _of(_NUMBER, "version", "版本 版本号", "1"),
        _text("replaces", "替代证照 原证照标识", ""),
        _text("level", "级别 等级 学历层次", "一级"),
        _text("major", "专业", "土木工程"),
        _of(_DATE, "completed_on", "毕业日期 毕业时间 授予日期", "2026-06-30"),
        _text("position", "职务 岗位", "工程师"),
        _of(_DATE, "since", "入职日期 起始日期", "2020-07-01"),
        _text("address", "地址 住所 经营场所", "成都市锦江区人民南路一段86号"),
        _text("representative", "法定代表人 负责人", "李娜"),
        _text("project", "项目名称 项目", "成都绕城高速扩建"),
        _text("file_name", "文件名 附件名称", "approval.pdf"),
        _of(_NUMBER, "file_size", "文件大小", "48213"),
        _text("file_digest", "文件摘要 文件哈希", ""),
        _text("opinion", "提前服务意见 意见文号", ""),
        _of(_DATE, "proved_on", "认证日期 生存认证日期", "2026-03-01"),
        _text("principal", "委托人 委托单位 委托方", "成都某某有限公司"),
        _text("principal_code", "委托方统一社会信用代码 委托人代码", "91110000600037341L"),
        _of(_LIST, "powers", "授权事项 委托事项 权限", "签订合同;领取证照"),
        _text("subject", "主体标识 主体", "", "subject id"),
        _of(
            _TIME,
            "not_before",
            "生效时间 有效期开始 有效期自",
            "2026-03-01 00:00",
            "valid not before",
        ),
        _of(
            _TIME,
            "expires",
            "有效期至 失效时间 到期时间 有效期止 截止日期",
            "2026-03-08 00:00",
            "expiry, valid to, expires at, expiry date",
        ),
    )
}
"""Every column, by its field."""

REASON_HEADER: Final = "原因 reason"
"""Header of the column that says why a row was refused; on reading it is passed over."""

_CHINESE_VALUES: Final[Mapping[enum.Enum, str]] = {
    CredentialType.HEALTH_CODE: "健康码",
    CredentialType.HEALTH_PROOF: "健康证明",
    CredentialType.TEST_RESULT: "检测结果 检测证明 核酸检测证明",
    CredentialType.VACCINATION: "疫苗接种 接种证明 疫苗接种证明",
    CredentialType.RECOVERY: "康复 康复证明",
    CredentialType.HEALTH_RECORD: "健康记录",
    CredentialType.TRAVEL: "行程 行程卡",
    CredentialType.LICENCE: "证照 许可证 执照",
    CredentialType.QUALIFICATION: "资格 资格证书 职业资格",
    CredentialType.IDENTITY: "身份 身份证明",
    CredentialType.BUSINESS_LICENCE: "营业执照",
    CredentialType.FOOD_PERMIT: "食品经营许可证",
    CredentialType.STAFF_HEALTH_CERTIFICATE: "从业人员健康证明 健康证",
    CredentialType.ENVIRONMENTAL_APPROVAL: "环评批文",
    CredentialType.DEGREE: "学历 学位 学历学位",
    CredentialType.PERSONNEL_CERTIFICATE: "人事证明",
    CredentialType.PROOF_OF_LIFE: "养老资格认证",
    CredentialType.AGENT_AUTHORISATION: "授权委托 授权委托书",
    Colour.GREEN: "绿 绿色 绿码",
    Colour.YELLOW: "黄 黄色 黄码",
    Colour.ORANGE: "橙 橙色 橙码",
    Colour.RED: "红 红色 红码",
    Colour.GREY: "灰 灰色 灰码",
    Colour.NONE: "无 无色",
    Outcome.NEGATIVE: "阴性",
    Outcome.POSITIVE: "阳性",
    Outcome.INCONCLUSIVE: "不确定 可疑",
    Outcome.NO_ABNORMALITY: "未见异常 正常",
    Outcome.ABNORMALITY: "异常",
    TestMethod.NUCLEIC_ACID: "核酸 核酸检测",
    TestMethod.ANTIGEN: "抗原 抗原检测",
    TestMethod.ANTIBODY: "抗体 抗体检测",
    Presentation.SCREEN: "屏幕 手机",
    Presentation.PAPER: "纸质 纸张",
    Presentation.LIVE: "现场 实时",
    DocumentType.CITIZEN_ID: "身份证 公民身份证 二代身份证",
    DocumentType.HK_MACAU_TRAVEL_PERMIT: "港澳通行证 回乡证",
    DocumentType.TAIWAN_TRAVEL_PERMIT: "台胞证",
    DocumentType.UNIFIED_SOCIAL_CREDIT_CODE: "统一社会信用代码",
}


def words_of(member: enum.Enum) -> tuple[str, ...]:
    """Return the Chinese words for a value of a list."""
    words = tuple(_CHINESE_VALUES.get(member, "").split())
    if isinstance(member, DocumentType):
        return tuple(dict.fromkeys((FACTS[member].zh, *words)))
    return words


_REMARK: Final = re.compile(r"[(（【\[].*?[)）】\]]")
"""A remark in brackets, as 证件号码（必填）."""

_PASSED_OVER: Final = re.compile(r"[\s_\-*＊:：()（）【】\[\]/.·]+")


def _folded(text: str) -> str:
    return _PASSED_OVER.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _headers() -> dict[str, Column]:
    found: dict[str, Column] = {}
    for column in COLUMNS.values():
        for name in (column.field, *column.chinese, *column.english):
            found[_folded(name)] = column
            # forms show both names: 姓名 name
            found[_folded(f"{column.chinese[0]} {column.field}")] = column
    return found


def _values() -> dict[tuple[type[enum.Enum], str], str]:
    kinds = {column.choices for column in COLUMNS.values() if column.choices is not None}
    return {
        (kind, _folded(word)): str(member.value)
        for kind in kinds
        for member in kind
        for word in (str(member.value), *words_of(member))
    }


_BY_HEADER: Final = _headers()
_BY_VALUE: Final = _values()


def column_of(header: str) -> Column | None:
    """Return the column that a header names, None where it names none."""
    found = _BY_HEADER.get(_folded(header))
    return found or _BY_HEADER.get(_folded(_REMARK.sub("", header)))


def is_reason(header: str) -> bool:
    """Decide whether a header is that of the reasons in a file of refused rows."""
    return _folded(header) == _folded(REASON_HEADER)


def value_of(column: Column, text: str) -> str:
    """Return the value of a list that a cell names in English or Chinese, else ``text``."""
    if column.choices is None:
        return text
    return _BY_VALUE.get((column.choices, _folded(text)), text)
