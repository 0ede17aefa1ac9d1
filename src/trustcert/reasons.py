"""The steps of a check, its verdicts, and every reason that a report can give.

A reason is one entry here: its stable code, the steps that may give it, the verdicts that it may
come with, and its words in English and Chinese. ``docs/reasons.md`` is generated from these
entries (``python -m tests.reasons_doc``).

Rules for the words: one sentence that says what is the matter, one that says what to do next; no
jargon, no blame (a person at a checkpoint reads this aloud to another); no personal data.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple, Self

__all__ = ["Reason", "Step", "Verdict", "Words"]


class Verdict(enum.Enum):
    """The outcome of a step or of a whole check (ETSI EN 319 102-1 uses the same three)."""

    VALID = "valid"
    INDETERMINATE = "indeterminate"
    INVALID = "invalid"

    @property
    def signal(self) -> str:
        """The word that a checkpoint shows: PASS, HOLD or DENY."""
        return _SIGNALS[self]


_SIGNALS: Final = {
    Verdict.VALID: "PASS",
    Verdict.INDETERMINATE: "HOLD",
    Verdict.INVALID: "DENY",
}


class Step(enum.Enum):
    """The seven steps of a check, in order."""

    FORMAT = "format"
    ISSUER = "issuer"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    VALIDITY = "validity"
    STATUS = "status"
    POLICY = "policy"


class Words(NamedTuple):
    """What is the matter, and what to do next."""

    what: str
    next: str


_NO_WORDS: Final = Words("", "")
_PASS: Final = (Verdict.VALID,)
_HOLD: Final = (Verdict.INDETERMINATE,)
_DENY: Final = (Verdict.INVALID,)
_DENY_HOLD: Final = (Verdict.INVALID, Verdict.INDETERMINATE)


class Reason(enum.Enum):
    """Why a step said what it said. The value is a stable code that programs may store and compare.

    Codes are added, never renamed. ``steps`` are the steps that may give the reason, ``verdicts``
    the verdicts it may come with, ``en`` and ``zh`` its words.
    """

    steps: tuple[Step, ...]
    verdicts: tuple[Verdict, ...]
    en: Words
    zh: Words

    def __new__(
        cls,
        code: str,
        steps: tuple[Step, ...] = (),
        verdicts: tuple[Verdict, ...] = (),
        en: Words = _NO_WORDS,
        zh: Words = _NO_WORDS,
    ) -> Self:
        """Make the member whose value is ``code``."""
        self = object.__new__(cls)
        self._value_ = code
        self.steps, self.verdicts, self.en, self.zh = steps, verdicts, en, zh
        return self

    @property
    def step(self) -> Step:
        """The step that gives the reason, the first where several may."""
        return self.steps[0]

    # fmt: off
    OK = ("ok", tuple(Step), _PASS,
        Words("In order.", ""),
        Words("正常。", ""))
    NOT_A_CODE = ("not_a_code", (Step.FORMAT,), _DENY,
        Words("This is not a credential code.", "Ask for the right code."),
        Words("这不是凭证码。", "请出示正确的码。"))
    MALFORMED = ("malformed", (Step.FORMAT, Step.ISSUER), _DENY,
        Words("The code is damaged or was altered.", "Scan it again."),
        Words("码已损坏或被改动。", "请重新扫描。"))
    LIMIT_EXCEEDED = ("limit_exceeded", (Step.FORMAT,), _DENY,
        Words("The code is larger than any real one.", "Do not accept it."),
        Words("码超出真实凭证的大小。", "不予放行。"))
    UNSUPPORTED = ("unsupported", (Step.FORMAT, Step.ISSUER, Step.CLAIMS), _DENY_HOLD,
        Words("The code uses something this device does not know.",
              "Update this device, or check by hand."),
        Words("本设备不认识这种码。", "请更新设备或人工核验。"))
    PARTS_MISSING = ("parts_missing", (Step.FORMAT,), _DENY,
        Words("Only a part of this code was scanned.", "Scan the other parts."),
        Words("只扫描了码的一部分。", "请扫描其余部分。"))
    CLOCK_BEHIND = ("clock_behind", (Step.ISSUER,), _HOLD,
        Words("The clock of this device is wrong.", "Check date and time of this device."),
        Words("本设备时间有误。", "请核对设备日期和时间。"))
    KEY_UNKNOWN = ("key_unknown", (Step.ISSUER, Step.SIGNATURE), _HOLD,
        Words("This device does not know who signed the code.",
              "Sync this device; until then check the paper proof."),
        Words("本设备不认识签发者。", "请同步设备；同步前请查验纸质证明。"))
    KEY_WITHDRAWN = ("key_withdrawn", (Step.ISSUER,), _DENY,
        Words("The issuer has withdrawn the key that signed this.", "Ask for a newly issued code."),
        Words("签发机关已停用该密钥。", "请重新申领。"))
    KEY_COMPROMISED = ("key_compromised", (Step.ISSUER,), _DENY,
        Words("The key that signed this was stolen or leaked.", "Ask for a newly issued code."),
        Words("签发该码的密钥已泄露。", "请重新申领。"))
    REGISTRY_STALE = ("registry_stale", (Step.ISSUER,), _HOLD,
        Words("This device's list of keys is too old.", "Sync this device."),
        Words("本设备的密钥目录过旧。", "请同步设备。"))
    NOT_SIGNED = ("not_signed", (Step.ISSUER,), _DENY,
        Words("Nobody has signed this code.", "Do not accept it."),
        Words("该码没有签名。", "不予放行。"))
    SIGNATURE_WRONG = ("signature_wrong", (Step.SIGNATURE,), _DENY,
        Words("The signature is wrong: the code was altered or forged.", "Do not accept it."),
        Words("签名不符：码被改动或伪造。", "不予放行。"))
    ALGORITHM_MISMATCH = ("algorithm_mismatch", (Step.SIGNATURE,), _DENY,
        Words("The code claims another kind of signature than its key makes.", "Do not accept it."),
        Words("签名算法与密钥不符。", "不予放行。"))
    CLAIMS_MALFORMED = ("claims_malformed", (Step.CLAIMS,), _DENY,
        Words("The issuer signed something unreadable.", "Tell the issuer; check the paper proof."),
        Words("签发内容无法读取。", "请告知签发机关；查验纸质证明。"))
    ISSUER_MISMATCH = ("issuer_mismatch", (Step.CLAIMS,), _DENY,
        Words("The code names another issuer than the one that signed it.", "Do not accept it."),
        Words("码上的签发机关与签名者不一致。", "不予放行。"))
    TYPE_NOT_ALLOWED = ("type_not_allowed", (Step.CLAIMS,), _DENY,
        Words("This issuer may not issue this kind of credential.", "Do not accept it."),
        Words("该机关无权签发此类凭证。", "不予放行。"))
    ISSUED_IN_FUTURE = ("issued_in_future", (Step.VALIDITY,), _DENY_HOLD,
        Words("The code says it was issued in the future.", "Check date and time of this device."),
        Words("签发时间在将来。", "请核对设备日期和时间。"))
    NOT_YET_VALID = ("not_yet_valid", (Step.VALIDITY,), _DENY_HOLD,
        Words("The code is not valid yet.", "Look at the date it starts."),
        Words("凭证尚未生效。", "请查看生效日期。"))
    EXPIRED = ("expired", (Step.VALIDITY,), _DENY,
        Words("The code has expired.", "Ask for a newly issued code."),
        Words("凭证已过期。", "请重新申领。"))
    OUTSIDE_KEY_WINDOW = ("outside_key_window", (Step.VALIDITY,), _DENY,
        Words("The code was signed when its key was not in use.", "Do not accept it."),
        Words("签发时该密钥不在使用期。", "不予放行。"))
    REVOKED = ("revoked", (Step.STATUS,), _DENY,
        Words("The issuer has revoked this credential.", "Do not accept it."),
        Words("凭证已作废。", "不予放行。"))
    SUSPENDED = ("suspended", (Step.STATUS,), _DENY,
        Words("The issuer has suspended this credential.", "The holder must ask the issuer."),
        Words("凭证已被暂扣或暂停使用。", "请持证人联系签发机关。"))
    SUPERSEDED = ("superseded", (Step.STATUS,), _DENY,
        Words("A newer version of this credential exists.",
              "Ask for the newer one of the same issuer."),
        Words("凭证已有新版本。", "请出示同一签发机关的新版本。"))
    CANCELLED = ("cancelled", (Step.STATUS,), _DENY,
        Words("The credential was cancelled and has ended.",
              "Do not accept it; the issuer that is named can say more."),
        Words("该证照已注销。", "不予放行；详情请向所列签发机关查询。"))
    ANNULLED = ("annulled", (Step.STATUS,), _DENY,
        Words("The credential was annulled: it should not have been granted.",
              "Do not accept it; the issuer that is named can say more."),
        Words("该证照已被撤销。", "不予放行；详情请向所列签发机关查询。"))
    PENALISED = ("penalised", (Step.STATUS,), _DENY,
        Words("The credential was withdrawn as a penalty.",
              "Do not accept it; the holder can ask the issuer that is named."),
        Words("该证照已被吊销。", "不予放行；请持证人联系所列签发机关。"))
    LAPSED = ("lapsed", (Step.STATUS,), _DENY,
        Words("The credential has lapsed: it is no longer in force.",
              "Ask for a new one; the issuer that is named can say more."),
        Words("该证照已失效。", "请出示新证；详情请向所列签发机关查询。"))
    UNDER_INVESTIGATION = ("under_investigation", (Step.STATUS,), _DENY,
        Words("The issuer is looking into this credential; until then it does not count.",
              "Do not accept it for now; the holder can ask the issuer that is named."),
        Words("该证照正在核查中，核查结束前不作数。", "暂不放行；请持证人联系所列签发机关。"))
    STATUS_UNKNOWN = ("status_unknown", (Step.STATUS,), _HOLD,
        Words("This device does not know whether this was revoked.", "Sync this device."),
        Words("本设备不知道凭证是否被撤销。", "请同步设备。"))
    STATUS_OUT_OF_RANGE = ("status_out_of_range", (Step.STATUS,), _HOLD,
        Words("The code points outside its issuer's revocation list.",
              "Sync this device; check by hand."),
        Words("码的状态编号超出签发机关的名单。", "请同步设备并人工核验。"))
    STATUS_STALE = ("status_stale", (Step.STATUS,), _HOLD,
        Words("This device's revocation list is too old.", "Sync this device."),
        Words("本设备的撤销名单过旧。", "请同步设备。"))
    POLICY_MISSING = ("policy_missing", (Step.POLICY,), _HOLD,
        Words("This device holds no rules for this place.",
              "Set the destination and sync this device."),
        Words("本设备没有本地规则。", "请设置目的地并同步设备。"))
    NOT_RECOGNISED = ("not_recognised", (Step.POLICY,), _HOLD,
        Words("This place does not recognise credentials of this kind from this issuer.",
              "Check by the local rules."),
        Words("本地不互认该签发机关的此类凭证。", "请按本地规定处理。"))
    RECOGNITION_NOT_YET = ("recognition_not_yet", (Step.POLICY,), _HOLD,
        Words("This place does not recognise this issuer yet.", "Look at the date it starts."),
        Words("本地尚未开始互认该签发机关。", "请查看互认起始日期。"))
    RECOGNITION_ENDED = ("recognition_ended", (Step.POLICY,), _HOLD,
        Words("This place no longer recognises this issuer.", "Check by the local rules."),
        Words("本地已停止互认该签发机关。", "请按本地规定处理。"))
    COLOUR_REFUSED = ("colour_refused", (Step.POLICY,), _DENY,
        Words("This place does not admit this colour.", "Follow the local rules for this colour."),
        Words("本地不放行此颜色。", "请按本地规定处理。"))
    COLOUR_UNKNOWN = ("colour_unknown", (Step.POLICY,), _HOLD,
        Words("The colour is unknown or not set.", "Check by hand."),
        Words("颜色不明或未赋码。", "请人工核验。"))
    RESULT_REFUSED = ("result_refused", (Step.POLICY,), _DENY,
        Words("This place does not admit this result.", "Follow the local rules for this result."),
        Words("本地不放行此结果。", "请按本地规定处理。"))
    RESULT_UNKNOWN = ("result_unknown", (Step.POLICY,), _HOLD,
        Words("There is no result, or it is not clear.", "Check by hand."),
        Words("没有结果或结果不明。", "请人工核验。"))
    METHOD_REFUSED = ("method_refused", (Step.POLICY,), _DENY,
        Words("Tests by this method are not accepted here.", "Another kind of test is needed."),
        Words("本地不接受这种检测方法。", "需要其他方法的检测。"))
    METHOD_UNKNOWN = ("method_unknown", (Step.POLICY,), _HOLD,
        Words("The code does not say by which method the test was made.", "Check by hand."),
        Words("码上没有写明检测方法。", "请人工核验。"))
    DISEASE_UNKNOWN = ("disease_unknown", (Step.POLICY,), _HOLD,
        Words("This place does not list the disease that the code names.",
              "Check by the local rules."),
        Words("本地名单中没有码上写明的疾病。", "请按本地规定处理。"))
    TEST_TOO_OLD = ("test_too_old", (Step.POLICY,), _DENY,
        Words("The test is too old for this place.", "A new test is needed."),
        Words("检测时间超出本地时限。", "需要重新检测。"))
    TEST_TIME_MISSING = ("test_time_missing", (Step.POLICY,), _HOLD,
        Words("The code does not say when the test was.", "Check by hand."),
        Words("码上没有检测时间。", "请人工核验。"))
    TEST_IN_FUTURE = ("test_in_future", (Step.POLICY,), _HOLD,
        Words("The code says the test is in the future.", "Check date and time of this device."),
        Words("检测时间在将来。", "请核对设备日期和时间。"))
    RULE_MISSING = ("rule_missing", (Step.POLICY,), _HOLD,
        Words("This place has no rule for this kind of credential.", "Check by the local rules."),
        Words("本地没有此类凭证的规则。", "请按本地规定处理。"))
    RULE_FAILED = ("rule_failed", (Step.POLICY,), _DENY,
        Words("This place has a rule that the certificate does not keep.",
              "Read the rule that is named."),
        Words("不符合本地的一条规则。", "请查看所列规则。"))
    RULE_OPEN = ("rule_open", (Step.POLICY,), _HOLD,
        Words("A rule of this place could not be applied.",
              "Update this device, or check by hand."),
        Words("本地的一条规则无法判定。", "请更新设备或人工核验。"))
    POLICY_NOT_IN_FORCE = ("policy_not_in_force", (Step.POLICY,), _HOLD,
        Words("The rules for this place do not hold at this time.",
              "Sync this device; check its date and time."),
        Words("本地规则此时不适用。", "请同步设备并核对日期和时间。"))
    RECOGNITION_EXCLUDED = ("recognition_excluded", (Step.POLICY,), _HOLD,
        Words("This place leaves out the part of the region that this is from.",
              "Check by the local rules."),
        Words("本地的互认不包括该地区。", "请按本地规定处理。"))
    RECOGNITION_INDIRECT = ("recognition_indirect", (Step.POLICY,), _HOLD,
        Words("This place takes this code only through an intermediary.",
              "Ask for the code that the intermediary issues."),
        Words("本地只通过中间平台互认此码。", "请出示中间平台签发的码。"))
    DIVISION_MISSING = ("division_missing", (Step.POLICY,), _HOLD,
        Words("The code does not say exactly which place it is about.",
              "Ask where the person is from; check by the local rules."),
        Words("码上没有写明具体地区。", "请询问来源地并按本地规定处理。"))
    COLOUR_STALE = ("colour_stale", (Step.POLICY,), _HOLD,
        Words("The colour is too old to count.", "Ask for a refreshed code."),
        Words("颜色已过时。", "请出示刷新后的码。"))
    COLOUR_CONTESTED = ("colour_contested", (Step.POLICY,), _HOLD,
        Words("The colour was set by an authority that has no say over this person.",
              "It does not count here; the holder can appeal."),
        Words("赋码机关对此人没有管辖权。", "该颜色在本地不作数，持码人可以申诉。"))
    TESTS_MISSING = ("tests_missing", (Step.POLICY,), _HOLD,
        Words("More tests are asked for than were shown.", "Ask for the other tests."),
        Words("出示的检测次数不够。", "请出示其他检测。"))
    DEPARTURE_UNKNOWN = ("departure_unknown", (Step.POLICY,), _HOLD,
        Words("The test counts at departure, and nobody said when that was.",
              "Look at the ticket and enter the departure."),
        Words("检测以出发时间为准，但不知道何时出发。", "请查看车票并输入出发时间。"))
    VACCINE_UNKNOWN = ("vaccine_unknown", (Step.POLICY,), _HOLD,
        Words("This place does not list this vaccine or disease.", "Check by the local rules."),
        Words("本地名单中没有这种疫苗或疾病。", "请按本地规定处理。"))
    VACCINATION_UNKNOWN = ("vaccination_unknown", (Step.POLICY,), _HOLD,
        Words("The code does not say whether the vaccination is complete.", "Check by hand."),
        Words("码上没有写明接种是否完成。", "请人工核验。"))
    VACCINATION_INCOMPLETE = ("vaccination_incomplete", (Step.POLICY,), _DENY,
        Words("The vaccination is not complete.", "Another dose or a test is needed."),
        Words("接种尚未完成。", "需要再接种或检测。"))
    VACCINATION_TOO_NEW = ("vaccination_too_new", (Step.POLICY,), _DENY,
        Words("The vaccination is too recent to count.", "Look at the date it counts from."),
        Words("接种时间太近，尚未生效。", "请查看生效日期。"))
    VACCINATION_TOO_OLD = ("vaccination_too_old", (Step.POLICY,), _DENY,
        Words("The vaccination is too long ago for this place.", "A booster or a test is needed."),
        Words("接种时间超出本地时限。", "需要加强接种或检测。"))
    RECOVERY_TOO_NEW = ("recovery_too_new", (Step.POLICY,), _DENY,
        Words("The recovery is too recent to count.", "Look at the date it counts from."),
        Words("康复时间太近，尚未生效。", "请查看生效日期。"))
    RECOVERY_TOO_OLD = ("recovery_too_old", (Step.POLICY,), _DENY,
        Words("The recovery is too long ago for this place.", "A test or a vaccination is needed."),
        Words("康复时间超出本地时限。", "需要检测或接种。"))
    TRAVEL_STALE = ("travel_stale", (Step.POLICY,), _HOLD,
        Words("The travel record is too old.", "Ask for a new one."),
        Words("行程记录过旧。", "请出示新的行程记录。"))
    PLACE_REFUSED = ("place_refused", (Step.POLICY,), _DENY,
        Words("The person was in a place that this place's rules name.", "Follow the local rules."),
        Words("此人到过本地规则列出的地区。", "请按本地规定处理。"))
    PAPER_REFUSED = ("paper_refused", (Step.POLICY,), _DENY,
        Words("This place does not accept codes on paper.", "Follow the local rules."),
        Words("本地不接受纸质码。", "请按本地规定处理。"))
    IDENTITY_NEEDED = ("identity_needed", (Step.POLICY,), _HOLD,
        Words("This counts only together with the identity document.",
              "Compare with the document and type its last characters."),
        Words("须与身份证件一同核对。", "请核对证件并输入末几位。"))
    IDENTITY_MISMATCH = ("identity_mismatch", (Step.POLICY,), _DENY,
        Words("The document shown is not the one that the code is for.",
              "Do not accept it; ask for the person's own code."),
        Words("所示证件与码不符。", "不予放行；请出示本人的码。"))
    DOCUMENT_NEEDED = ("document_needed", (Step.POLICY,), _HOLD,
        Words("Another proof must be shown too.", "Ask for the other proof and scan it."),
        Words("还须出示另一份证明。", "请出示并扫描另一份证明。"))
    PRESENTATION_NEEDED = ("presentation_needed", (Step.POLICY,), _DENY_HOLD,
        Words("This must be shown live, from the holder's own device.",
              "Ask the holder to open the code now."),
        Words("须由持有人在本人设备上现场出示。", "请持有人现在打开码。"))
    PRESENTATION_WRONG = ("presentation_wrong", (Step.SIGNATURE,), _DENY,
        Words("The device that shows this is not the holder's.", "Do not accept it."),
        Words("出示的设备不是持有人的。", "不予放行。"))
    PRESENTATION_STALE = ("presentation_stale", (Step.VALIDITY, Step.SIGNATURE), _DENY_HOLD,
        Words("This was shown at another time: perhaps a screenshot.",
              "Ask the holder to refresh it; check date and time of this device."),
        Words("不是此刻出示的：可能是截屏。", "请持有人刷新；核对设备日期和时间。"))
    PRESENTATION_NOT_HERE = ("presentation_not_here", (Step.VALIDITY,), _DENY,
        Words("This copy was made for another place, purpose or time.",
              "Ask for one that is made for here."),
        Words("该加注件用于其他地点、用途或时间。", "请出示用于本处的加注件。"))
    GUARDIAN_REFUSED = ("guardian_refused", (Step.SIGNATURE,), _DENY_HOLD,
        Words("The guardian may not, or no longer, show this for the holder.",
              "Ask the holder to show it in person."),
        Words("监护人不能代为出示，或不能再代为出示。", "请本人出示。"))
    MOVED = ("moved", (Step.STATUS,), _DENY,
        Words("The licence was transferred to another region.",
              "Ask for the one that the other region issued."),
        Words("该证照已转到其他地区。", "请出示转入地签发的证照。"))
    IDENTIFIER_MISMATCH = ("identifier_mismatch", (Step.CLAIMS,), _DENY,
        Words("The licence number belongs to another region than the signature.",
              "Do not accept it."),
        Words("证照标识的地区与签发者不符。", "不予放行。"))
    HOLDER_MISMATCH = ("holder_mismatch", (Step.POLICY,), _DENY,
        Words("These proofs are not of the same holder.", "Ask for the proofs of one holder."),
        Words("这些证明不属于同一持有人。", "请出示同一持有人的证明。"))
    POWER_MISSING = ("power_missing", (Step.POLICY,), _DENY,
        Words("The authorisation does not cover this.", "Ask for one that does."),
        Words("授权范围不包括此事项。", "请出示包括此事项的授权。"))
    FILE_CHANGED = ("file_changed", (Step.POLICY,), _DENY,
        Words("The file is not the one that was approved: perhaps it was saved again.",
              "Ask for the original file."),
        Words("文件不是当初批准的那一份，可能被另存过。", "请提供原始文件。"))
    REGISTRY_OLD = ("registry_old", (Step.ISSUER,), _PASS,
        Words("This device's list of keys will soon be too old.", "Sync this device soon."),
        Words("本设备的密钥目录将过期。", "请尽快同步设备。"))
    STATUS_OLD = ("status_old", (Step.STATUS,), _PASS,
        Words("This device's revocation list will soon be too old.", "Sync this device soon."),
        Words("本设备的撤销名单将过期。", "请尽快同步设备。"))
    DIVISION_NOT_ALLOWED = ("division_not_allowed", (Step.CLAIMS,), _DENY,
        Words("The code names a place that its issuer may not speak for.", "Do not accept it."),
        Words("该机关签发了其辖区以外的地区。", "不予放行。"))
    INTERNAL = ("internal", tuple(Step), _HOLD,
        Words("This device failed.", "Check by hand, and report the failure."),
        Words("设备故障。", "请人工核验并报告故障。"))
    # fmt: on
