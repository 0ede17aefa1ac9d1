"""What a policy adds to a check: 34 recognitions and 20 rules against one of each, and none."""

from __future__ import annotations

from typing import Any

from measure import Row, compare, main
from trustcert import PinnedTrust, PrivateKey, Verifier, issue
from trustcert.claims import Claims, Colour, CredentialType, HealthProof, Holder, Outcome
from trustcert.formats import decode
from trustcert.identifiers.divisions import PROVINCES
from trustcert.policy import Policy, evaluate, from_document
from trustcert.registry.trust import TrustedKey

NOW = 1_772_413_200
BUDGET_US = 30
"""What the policy may add to a check, in microseconds."""

RULE: dict[str, Any] = {
    "colours": ["green"],
    "results": ["no_abnormality"],
    "test": {"hours": 72, "origin": "sampled", "inclusive": True},
}
RICH: dict[str, Any] = RULE | {
    "refresh_hours": 48,
    "paper": "accept",
    "exemptions": [{"waives": ["series"], "below_age": 3}, {"waives": ["series"], "from_age": 60}],
}


def full() -> Policy:
    """Return a policy with every province, each with an exclusion, and 20 rules."""
    kinds = [kind.value for kind in CredentialType]
    recognises = [
        {
            "issuer": f"CN-{code}",
            "types": kinds,
            "valid_from": "2020-02-15T00:00:00+08:00",
            "valid_until": "2030-01-01T00:00:00+08:00",
            "excludes": [{"division": f"CN-{code}-01"}, {"division": f"CN-{code}-02"}],
        }
        for code in PROVINCES
    ]
    rules = {kind: RICH if kind.startswith("health") else RULE for kind in kinds[:20]}
    words = {f"CN-{code}": {"green": "green", "red": "red"} for code in PROVINCES}
    found = from_document(
        {"destination": "CN-44", "recognises": recognises, "rules": rules, "vocabularies": words}
    )
    assert len(found.recognitions or ()) == 34
    return found


def plain() -> Policy:
    """Return a policy of one recognition and one rule."""
    line = {"issuer": "CN-51", "types": ["health_proof"]}
    return from_document(
        {"destination": "CN-44", "recognises": [line], "rules": {"health_proof": RULE}}
    )


def run(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    key = PrivateKey.generate()
    details = HealthProof(colour=Colour.GREEN, sampled_at=NOW - 7200, result=Outcome.NO_ABNORMALITY)
    holder = Holder(name="胡志君", division="CN-51-03")
    claims = Claims(issuer="CN-51", issued_at=NOW - 3600, details=details, holder=holder)
    text = issue(claims, key)
    owner = TrustedKey(key=key.public_key, issuer="CN-51", names=frozenset({"CN-51"}), types=None)
    trust, many, one = PinnedTrust.of([owner]), full(), plain()
    judges = {name: Verifier(trust, policy=rules) for name, rules in (("full", many), ("one", one))}
    for judge in judges.values():
        assert judge.check(text, at=NOW).verdict.signal == "PASS"
    envelope = decode(text)
    rows = compare(
        "the policy step",
        {
            "one recognition, one rule": lambda: evaluate(one, claims, "CN-51", NOW),
            "34 recognitions, 20 rules": lambda: evaluate(many, claims, "CN-51", NOW),
        },
        limit="one recognition, one rule",
        quick=quick,
    )
    rows += compare(
        "a whole check",
        {
            "raw signature": lambda: key.public_key.verify(envelope.signature, envelope.signed),
            "one recognition, one rule": lambda: judges["one"].check(text, at=NOW),
            "34 recognitions, 20 rules": lambda: judges["full"].check(text, at=NOW),
        },
        limit="raw signature",
        quick=quick,
    )
    return rows


if __name__ == "__main__":
    main(run)
