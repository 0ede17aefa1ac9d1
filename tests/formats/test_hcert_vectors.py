"""The EU's own test data: every asserted expectation that a verifier can meet, from the text."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.formats.vectors import judged, listed, signed, vectors

import trustcert
from trustcert import formats
from trustcert.errors import MalformedError, TrustcertError
from trustcert.formats import hcert
from trustcert.keys import certificate
from trustcert.registry.pinned import PinnedTrust
from trustcert.report import Reason, Report, Step, Verdict

VECTORS = listed("eu-dcc/vectors.json")
NAMES = [vector["name"] for vector in VECTORS]

PICTURES_OF_OTHERS = {f"ES_2DCode_raw_{number}.png" for number in (501, 502, 503)}
"""Known-bad: these pictures hold another code than their vector's PREFIX."""

_OUT_OF_TIME = {
    Reason.EXPIRED,
    Reason.ISSUED_IN_FUTURE,
    Reason.NOT_YET_VALID,
    Reason.OUTSIDE_KEY_WINDOW,
}


def clock(vector: dict[str, Any]) -> datetime:
    given = datetime.fromisoformat(vector["TESTCTX"]["VALIDATIONCLOCK"])
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def trust_of(vector: dict[str, Any]) -> PinnedTrust:
    """The certificate counts for its own country, or for Austria, which made the common ones."""
    der = base64.b64decode(vector["TESTCTX"]["CERTIFICATE"])
    country = certificate.read(der).country
    return PinnedTrust.from_certificates(der, issuer=None if country else "AT")


def report_of(vector: dict[str, Any]) -> Report:
    return judged(trust_of(vector), vector["PREFIX"], clock(vector).timestamp())[0]


def layer_refused(text: str, layer: str) -> bool:
    try:
        formats.decode(text)
    except MalformedError as error:
        return error.where.startswith(layer)
    except TrustcertError:
        return False
    return False


def in_time(text: str, report: Report) -> bool:
    """What the report says; where it has no claims to judge, what the times themselves say."""
    if signed(report):
        return _OUT_OF_TIME.isdisjoint(report.reasons)
    claims = hcert.claims(hcert.decode(text))
    assert report.at is not None
    assert claims.expires is not None
    return claims.issued_at <= report.at < claims.expires


def usage_fits(vector: dict[str, Any], report: Report) -> bool:
    """What the report says; where another key signed, what the certificate itself allows."""
    if signed(report):
        return Reason.TYPE_NOT_ALLOWED not in report.reasons
    der = base64.b64decode(vector["TESTCTX"]["CERTIFICATE"])
    kid = hashlib.sha256(der).digest()[:8]
    allowed = trust_of(vector).keys_for(kid)[0].types
    kind = hcert.claims(hcert.decode(vector["PREFIX"])).type.value
    return allowed is None or kind in allowed


def test_there_are_320() -> None:
    vectors("eu-dcc")
    assert len(VECTORS) == 320


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_every_asserted_expectation_is_met(vector: dict[str, Any]) -> None:
    text, expected = vector["PREFIX"], vector["EXPECTEDRESULTS"]
    report = report_of(vector)
    checks: dict[str, Callable[[], bool]] = {
        "EXPECTEDUNPREFIX": lambda: hcert.recognises(text),
        "EXPECTEDB45DECODE": lambda: not layer_refused(text, "base45"),
        "EXPECTEDCOMPRESSION": lambda: not layer_refused(text, "zlib"),
        "EXPECTEDVERIFY": lambda: signed(report),
        "EXPECTEDEXPIRATIONCHECK": lambda: in_time(text, report),
        "EXPECTEDKEYUSAGE": lambda: usage_fits(vector, report),
    }
    for flag, outcome in checks.items():
        if flag in expected:
            assert outcome() is expected[flag], (flag, report)
    if any(expected.get(flag) is False for flag in checks):
        assert report.verdict is not Verdict.VALID


_WANTED = ("EXPECTEDVERIFY", "EXPECTEDEXPIRATIONCHECK", "EXPECTEDKEYUSAGE")
ALL_THREE = [v for v in VECTORS if all(v["EXPECTEDRESULTS"].get(flag) for flag in _WANTED)]


@pytest.mark.parametrize("vector", ALL_THREE, ids=lambda v: v["name"])
def test_all_flags_hold_together_only_where_the_verdict_has_no_objection_but_the_policy(
    vector: dict[str, Any],
) -> None:
    report = report_of(vector)
    assert {finding.step for finding in report.objections} <= {Step.POLICY}, report


@pytest.mark.parametrize("entry", listed("eu-dcc/png/index.json"), ids=lambda e: e["png"])
def test_pictures_give_their_text(entry: dict[str, str]) -> None:
    from trustcert import qr

    picture = vectors("eu-dcc") / "png" / entry["png"]
    found = qr.scan(picture)
    assert (entry["text"] in found.texts) is (entry["png"] not in PICTURES_OF_OTHERS)


def test_no_code_names_a_vector() -> None:
    """General rules only: nothing in the package knows a vector by its name."""
    root = Path(trustcert.__file__).parent
    package = "".join(path.read_text() for path in root.rglob("*.py"))
    for name in NAMES:
        assert json.dumps(name)[1:-1] not in package
