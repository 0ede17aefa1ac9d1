"""S12: the life of a licence: withheld, released, changed, cancelled, penalised, transferred.

The verdict says which, and where to look: told from a ledger in memory, and over a registry that a
checkpoint syncs from.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs
from tests.registry.simulator import URL, World, world
from tests.scenarios.country import DAY, everyone, policy, signed, t, trust, verifier
from tests.support import signer

from trustcert.claims import BusinessLicence, Claims, Holder, StatusReference
from trustcert.errors import MalformedError
from trustcert.identifiers import licence
from trustcert.issuer import issue, with_status
from trustcert.ledger.changes import Order, change
from trustcert.ledger.planning import Successor, Wanted
from trustcert.ledger.publishing import confirm, current, publish
from trustcert.ledger.storage import Ledger, create
from trustcert.report import Reason, Report, Verdict
from trustcert.status import snapshot
from trustcert.status.causes import Cause
from trustcert.store import TrustStore
from trustcert.sync import sync
from trustcert.verifier import Verifier
from trustcert.wording import describe, explain

NOW = t("2026-03-02 09:00")
CODE = "91350100M000100Y43"
TYPE = "11100000000013338W011"
SICHUAN, GUANGDONG, HUNAN = "510100", "440300", "11430000006122244L"
OLD = licence.build(type_code=TYPE, issuer=SICHUAN, serial="7")
NEW = licence.build(type_code=TYPE, issuer=SICHUAN, serial="7", version=2)
MOVED = licence.build(type_code=TYPE, issuer=GUANGDONG, serial="99")
RULES = policy(recognises=everyone("business_licence"), rules={"business_licence": {}})


def issued(identifier: licence.LicenceId, *, issuer: str = "CN-51", **changed: object) -> Claims:
    details = BusinessLicence(title="营业执照", number=CODE, identifier=str(identifier))
    return Claims(
        issuer=issuer,
        issued_at=NOW - DAY,
        expires=NOW + 300 * DAY,
        holder=Holder(name="成都小餐馆有限公司", organisation_code=CODE),
        details=structs.replace(details, **changed),
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = create(tmp_path / "ledger", issuer="CN-51", random=lambda size: bytes(range(size)))
    yield made
    made.close()


class Office:
    """Sichuan's registrar: one licence, its ledger, and what a verifier elsewhere says."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        (self.claims,) = with_status([issued(OLD)], ledger, signer("CN-51"))
        self.text = signed(self.claims)

    def orders(self, cause: Cause, successor: Successor | None = None) -> None:
        place = self.claims.status
        assert place is not None
        wanted = Wanted(number=place.list, index=place.index, successor=successor)
        change(self.ledger, [wanted], Order(cause=cause, actor="desk-7", at=NOW))

    def said(self) -> Report:
        confirm(self.ledger, publish(self.ledger, at=NOW))
        place = self.claims.status
        assert isinstance(place, StatusReference)
        content = current(self.ledger)[f"CN-51/status/{place.list}.snapshot"]
        held = snapshot.decode(content, issuer="CN-51", number=place.list)
        return verifier(RULES, trust("CN-51", lists=[held])).check(self.text, at=NOW)


@pytest.fixture
def office(ledger: Ledger) -> Office:
    return Office(ledger)


def test_valid_withheld_released_valid(office: Office) -> None:
    assert office.said().verdict is Verdict.VALID
    office.orders(Cause.WITHHELD)
    assert office.said().reasons == (Reason.SUSPENDED,)
    office.orders(Cause.RELEASED)
    assert office.said().verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (Cause.CANCELLED, Reason.CANCELLED),
        (Cause.PENALISED, Reason.PENALISED),
        (Cause.ANNULLED, Reason.ANNULLED),
        (Cause.LAPSED, Reason.LAPSED),
        (Cause.LOST, Reason.REVOKED),
    ],
)
def test_an_end_is_final_and_says_which(office: Office, cause: Cause, reason: Reason) -> None:
    office.orders(cause)
    assert (office.said().verdict, office.said().reasons) == (Verdict.INVALID, (reason,))
    with pytest.raises(MalformedError):
        office.orders(Cause.RELEASED)


def test_of_two_measures_the_weightier_is_told_until_it_ends(office: Office) -> None:
    office.orders(Cause.INVESTIGATED)
    assert office.said().reasons == (Reason.UNDER_INVESTIGATION,)
    office.orders(Cause.WITHHELD)
    assert office.said().reasons == (Reason.SUSPENDED,)
    office.orders(Cause.RELEASED)
    assert office.said().reasons == (Reason.UNDER_INVESTIGATION,)
    office.orders(Cause.CLEARED)
    assert office.said().verdict is Verdict.VALID


def test_a_change_makes_a_new_version(office: Office) -> None:
    office.orders(Cause.CHANGED)
    found = office.said()
    assert found.reasons == (Reason.SUPERSEDED,)
    renewed = issued(NEW, version=2, replaces=str(OLD))
    assert verifier(RULES).check(signed(renewed), at=NOW).verdict is Verdict.VALID


def test_a_transfer_says_where_to_look(office: Office) -> None:
    office.orders(Cause.TRANSFERRED, Successor(issuer="CN-44"))
    found = office.said()
    assert (found.verdict, found.reasons) == (Verdict.INVALID, (Reason.MOVED,))
    assert "CN-44" in found.objections[0].detail
    assert "转到其他地区" in describe(Reason.MOVED, "zh").what
    new = issued(MOVED, issuer="CN-44", replaces=str(OLD))
    credential = verifier(RULES).verify(signed(new), at=NOW)
    assert isinstance(credential.claims.details, BusinessLicence)
    assert credential.claims.details.replaces == str(OLD)
    office.orders(Cause.TRANSFER_CANCELLED)
    assert office.said().verdict is Verdict.VALID


def test_an_identifier_of_another_province_is_refused() -> None:
    stolen = structs.replace(issued(OLD, issuer="CN-44"), id=b"12345678")
    from trustcert.formats import compact

    found = verifier(RULES).check(compact.encode(stolen, signer("CN-44")), at=NOW)
    assert (found.verdict, found.reasons) == (Verdict.INVALID, (Reason.IDENTIFIER_MISMATCH,))


SICHUANS, GUANGDONGS = "028-86110101", "020-83133133"
LIVES: list[tuple[Cause, Reason, str, str]] = [
    (Cause.WITHHELD, Reason.SUSPENDED, "暂扣", f"(暂扣); ask CN-51 ({SICHUANS})"),
    (
        Cause.INVESTIGATED,
        Reason.UNDER_INVESTIGATION,
        "核查中",
        f"(核查); ask CN-51 ({SICHUANS})",
    ),
    (
        Cause.CHANGED,
        Reason.SUPERSEDED,
        "新版本",
        f"(变更); CN-51 keeps the newer one ({SICHUANS})",
    ),
    (
        Cause.RENEWED,
        Reason.SUPERSEDED,
        "新版本",
        f"(延续); CN-51 keeps the newer one ({SICHUANS})",
    ),
    (Cause.CANCELLED, Reason.CANCELLED, "注销", f"(注销); ask CN-51 ({SICHUANS})"),
    (Cause.ANNULLED, Reason.ANNULLED, "撤销", f"(撤销); ask CN-51 ({SICHUANS})"),
    (Cause.PENALISED, Reason.PENALISED, "吊销", f"(吊销); ask CN-51 ({SICHUANS})"),
    (Cause.LAPSED, Reason.LAPSED, "失效", f"(失效); ask CN-51 ({SICHUANS})"),
    (Cause.LOST, Reason.REVOKED, "作废", f"(挂失); ask CN-51 ({SICHUANS})"),
    (
        Cause.TRANSFERRED,
        Reason.MOVED,
        "转到其他地区",
        f"superseded; CN-44 keeps the newer one ({GUANGDONGS})",
    ),
]
ENDS = {
    Cause.WITHHELD: Cause.RELEASED,
    Cause.INVESTIGATED: Cause.CLEARED,
    Cause.TRANSFERRED: Cause.TRANSFER_CANCELLED,
}


class Country:
    """Sichuan's ledger with a licence for each cause, a registry, and a checkpoint that syncs."""

    def __init__(self, ledger: Ledger, made: World, store: TrustStore) -> None:
        self.ledger, self.made, self.store = ledger, made, store
        contacts = {"CN-51": SICHUANS, "CN-44": GUANGDONGS}
        named = [
            structs.replace(
                issuer,
                types=frozenset({"business_licence"}),
                contact=contacts.get(issuer.id),
            )
            for issuer in made.repository.issuers
        ]
        made.repository.put_issuers(named, at=made.at)
        key = made.keys["CN-51-signs"]
        licences = [
            structs.replace(issued(OLD), issued_at=made.at - DAY, expires=made.at + 300 * DAY)
            for _ in LIVES
        ]
        self.claims = with_status(licences, ledger, key)
        self.texts = [issue(claims, key) for claims in self.claims]

    def order(self, place: int, cause: Cause) -> None:
        """Let the registrar do this to one licence."""
        status = self.claims[place].status
        assert status is not None
        to = Successor(issuer="CN-44") if cause is Cause.TRANSFERRED else None
        wanted = Wanted(number=status.list, index=status.index, successor=to)
        change(self.ledger, [wanted], Order(cause=cause, actor="desk-7", at=self.made.at))

    def said(self) -> list[Report]:
        """Publish, sync, and return what the checkpoint says of each licence, offline."""
        publication = publish(self.ledger, at=self.made.at)
        for path, data in publication.write.items():
            self.made.repository.put("CN-51-status", path, data, at=self.made.at)
        for path in publication.remove:
            self.made.repository.remove("CN-51-status", path, at=self.made.at)
        confirm(self.ledger, publication)
        self.made.publish()
        sync(self.store, URL, root=self.made.root, fetcher=self.made.mirror())
        judge = Verifier(self.store.open(at=self.made.at), policy=RULES)
        return [judge.check(text, at=self.made.at) for text in self.texts]


def test_over_a_registry_each_says_which_it_is_and_where_to_look(
    ledger: Ledger, tmp_path: Path
) -> None:
    country = Country(ledger, world(), TrustStore(tmp_path / "store"))
    assert {found.verdict for found in country.said()} == {Verdict.VALID}
    for place, (cause, *_) in enumerate(LIVES):
        country.order(place, cause)
    for found, (_, reason, term, told) in zip(country.said(), LIVES, strict=True):
        assert (found.verdict, found.reasons) == (Verdict.INVALID, (reason,))
        (line,) = explain(found, "zh")
        assert term in line.what
        assert line.detail.startswith("status list 1 of CN-51 says ")
        assert line.detail.endswith(told)
        assert line.next
    for place, (cause, *_) in enumerate(LIVES):
        if cause in ENDS:
            country.order(place, ENDS[cause])
    valid = [found.verdict is Verdict.VALID for found in country.said()]
    assert valid == [cause in ENDS for cause, *_ in LIVES]
