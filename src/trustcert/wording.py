"""Every reason in words a guard understands, in English and Chinese.

Rules of this file: one sentence that says what is the matter, one that says what to do next; no
jargon, no blame (a person at a checkpoint reads this aloud to another); no personal data.
``describe`` and ``explain`` are the only readers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from trustcert.report import Reason, Report, Step


class Words(NamedTuple):
    """What is the matter, and what to do next."""

    what: str
    next: str


_ENGLISH: Final[dict[Reason, Words]] = {
    Reason.OK: Words("In order.", ""),
    Reason.NOT_A_CODE: Words("This is not a credential code.", "Ask for the right code."),
    Reason.MALFORMED: Words("The code is damaged or was altered.", "Scan it again."),
    Reason.LIMIT_EXCEEDED: Words("The code is larger than any real one.", "Do not accept it."),
    Reason.UNSUPPORTED: Words(
        "The code uses something this device does not know.",
        "Update this device, or check by hand.",
    ),
    Reason.PARTS_MISSING: Words("Only a part of this code was scanned.", "Scan the other parts."),
    Reason.CLOCK_BEHIND: Words(
        "The clock of this device is wrong.", "Check date and time of this device."
    ),
    Reason.KEY_UNKNOWN: Words(
        "This device does not know who signed the code.",
        "Sync this device; until then check the paper proof.",
    ),
    Reason.KEY_WITHDRAWN: Words(
        "The issuer has withdrawn the key that signed this.", "Ask for a newly issued code."
    ),
    Reason.KEY_COMPROMISED: Words(
        "The key that signed this was stolen or leaked.", "Ask for a newly issued code."
    ),
    Reason.REGISTRY_STALE: Words("This device's list of keys is too old.", "Sync this device."),
    Reason.NOT_SIGNED: Words("Nobody has signed this code.", "Do not accept it."),
    Reason.SIGNATURE_WRONG: Words(
        "The signature is wrong: the code was altered or forged.", "Do not accept it."
    ),
    Reason.ALGORITHM_MISMATCH: Words(
        "The code claims another kind of signature than its key makes.", "Do not accept it."
    ),
    Reason.CLAIMS_MALFORMED: Words(
        "The issuer signed something unreadable.", "Tell the issuer; check the paper proof."
    ),
    Reason.ISSUER_MISMATCH: Words(
        "The code names another issuer than the one that signed it.", "Do not accept it."
    ),
    Reason.TYPE_NOT_ALLOWED: Words(
        "This issuer may not issue this kind of credential.", "Do not accept it."
    ),
    Reason.ISSUED_IN_FUTURE: Words(
        "The code says it was issued in the future.", "Check date and time of this device."
    ),
    Reason.NOT_YET_VALID: Words("The code is not valid yet.", "Look at the date it starts."),
    Reason.EXPIRED: Words("The code has expired.", "Ask for a newly issued code."),
    Reason.OUTSIDE_KEY_WINDOW: Words(
        "The code was signed when its key was not in use.", "Do not accept it."
    ),
    Reason.REVOKED: Words("The issuer has revoked this credential.", "Do not accept it."),
    Reason.SUSPENDED: Words(
        "The issuer has suspended this credential.", "The holder must ask the issuer."
    ),
    Reason.SUPERSEDED: Words(
        "A newer version of this credential exists.", "Ask for the newer one."
    ),
    Reason.STATUS_UNKNOWN: Words(
        "This device does not know whether this was revoked.", "Sync this device."
    ),
    Reason.STATUS_OUT_OF_RANGE: Words(
        "The code points outside its issuer's revocation list.", "Sync this device; check by hand."
    ),
    Reason.STATUS_STALE: Words("This device's revocation list is too old.", "Sync this device."),
    Reason.POLICY_MISSING: Words(
        "This device holds no rules for this place.", "Set the destination and sync this device."
    ),
    Reason.NOT_RECOGNISED: Words(
        "This place does not recognise credentials of this kind from this issuer.",
        "Check by the local rules.",
    ),
    Reason.RECOGNITION_NOT_YET: Words(
        "This place does not recognise this issuer yet.", "Look at the date it starts."
    ),
    Reason.RECOGNITION_ENDED: Words(
        "This place no longer recognises this issuer.", "Check by the local rules."
    ),
    Reason.COLOUR_REFUSED: Words(
        "This place does not admit this colour.", "Follow the local rules for this colour."
    ),
    Reason.COLOUR_UNKNOWN: Words("The colour is unknown or not set.", "Check by hand."),
    Reason.RESULT_REFUSED: Words(
        "This place does not admit this result.", "Follow the local rules for this result."
    ),
    Reason.RESULT_UNKNOWN: Words("There is no result, or it is not clear.", "Check by hand."),
    Reason.TEST_TOO_OLD: Words("The test is too old for this place.", "A new test is needed."),
    Reason.TEST_TIME_MISSING: Words("The code does not say when the test was.", "Check by hand."),
    Reason.TEST_IN_FUTURE: Words(
        "The code says the test is in the future.", "Check date and time of this device."
    ),
    Reason.RULE_MISSING: Words(
        "This place has no rule for this kind of credential.", "Check by the local rules."
    ),
    Reason.INTERNAL: Words("This device failed.", "Check by hand, and report the failure."),
}

_CHINESE: Final[dict[Reason, Words]] = {
    Reason.OK: Words("正常。", ""),
    Reason.NOT_A_CODE: Words("这不是凭证码。", "请出示正确的码。"),
    Reason.MALFORMED: Words("码已损坏或被改动。", "请重新扫描。"),
    Reason.LIMIT_EXCEEDED: Words("码超出真实凭证的大小。", "不予放行。"),
    Reason.UNSUPPORTED: Words("本设备不认识这种码。", "请更新设备或人工核验。"),
    Reason.PARTS_MISSING: Words("只扫描了码的一部分。", "请扫描其余部分。"),
    Reason.CLOCK_BEHIND: Words("本设备时间有误。", "请核对设备日期和时间。"),
    Reason.KEY_UNKNOWN: Words("本设备不认识签发者。", "请同步设备;同步前请查验纸质证明。"),
    Reason.KEY_WITHDRAWN: Words("签发机关已停用该密钥。", "请重新申领。"),
    Reason.KEY_COMPROMISED: Words("签发该码的密钥已泄露。", "请重新申领。"),
    Reason.REGISTRY_STALE: Words("本设备的密钥目录过旧。", "请同步设备。"),
    Reason.NOT_SIGNED: Words("该码没有签名。", "不予放行。"),
    Reason.SIGNATURE_WRONG: Words("签名不符:码被改动或伪造。", "不予放行。"),
    Reason.ALGORITHM_MISMATCH: Words("签名算法与密钥不符。", "不予放行。"),
    Reason.CLAIMS_MALFORMED: Words("签发内容无法读取。", "请告知签发机关;查验纸质证明。"),
    Reason.ISSUER_MISMATCH: Words("码上的签发机关与签名者不一致。", "不予放行。"),
    Reason.TYPE_NOT_ALLOWED: Words("该机关无权签发此类凭证。", "不予放行。"),
    Reason.ISSUED_IN_FUTURE: Words("签发时间在将来。", "请核对设备日期和时间。"),
    Reason.NOT_YET_VALID: Words("凭证尚未生效。", "请查看生效日期。"),
    Reason.EXPIRED: Words("凭证已过期。", "请重新申领。"),
    Reason.OUTSIDE_KEY_WINDOW: Words("签发时该密钥不在使用期。", "不予放行。"),
    Reason.REVOKED: Words("凭证已被撤销。", "不予放行。"),
    Reason.SUSPENDED: Words("凭证已被暂扣。", "请持证人联系签发机关。"),
    Reason.SUPERSEDED: Words("凭证已有新版本。", "请出示新版本。"),
    Reason.STATUS_UNKNOWN: Words("本设备不知道凭证是否被撤销。", "请同步设备。"),
    Reason.STATUS_OUT_OF_RANGE: Words("码的状态编号超出签发机关的名单。", "请同步设备并人工核验。"),
    Reason.STATUS_STALE: Words("本设备的撤销名单过旧。", "请同步设备。"),
    Reason.POLICY_MISSING: Words("本设备没有本地规则。", "请设置目的地并同步设备。"),
    Reason.NOT_RECOGNISED: Words("本地不互认该签发机关的此类凭证。", "请按本地规定处理。"),
    Reason.RECOGNITION_NOT_YET: Words("本地尚未开始互认该签发机关。", "请查看互认起始日期。"),
    Reason.RECOGNITION_ENDED: Words("本地已停止互认该签发机关。", "请按本地规定处理。"),
    Reason.COLOUR_REFUSED: Words("本地不放行此颜色。", "请按本地规定处理。"),
    Reason.COLOUR_UNKNOWN: Words("颜色不明或未赋码。", "请人工核验。"),
    Reason.RESULT_REFUSED: Words("本地不放行此结果。", "请按本地规定处理。"),
    Reason.RESULT_UNKNOWN: Words("没有结果或结果不明。", "请人工核验。"),
    Reason.TEST_TOO_OLD: Words("检测时间超出本地时限。", "需要重新检测。"),
    Reason.TEST_TIME_MISSING: Words("码上没有检测时间。", "请人工核验。"),
    Reason.TEST_IN_FUTURE: Words("检测时间在将来。", "请核对设备日期和时间。"),
    Reason.RULE_MISSING: Words("本地没有此类凭证的规则。", "请按本地规定处理。"),
    Reason.INTERNAL: Words("设备故障。", "请人工核验并报告故障。"),
}

_LANGUAGES: Final = {"en": _ENGLISH, "zh": _CHINESE}


def describe(reason: Reason, language: str = "en") -> Words:
    """Return what ``reason`` means and what to do next, in ``"en"`` or ``"zh"``.

    Raises:
        KeyError: for another language.
    """
    return _LANGUAGES[language][reason]


class Line(NamedTuple):
    """One objection in words: its step, what is the matter, the detail, what to do next."""

    step: Step
    what: str
    detail: str
    next: str


def explain(report: Report, language: str = "en") -> tuple[Line, ...]:
    """Return the objections of ``report`` in ``"en"`` or ``"zh"``, the gravest first.

    Details name rules, times and regions, in English only.

    Raises:
        KeyError: for another language.
    """
    lines = []
    for finding in report.objections:
        words = describe(finding.reason, language)
        lines.append(Line(finding.step, words.what, finding.detail, words.next))
    return tuple(lines)
