"""Opening a small restaurant (开办小餐馆): one matter, several credentials, one answer.

The owner hands in what there is, the office judges it offline by the bundle's signed definition,
and says what is there, what is missing, what is about to expire and what is somebody else's.

Run: python examples/restaurant.py
"""

from __future__ import annotations

from pathlib import Path

from trustcert import PinnedTrust, PrivateKey, Verifier, issue
from trustcert.claims import (
    BusinessLicence,
    Claims,
    FoodPermit,
    Holder,
    StaffHealthCertificate,
)
from trustcert.encoding.instants import instant, spoken
from trustcert.gate.desk import judge_bundle
from trustcert.policy import Bundle, files
from trustcert.policy.bundles import BundleReport, BundleState, PartState, Person
from trustcert.registry.trust import TrustedKey

POLICY = Path(__file__).parent / "policies" / "shanghai.toml"
NOW = instant("2026-03-02T09:00:00+08:00")
DAY = 86_400
CODE = "91350100M000100Y43"
ADDRESS = "金山区石化街道 12 号"
FIRM = Holder(name="石化小面馆", organisation_code=CODE)
STAFF = tuple(Person(name=name) for name in ("孙丽", "马强", "何芳"))

STATES = {
    PartState.PRESENT: ("✓", "齐备", "there"),
    PartState.EXPIRING: ("!", "即将到期", "about to expire"),
    PartState.MISSING: ("✗", "缺少", "missing"),
    PartState.HELD: ("?", "待核", "to be checked"),
    PartState.REFUSED: ("✗", "不予接受", "refused"),
    PartState.OTHER_HOLDER: ("✗", "不是同一主体", "another holder's"),
    PartState.OTHER_ADDRESS: ("✗", "地址不一致", "for another address"),
}
ANSWERS = {
    BundleState.COMPLETE: ("材料齐全", "Complete"),
    BundleState.EXPIRING: ("材料齐全,有即将到期的", "Complete; something is about to expire"),
    BundleState.INCOMPLETE: ("材料不全", "Not complete"),
    BundleState.INDETERMINATE: ("暂时无法判断", "Cannot be said yet"),
}


def licence() -> Claims:
    """Return the business licence."""
    details = BusinessLicence(title="营业执照", number=CODE, address=ADDRESS, representative="孙丽")
    return Claims(issuer="CN-31", issued_at=NOW - 20 * DAY, details=details, holder=FIRM)


def permit() -> Claims:
    """Return the food permit, which runs out in ten days."""
    details = FoodPermit(title="食品经营许可证", number="JY23116", address=ADDRESS)
    return Claims(
        issuer="CN-31",
        issued_at=NOW - 1000 * DAY,
        expires=NOW + 10 * DAY,
        details=details,
        holder=FIRM,
    )


def certificate(name: str, issuer: str = "CN-31") -> Claims:
    """Return a health certificate of somebody who works there."""
    return Claims(
        issuer=issuer,
        issued_at=NOW - 60 * DAY,
        expires=NOW + 300 * DAY,
        details=StaffHealthCertificate(number="H1"),
        holder=Holder(name=name, organisation_code=CODE),
    )


def show(report: BundleReport, bundle: Bundle) -> None:
    """Print the answer, in both languages."""
    zh, en = ANSWERS[report.state]
    print(f"{bundle.name.zh} · {bundle.name.en}: {zh} · {en}")
    names = {part.part: (part.name.zh, part.name.en) for part in bundle.parts}
    for part in report.parts:
        sign, state_zh, state_en = STATES[part.state]
        part_zh, part_en = names[part.name]
        who = f" #{part.person}" if part.person else ""
        print(f"  {sign} {part_zh}{who}: {state_zh} · {part_en}{who}: {state_en} {part.detail}")
    if report.valid_until is not None:
        print(f"  有效至 · until {spoken(report.valid_until)}")
    print()


def main() -> list[BundleReport]:
    """Hand in twice: first with two slips, then with everything; return both answers."""
    keys = {issuer: PrivateKey.generate() for issuer in ("CN-31", "CN-51")}
    trusted = [
        TrustedKey(key=key.public_key, issuer=issuer, names=frozenset({issuer}), types=None)
        for issuer, key in keys.items()
    ]
    policy = files.load(POLICY)
    verifier = Verifier(PinnedTrust.of(trusted), policy=policy)
    rosters = {"staff": STAFF}
    first = [licence(), certificate("孙丽"), certificate("马强", "CN-51")]
    second = [*first, permit(), certificate("何芳")]
    reports = []
    for claims in (first, second):
        texts = [issue(entry, keys[entry.issuer]) for entry in claims]
        report = judge_bundle(verifier, "small_restaurant", texts, at=NOW, rosters=rosters)
        show(report, policy.bundles["small_restaurant"])
        reports.append(report)
    return reports


if __name__ == "__main__":
    main()
