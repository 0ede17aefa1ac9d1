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
        "A newer version of this credential exists.", "Ask for the newer one of the same issuer."
    ),
    Reason.CANCELLED: Words(
        "The credential was cancelled and has ended.",
        "Do not accept it; the issuer that is named can say more.",
    ),
    Reason.ANNULLED: Words(
        "The credential was annulled: it should not have been granted.",
        "Do not accept it; the issuer that is named can say more.",
    ),
    Reason.PENALISED: Words(
        "The credential was withdrawn as a penalty.",
        "Do not accept it; the holder can ask the issuer that is named.",
    ),
    Reason.LAPSED: Words(
        "The credential has lapsed: it is no longer in force.",
        "Ask for a new one; the issuer that is named can say more.",
    ),
    Reason.UNDER_INVESTIGATION: Words(
        "The issuer is looking into this credential; until then it does not count.",
        "Do not accept it for now; the holder can ask the issuer that is named.",
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
    Reason.RULE_FAILED: Words(
        "This place has a rule that the certificate does not keep.", "Read the rule that is named."
    ),
    Reason.RULE_OPEN: Words(
        "A rule of this place could not be applied.", "Update this device, or check by hand."
    ),
    Reason.POLICY_NOT_IN_FORCE: Words(
        "The rules for this place do not hold at this time.",
        "Sync this device; check its date and time.",
    ),
    Reason.RECOGNITION_EXCLUDED: Words(
        "This place leaves out the part of the region that this is from.",
        "Check by the local rules.",
    ),
    Reason.RECOGNITION_INDIRECT: Words(
        "This place takes this code only through an intermediary.",
        "Ask for the code that the intermediary issues.",
    ),
    Reason.DIVISION_MISSING: Words(
        "The code does not say exactly which place it is about.",
        "Ask where the person is from; check by the local rules.",
    ),
    Reason.COLOUR_STALE: Words("The colour is too old to count.", "Ask for a refreshed code."),
    Reason.COLOUR_CONTESTED: Words(
        "The colour was set by an authority that has no say over this person.",
        "It does not count here; the holder can appeal.",
    ),
    Reason.TESTS_MISSING: Words(
        "More tests are asked for than were shown.", "Ask for the other tests."
    ),
    Reason.DEPARTURE_UNKNOWN: Words(
        "The test counts at departure, and nobody said when that was.",
        "Look at the ticket and enter the departure.",
    ),
    Reason.METHOD_REFUSED: Words(
        "Tests by this method are not accepted here.", "Another kind of test is needed."
    ),
    Reason.METHOD_UNKNOWN: Words(
        "The code does not say by which method the test was made.", "Check by hand."
    ),
    Reason.DISEASE_UNKNOWN: Words(
        "This place does not list this disease.", "Check by the local rules."
    ),
    Reason.VACCINE_UNKNOWN: Words(
        "This place does not list this vaccine or disease.", "Check by the local rules."
    ),
    Reason.VACCINATION_UNKNOWN: Words(
        "The code does not say whether the vaccination is complete.", "Check by hand."
    ),
    Reason.VACCINATION_INCOMPLETE: Words(
        "The vaccination is not complete.", "Another dose or a test is needed."
    ),
    Reason.VACCINATION_TOO_NEW: Words(
        "The vaccination is too recent to count.", "Look at the date it counts from."
    ),
    Reason.VACCINATION_TOO_OLD: Words(
        "The vaccination is too long ago for this place.", "A booster or a test is needed."
    ),
    Reason.RECOVERY_TOO_NEW: Words(
        "The recovery is too recent to count.", "Look at the date it counts from."
    ),
    Reason.RECOVERY_TOO_OLD: Words(
        "The recovery is too long ago for this place.", "A test or a vaccination is needed."
    ),
    Reason.TRAVEL_STALE: Words("The travel record is too old.", "Ask for a new one."),
    Reason.PLACE_REFUSED: Words(
        "The person was in a place that this place's rules name.", "Follow the local rules."
    ),
    Reason.PAPER_REFUSED: Words(
        "This place does not accept codes on paper.", "Follow the local rules."
    ),
    Reason.IDENTITY_NEEDED: Words(
        "This counts only together with the identity document.",
        "Compare with the document and type its last characters.",
    ),
    Reason.IDENTITY_MISMATCH: Words(
        "The document shown is not the one that the code is for.",
        "Do not accept it; ask for the person's own code.",
    ),
    Reason.DOCUMENT_NEEDED: Words(
        "Another proof must be shown too.", "Ask for the other proof and scan it."
    ),
    Reason.PRESENTATION_NEEDED: Words(
        "This must be shown live, from the holder's own device.",
        "Ask the holder to open the code now.",
    ),
    Reason.PRESENTATION_WRONG: Words(
        "The device that shows this is not the holder's.", "Do not accept it."
    ),
    Reason.PRESENTATION_STALE: Words(
        "This was shown at another time: perhaps a screenshot.",
        "Ask the holder to refresh it; check date and time of this device.",
    ),
    Reason.PRESENTATION_NOT_HERE: Words(
        "This copy was made for another place, purpose or time.",
        "Ask for one that is made for here.",
    ),
    Reason.GUARDIAN_REFUSED: Words(
        "The guardian may no longer show this for the holder.",
        "Ask the holder to show it in person.",
    ),
    Reason.MOVED: Words(
        "The licence was transferred to another region.",
        "Ask for the one that the other region issued.",
    ),
    Reason.IDENTIFIER_MISMATCH: Words(
        "The licence number belongs to another region than the signature.", "Do not accept it."
    ),
    Reason.HOLDER_MISMATCH: Words(
        "These proofs are not of the same holder.", "Ask for the proofs of one holder."
    ),
    Reason.POWER_MISSING: Words("The authorisation does not cover this.", "Ask for one that does."),
    Reason.FILE_CHANGED: Words(
        "The file is not the one that was approved: perhaps it was saved again.",
        "Ask for the original file.",
    ),
    Reason.REGISTRY_OLD: Words(
        "This device's list of keys will soon be too old.", "Sync this device soon."
    ),
    Reason.STATUS_OLD: Words(
        "This device's revocation list will soon be too old.", "Sync this device soon."
    ),
    Reason.DIVISION_NOT_ALLOWED: Words(
        "The code names a place that its issuer may not speak for.", "Do not accept it."
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
    Reason.REVOKED: Words("凭证已作废。", "不予放行。"),
    Reason.SUSPENDED: Words("凭证已被暂扣或暂停使用。", "请持证人联系签发机关。"),
    Reason.SUPERSEDED: Words("凭证已有新版本。", "请出示同一签发机关的新版本。"),
    Reason.CANCELLED: Words("该证照已注销。", "不予放行;详情请向所列签发机关查询。"),
    Reason.ANNULLED: Words("该证照已被撤销。", "不予放行;详情请向所列签发机关查询。"),
    Reason.PENALISED: Words("该证照已被吊销。", "不予放行;请持证人联系所列签发机关。"),
    Reason.LAPSED: Words("该证照已失效。", "请出示新证;详情请向所列签发机关查询。"),
    Reason.UNDER_INVESTIGATION: Words(
        "该证照正在核查中,核查结束前不作数。", "暂不放行;请持证人联系所列签发机关。"
    ),
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
    Reason.RULE_FAILED: Words("不符合本地的一条规则。", "请查看所列规则。"),
    Reason.RULE_OPEN: Words("本地的一条规则无法判定。", "请更新设备或人工核验。"),
    Reason.POLICY_NOT_IN_FORCE: Words("本地规则此时不适用。", "请同步设备并核对日期和时间。"),
    Reason.RECOGNITION_EXCLUDED: Words("本地的互认不包括该地区。", "请按本地规定处理。"),
    Reason.RECOGNITION_INDIRECT: Words("本地只通过中间平台互认此码。", "请出示中间平台签发的码。"),
    Reason.DIVISION_MISSING: Words("码上没有写明具体地区。", "请询问来源地并按本地规定处理。"),
    Reason.COLOUR_STALE: Words("颜色已过时。", "请出示刷新后的码。"),
    Reason.COLOUR_CONTESTED: Words(
        "赋码机关对此人没有管辖权。", "该颜色在本地不作数,持码人可以申诉。"
    ),
    Reason.TESTS_MISSING: Words("出示的检测次数不够。", "请出示其他检测。"),
    Reason.DEPARTURE_UNKNOWN: Words(
        "检测以出发时间为准,但不知道何时出发。", "请查看车票并输入出发时间。"
    ),
    Reason.METHOD_REFUSED: Words("本地不接受这种检测方法。", "需要其他方法的检测。"),
    Reason.METHOD_UNKNOWN: Words("码上没有写明检测方法。", "请人工核验。"),
    Reason.DISEASE_UNKNOWN: Words("本地名单中没有这种疾病。", "请按本地规定处理。"),
    Reason.VACCINE_UNKNOWN: Words("本地名单中没有这种疫苗或疾病。", "请按本地规定处理。"),
    Reason.VACCINATION_UNKNOWN: Words("码上没有写明接种是否完成。", "请人工核验。"),
    Reason.VACCINATION_INCOMPLETE: Words("接种尚未完成。", "需要再接种或检测。"),
    Reason.VACCINATION_TOO_NEW: Words("接种时间太近,尚未生效。", "请查看生效日期。"),
    Reason.VACCINATION_TOO_OLD: Words("接种时间超出本地时限。", "需要加强接种或检测。"),
    Reason.RECOVERY_TOO_NEW: Words("康复时间太近,尚未生效。", "请查看生效日期。"),
    Reason.RECOVERY_TOO_OLD: Words("康复时间超出本地时限。", "需要检测或接种。"),
    Reason.TRAVEL_STALE: Words("行程记录过旧。", "请出示新的行程记录。"),
    Reason.PLACE_REFUSED: Words("此人到过本地规则列出的地区。", "请按本地规定处理。"),
    Reason.PAPER_REFUSED: Words("本地不接受纸质码。", "请按本地规定处理。"),
    Reason.IDENTITY_NEEDED: Words("须与身份证件一同核对。", "请核对证件并输入末几位。"),
    Reason.IDENTITY_MISMATCH: Words("所示证件与码不符。", "不予放行;请出示本人的码。"),
    Reason.DOCUMENT_NEEDED: Words("还须出示另一份证明。", "请出示并扫描另一份证明。"),
    Reason.PRESENTATION_NEEDED: Words("须由持有人在本人设备上现场出示。", "请持有人现在打开码。"),
    Reason.PRESENTATION_WRONG: Words("出示的设备不是持有人的。", "不予放行。"),
    Reason.PRESENTATION_STALE: Words(
        "不是此刻出示的:可能是截屏。", "请持有人刷新;核对设备日期和时间。"
    ),
    Reason.PRESENTATION_NOT_HERE: Words(
        "该加注件用于其他地点、用途或时间。", "请出示用于本处的加注件。"
    ),
    Reason.GUARDIAN_REFUSED: Words("监护人不能再代为出示。", "请本人出示。"),
    Reason.MOVED: Words("该证照已转到其他地区。", "请出示转入地签发的证照。"),
    Reason.IDENTIFIER_MISMATCH: Words("证照标识的地区与签发者不符。", "不予放行。"),
    Reason.HOLDER_MISMATCH: Words("这些证明不属于同一持有人。", "请出示同一持有人的证明。"),
    Reason.POWER_MISSING: Words("授权范围不包括此事项。", "请出示包括此事项的授权。"),
    Reason.FILE_CHANGED: Words("文件不是当初批准的那一份,可能被另存过。", "请提供原始文件。"),
    Reason.REGISTRY_OLD: Words("本设备的密钥目录将过期。", "请尽快同步设备。"),
    Reason.STATUS_OLD: Words("本设备的撤销名单将过期。", "请尽快同步设备。"),
    Reason.DIVISION_NOT_ALLOWED: Words("该机关签发了其辖区以外的地区。", "不予放行。"),
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
