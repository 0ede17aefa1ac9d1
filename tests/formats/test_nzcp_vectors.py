"""The examples of the New Zealand specification: one pass that is valid, seven that are not."""

from __future__ import annotations

import json

import pytest
from tests.formats.vectors import judged, vectors

from trustcert.claims import HealthCode
from trustcert.registry.pinned import PinnedTrust
from trustcert.report import Reason, Verdict

NOW = 1_640_000_000


def trust() -> PinnedTrust:
    document = json.loads((vectors("nzcp") / "examples" / "valid" / "did.json").read_text())
    return PinnedTrust.from_did(document)


def test_the_valid_pass_is_valid() -> None:
    folder = vectors("nzcp") / "examples" / "valid"
    report, claims = judged(trust(), (folder / "nzcp.txt").read_text().strip(), NOW)
    assert report.verdict is Verdict.VALID, report
    assert claims is not None
    assert claims.id is not None
    published = json.loads((folder / "nzcp.json").read_text())
    assert claims.original == published["vc"]
    assert claims.id.hex() == published["jti"].removeprefix("urn:uuid:").replace("-", "")
    assert (claims.not_before, claims.expires) == (published["nbf"], published["exp"])
    assert isinstance(claims.details, HealthCode)
    assert (claims.holder.name, str(claims.holder.birth_date)) == ("Jack Sparrow", "1960-04-16")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bad-public-key", Reason.SIGNATURE_WRONG),
        ("modified-payload", Reason.SIGNATURE_WRONG),
        ("modified-sig", Reason.SIGNATURE_WRONG),
        ("not-associated-public-key", Reason.KEY_UNKNOWN),
        ("expired-payload", Reason.EXPIRED),
        ("notactive-payload", Reason.NOT_YET_VALID),
    ],
)
def test_an_invalid_pass_is_refused(name: str, reason: Reason) -> None:
    place = vectors("nzcp") / "examples" / "invalid" / f"nzcp-{name}.txt"
    report, _ = judged(trust(), place.read_text().strip(), NOW)
    assert report.verdict is not Verdict.VALID
    assert reason in report.reasons


def test_the_pass_of_a_revoked_key_is_refused_in_its_picture() -> None:
    from trustcert import qr

    picture = vectors("nzcp") / "examples" / "invalid" / "nzcp-revoked-public-key.png"
    (text,) = qr.scan(picture).texts
    report, _ = judged(trust(), text, NOW)
    assert report.reasons == (Reason.KEY_UNKNOWN,)


def test_the_picture_is_the_pass() -> None:
    from trustcert import qr

    folder = vectors("nzcp") / "examples" / "valid"
    assert qr.scan(folder / "nzcp.png").texts == ((folder / "nzcp.txt").read_text().strip(),)
