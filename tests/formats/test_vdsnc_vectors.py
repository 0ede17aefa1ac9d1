"""The Australian reader's samples: two valid seals, two altered ones, and one that is none."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.formats.vectors import POLICY, judged, listed, needs

from trustcert.claims import Vaccination
from trustcert.formats import Compatibility
from trustcert.registry.anchors import Anchor, ForeignTrust
from trustcert.registry.pinned import PinnedTrust
from trustcert.report import Reason, Verdict
from trustcert.verifier import Verifier

VECTORS = listed("vds-nc/vectors.json")
NOW = 1_650_000_000
NAMES = frozenset({"AUS", "AU", "UTO"})


def signer_of(text: str) -> bytes:
    cer = json.loads(text)["sig"]["cer"].rstrip("=")
    return base64.urlsafe_b64decode(cer + "=" * (-len(cer) % 4))


def trust(text: str) -> ForeignTrust:
    """The authorities' own certificates are not among the vectors: the signers are pinned."""
    anchor = Anchor(certificate=signer_of(text), issuer="AUS", names=NAMES)
    return ForeignTrust(PinnedTrust([]), anchors=[anchor])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_each_has_its_outcome(vector: dict[str, Any]) -> None:
    text, name = vector["text"], vector["name"]
    if '"sig"' not in text:
        report, _ = judged(PinnedTrust([]), text, NOW)
        assert report.reasons == (Reason.MALFORMED,)
        return
    report, claims = judged(trust(text), text, NOW)
    if name.startswith("invalid"):
        assert report.reasons == (Reason.SIGNATURE_WRONG,)
        return
    assert report.verdict is Verdict.VALID, report
    assert claims is not None
    assert isinstance(claims.details, Vaccination)
    assert claims.original == json.loads(text)["data"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_a_certificate_in_the_message_proves_nothing_by_itself(vector: dict[str, Any]) -> None:
    if '"sig"' in vector["text"]:
        report, _ = judged(PinnedTrust([]), vector["text"], NOW)
        assert report.reasons == (Reason.KEY_UNKNOWN,)


@needs(VECTORS)
def test_another_form_than_the_canonical_one_is_a_switch() -> None:
    text = next(v["text"] for v in VECTORS if v["name"] == "validVDSJson")
    every = frozenset(Compatibility)
    strict = every - {Compatibility.NOT_CANONICAL}
    report = Verifier(trust(text), policy=POLICY, compatibility=strict).check(text, at=NOW)
    assert report.reasons == (Reason.UNSUPPORTED,)
