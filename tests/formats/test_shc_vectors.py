"""The published SMART Health Cards: as digits, in parts, in files; one of them is revoked."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from tests.formats.vectors import judged, vectors

from trustcert import formats
from trustcert.claims import HealthRecord, Vaccination
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.formats import shc
from trustcert.registry.anchors import ForeignTrust
from trustcert.registry.foreign_lists import HeldCards
from trustcert.registry.pinned import PinnedTrust
from trustcert.report import Reason, Report, Verdict
from trustcert.status import shc as card_lists

ISSUER = "https://spec.smarthealth.cards/examples/issuer"
LATER = 1_687_500_000
KID = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"


def trust(folder: Path, *, revoked: bool = True) -> ForeignTrust:
    well_known = folder / "issuer-well-known"
    jwks = json.loads((well_known / "jwks.json").read_text())
    crl = card_lists.decode((well_known / "crl" / f"{KID}.json").read_bytes(), kid=KID)
    cards = [HeldCards(issuer=ISSUER, list=crl)] if revoked else []
    return ForeignTrust(PinnedTrust.from_jwks(jwks, issuer=ISSUER), cards=cards)


def codes(folder: Path, number: int) -> list[str]:
    files = sorted(folder.glob(f"example-0{number}-f-qr-code-numeric-value-*.txt"))
    return [file.read_text().strip() for file in files]


def report_of(number: int, *, at: int = LATER, revoked: bool = True) -> Report:
    folder = vectors("shc")
    found = codes(folder, number)
    text = found[0] if len(found) == 1 else formats.join(found)
    return judged(trust(folder, revoked=revoked), text, at)[0]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_published_card_is_valid(number: int) -> None:
    report = report_of(number)
    assert report.verdict is Verdict.VALID, report
    assert report.issuer == ISSUER


def test_example_03_is_revoked() -> None:
    report = report_of(3)
    assert report.reasons == (Reason.REVOKED,)
    assert report.objections[0].where == "claims.vc.rid"


def test_a_card_with_a_rid_is_held_until_its_list_is_known() -> None:
    assert report_of(0, revoked=False).reasons == (Reason.STATUS_UNKNOWN,)
    assert report_of(1, revoked=False).verdict is Verdict.VALID


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_file_jws_and_digits_are_one_card(number: int) -> None:
    folder = vectors("shc")
    jws = (folder / f"example-0{number}-d-jws.txt").read_text().strip()
    data = (folder / f"example-0{number}-e-file.smart-health-card").read_bytes()
    found = codes(folder, number)
    whole = found[0] if len(found) == 1 else formats.join(found)
    assert shc.from_file(data) == (whole,)
    assert formats.decode(whole).signed.decode() == jws.rpartition(".")[0]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_the_payload_is_the_published_one(number: int) -> None:
    folder = vectors("shc")
    found = codes(folder, number)
    text = found[0] if len(found) == 1 else formats.join(found)
    _, claims = judged(trust(folder), text, LATER)
    assert claims is not None
    published = (folder / f"example-0{number}-c-jws-payload-minified.json").read_text()
    assert claims.original == json.loads(published)


def test_content_is_mapped() -> None:
    folder = vectors("shc")
    _, claims = judged(trust(folder), codes(folder, 0)[0], LATER)
    assert claims is not None
    assert isinstance(claims.details, Vaccination)
    assert (claims.details.dose, claims.details.vaccine) == (3, "229")
    assert claims.details.given_on.isoformat() == "2022-09-05"
    assert claims.holder.name == "John B. Anyperson"
    assert str(claims.holder.birth_date) == "1951-01-20"
    _, record = judged(trust(folder), formats.join(codes(folder, 2)), LATER)
    assert record is not None
    assert isinstance(record.details, HealthRecord)


def test_parts_come_in_any_order_and_may_come_twice() -> None:
    found = codes(vectors("shc"), 2)
    wholes = {formats.join(order) for order in permutations(found)}
    assert wholes == {formats.join([*found, found[1], found[1]])}


def test_missing_parts_are_named() -> None:
    found = codes(vectors("shc"), 2)
    with pytest.raises(MalformedError, match="parts are missing: 1, 3"):
        formats.join(found[1:2])
    report, _ = judged(trust(vectors("shc")), found[1], LATER)
    assert report.reasons == (Reason.PARTS_MISSING,)
    assert report.objections[0].detail == "part 2 of 3"


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["shc:/1/2/00", "shc:/2/3/00"],
        ["shc:/1/2/00", "shc:/1/2/01"],
        ["shc:/3/2/00"],
        ["shc:/0/1/00"],
        ["shc:/1/1/00", "TC1:00"],
    ],
)
def test_parts_that_do_not_belong_together_are_refused(texts: list[str]) -> None:
    with pytest.raises(MalformedError):
        formats.join(texts)


def test_the_number_of_parts_is_capped() -> None:
    with pytest.raises(LimitExceededError):
        formats.join(f"shc:/{number}/17/00" for number in range(1, 18))
