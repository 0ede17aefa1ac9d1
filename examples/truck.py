"""A truck from Anhui through Jiangsu and Shandong to Hebei: three provinces, three rules.

One negative test, three policies that count its age in three ways. Before the truck leaves, the
plan says where and when the proof stops counting; then each motorway exit judges the code offline.

Run: python examples/truck.py
"""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from trustcert import PinnedTrust, PrivateKey, Report, Verifier, from_application, issue
from trustcert.claims import Claims
from trustcert.encoding.instants import instant, spoken
from trustcert.identifiers import divisions
from trustcert.policy import Circumstances, Policy, files
from trustcert.policy.explaining import explain
from trustcert.policy.journeys import Stop, StopReport, plan
from trustcert.registry.trust import TrustedKey
from trustcert.wording import explain as in_words

POLICIES = Path(__file__).parent / "policies"
SAMPLED = instant("2022-05-10T08:00:00+08:00")
REPORTED = instant("2022-05-10T20:00:00+08:00")
DRIVER = {
    "type": "test_result", "name": "赵大勇", "document_type": "citizen_id",
    "document_number": "110105194912310038", "result": "negative", "method": "nucleic_acid",
    "sampled_at": SAMPLED, "reported_at": REPORTED, "site": "亳州市人民医院",
}  # fmt: skip
EXITS = (
    ("jiangsu.toml", "2022-05-10T23:00:00+08:00", "2022-05-11T06:00:00+08:00"),
    ("shandong.toml", "2022-05-11T14:00:00+08:00", "2022-05-12T10:00:00+08:00"),
    ("hebei.toml", "2022-05-12T16:00:00+08:00", "2022-05-13T12:00:00+08:00"),
)


def place(issuer: str | None) -> tuple[str, str]:
    """Return the name of a province in both languages."""
    if issuer is None:
        return "", ""
    province = divisions.parse_id(issuer).province
    return province.zh, province.en


def journey() -> list[Stop]:
    """Return the stops with the policies in ``examples/policies``."""
    return [
        Stop(policy=files.load(POLICIES / name), arrives=instant(arrives), leaves=instant(leaves))
        for name, arrives, leaves in EXITS
    ]


def show_plan(claims: Claims, stops: list[Stop]) -> tuple[StopReport, ...]:
    """Print what every province will say, and where the proof stops counting."""
    print("行前计划 · The plan before leaving")
    found = plan(claims, "CN-34", stops)
    for report in found.stops:
        zh, en = place(report.destination)
        signal = report.verdict.signal
        print(f"  {spoken(report.arrives)}  {zh} {en}: {signal}")
        if report.fails_at is not None:
            print(f"      证明在此失效 · no longer accepted here: {spoken(report.fails_at)}")
    if found.first_failure is None:
        print("  全程有效 · The proof lasts throughout.")
    return found.stops


def show_why(policy: Policy, claims: Claims, at: int) -> None:
    """Print each part of one policy and what it says, in both languages."""
    zh, en = place(policy.destination)
    print(f"\n{zh}为什么这样判断 · Why {en} says so")
    for line in explain(policy, claims, "CN-34", at=at):
        print(f"  [{line.verdict.signal}] {line.zh}\n         {line.en}")


def judge(text: str, key: PrivateKey, stop: Stop, departed: int) -> Report:
    """Return what the exit of one stop says, offline."""
    trusted = TrustedKey(key=key.public_key, issuer="CN-34", names=frozenset({"CN-34"}), types=None)
    verifier = Verifier(PinnedTrust.of([trusted]), policy=stop.policy)
    known = Circumstances(departed_at=departed)
    return verifier.check(text, at=stop.arrives, circumstances=known)


def show_exit(report: Report, stop: Stop) -> None:
    """Print what the guard sees."""
    zh, en = place(stop.policy.destination)
    print(f"  {zh} {en}: {report.verdict.signal}  {report.holder}")
    for language in ("zh", "en"):
        for line in in_words(report, language):
            print(f"      {line.what} {line.detail}  → {line.next}")


def main() -> list[Report]:
    """Plan the journey, then make it; return what the three exits said."""
    key = PrivateKey.generate()
    claims = from_application(DRIVER, issuer="CN-34", issued_at=REPORTED)
    claims = structs.replace(claims, expires=REPORTED + 7 * 86_400)
    stops = journey()
    show_plan(claims, stops)
    show_why(stops[1].policy, claims, stops[1].arrives)
    text = issue(claims, key)
    print("\n路上 · On the road")
    departed, reports = REPORTED, []
    for stop in stops:
        report = judge(text, key, stop, departed)
        show_exit(report, stop)
        reports.append(report)
        departed = stop.leaves
    return reports


if __name__ == "__main__":
    main()
