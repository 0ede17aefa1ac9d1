"""From a registry, through a store, to verdicts: ages, registries side by side, cities."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace
from tests.registry.simulator import URL, World, one, world
from tests.support import proof

from trustcert.claims import BusinessLicence, Claims, StatusReference
from trustcert.cli.output import report_as_text
from trustcert.issuer import issue
from trustcert.keys import PrivateKey
from trustcert.registry import publish
from trustcert.registry.load import RegistryTrust
from trustcert.registry.model import Issuer, KeyRecord, KeySet
from trustcert.report import Reason, Step, Verdict, as_json
from trustcert.store import TrustStore
from trustcert.sync import sync, sync_file
from trustcert.verifier import Verifier

HOUR = 3_600


def rules(destination: str, *recognised: str, **more: Any) -> dict[str, Any]:
    return {
        "destination": destination,
        "recognises": [{"issuer": name, "types": ["health_proof"]} for name in recognised],
        "rules": {"health_proof": {"colours": ["green"], "results": ["no_abnormality"]}},
    } | more


def shown(made: World, issuer: str = "CN-51", *, index: int = 5, **changed: Any) -> str:
    fields = {
        "issuer": issuer,
        "issued_at": made.at - HOUR,
        "expires": made.at + 200 * HOUR,
        "status": StatusReference(list=1, index=index),
    }
    return issue(proof(**(fields | changed)), made.keys[f"{issuer}-signs"])


def synced(made: World, folder: Path, **options: Any) -> TrustStore:
    store = TrustStore(folder)
    sync(store, URL, root=made.root, fetcher=made.mirror(), **options)
    return store


@pytest.mark.parametrize(("warn", "hold"), [(24, 48), (6, 12)])
def test_data_warns_and_then_holds_at_the_ages_of_the_destinations_policy(
    tmp_path: Path, warn: int, hold: int
) -> None:
    made = world()
    ages = {} if warn == 24 else {"ages": {"warn_hours": warn, "hold_hours": hold}}
    made.repository.put_policy("CN-44", rules("CN-44", "CN-51", **ages), at=made.at)
    made.publish()
    store, code = synced(made, tmp_path), shown(made)
    for age, verdict, reasons, warnings in (
        (0, Verdict.VALID, (), ()),
        (warn * HOUR - 1, Verdict.VALID, (), ()),
        (warn * HOUR, Verdict.VALID, (), (Reason.REGISTRY_OLD, Reason.STATUS_OLD)),
        (hold * HOUR - 1, Verdict.VALID, (), (Reason.REGISTRY_OLD, Reason.STATUS_OLD)),
        (hold * HOUR, Verdict.INDETERMINATE, (Reason.REGISTRY_STALE, Reason.STATUS_STALE), ()),
        (150 * HOUR, Verdict.INDETERMINATE, (Reason.REGISTRY_STALE, Reason.STATUS_STALE), ()),
    ):
        at = made.at + age
        report = Verifier(store.open(at=at), destination="CN-44").check(code, at=at)
        assert (report.verdict, report.reasons) == (verdict, reasons)
        assert tuple(finding.reason for finding in report.warnings) == warnings
        assert report.ages == {"registry": age, "status": age}
        assert as_json(report)["warnings"] == [reason.value for reason in warnings]
        text = report_as_text("code", report, "en")
        assert ("Sync this device" in text) == (age >= warn * HOUR)
        if verdict is Verdict.VALID:
            assert report.valid_until == made.at + hold * HOUR


def test_a_revoked_credential_stays_revoked_however_old_the_list_is(tmp_path: Path) -> None:
    made = world()
    made.repository.put_policy("CN-44", rules("CN-44", "CN-51"), at=made.at)
    made.publish()
    store, at = synced(made, tmp_path), made.at + 100 * HOUR
    report = Verifier(store.open(at=at), destination="CN-44").check(shown(made, index=3), at=at)
    assert report.verdict is Verdict.INVALID
    assert Reason.REVOKED in report.reasons


class Bilateral:
    """Sichuan and Guangdong, each with a registry of its own and none between them."""

    def __init__(self, folder: Path, *, sichuan: int = 0, guangdong: int = 0) -> None:
        """Make both; the numbers are hours by which each was published earlier."""
        now = world(at=None).at
        self.worlds = {
            "CN-51": world(["CN-51"], at=now - sichuan * HOUR),
            "CN-44": world(["CN-44"], at=now - guangdong * HOUR),
        }
        self.store = TrustStore(folder)
        self.at = now + 600
        for issuer, other in (("CN-51", "CN-44"), ("CN-44", "CN-51")):
            made = self.worlds[issuer]
            made.repository.put_policy(issuer, rules(issuer, other, issuer), at=made.at)
            made.publish()
            name = "sc" if issuer == "CN-51" else "gd"
            sync(
                self.store,
                URL,
                root=made.root,
                fetcher=made.mirror(),
                name=name,
                issuers=[issuer],
            )

    def check(self, issuer: str, destination: str, signer: str | None = None) -> Any:
        made = self.worlds[signer or issuer]
        key = made.keys[f"{signer or issuer}-signs"]
        claims = proof(
            issuer=issuer, issued_at=self.at - HOUR, expires=self.at + HOUR,
            status=StatusReference(list=1, index=5),
        )  # fmt: skip
        judge = Verifier(self.store.open(at=self.at), destination=destination)
        return judge.check(issue(claims, key), at=self.at)


def test_two_provinces_trust_each_other_without_a_hub(tmp_path: Path) -> None:
    scene = Bilateral(tmp_path)
    for issuer, destination in (("CN-51", "CN-44"), ("CN-44", "CN-51"), ("CN-44", "CN-44")):
        assert scene.check(issuer, destination).verdict is Verdict.VALID
    report = scene.check("CN-51", "CN-44", signer="CN-44")
    assert (report.verdict, report.reasons[0]) == (Verdict.INVALID, Reason.ISSUER_MISMATCH)


def test_a_registry_says_nothing_of_an_issuer_that_is_not_its_own(tmp_path: Path) -> None:
    scene = Bilateral(tmp_path)
    evil = scene.worlds["CN-44"]
    keys = one(evil.keys["CN-44"])
    types = frozenset({"health_proof"})
    entry = Issuer(id="CN-51", name_zh="四川省", name_en="Sichuan", types=types)
    evil.repository.add_issuer(entry, keys, at=evil.at)
    forged = PrivateKey.generate()
    evil.repository.put_key_set(
        KeySet(issuer="CN-51", keys=(KeyRecord(key=forged.public_key),)), at=evil.at
    )
    evil.publish()
    sync(scene.store, fetcher=evil.mirror(), name="gd")
    judge = Verifier(scene.store.open(at=scene.at), destination="CN-44")
    code = issue(proof(issued_at=scene.at - HOUR, expires=scene.at + HOUR), forged)
    assert judge.check(code, at=scene.at).reasons == (Reason.KEY_UNKNOWN,)


def test_a_stale_registry_holds_its_own_credentials_and_no_others(tmp_path: Path) -> None:
    scene = Bilateral(tmp_path, sichuan=46)
    scene.at += 4 * HOUR
    held = scene.check("CN-51", "CN-44")
    assert held.verdict is Verdict.INDETERMINATE
    assert set(held.reasons) == {Reason.REGISTRY_STALE, Reason.STATUS_STALE}
    own = scene.check("CN-44", "CN-44")
    assert own.verdict is Verdict.VALID
    assert own.ages["registry"] < 5 * HOUR


def test_a_stale_registry_of_the_destination_holds_everybody(tmp_path: Path) -> None:
    scene = Bilateral(tmp_path, guangdong=46)
    scene.at += 4 * HOUR
    report = scene.check("CN-51", "CN-44")
    assert (report.verdict, report.reasons) == (Verdict.INDETERMINATE, (Reason.REGISTRY_STALE,))
    assert report.ages["status"] < 5 * HOUR


def test_one_kid_in_two_registries_is_judged_by_the_age_of_the_owners(tmp_path: Path) -> None:
    scene = Bilateral(tmp_path, sichuan=46)
    made = scene.worlds["CN-51"]
    shared = scene.worlds["CN-44"].keys["CN-44-signs"]
    made.repository.put_key_set(
        KeySet(issuer="CN-51", keys=(KeyRecord(key=shared.public_key),)), at=made.at
    )
    made.publish()
    sync(scene.store, fetcher=made.mirror(), name="sc")
    scene.at += 4 * HOUR
    assert len(scene.store.open(at=scene.at).keys_for(shared.public_key.kid)) == 2
    assert scene.check("CN-44", "CN-44").verdict is Verdict.VALID
    claims = scene.check("CN-51", "CN-44", signer="CN-44")
    assert Reason.REGISTRY_STALE in claims.reasons


def city(folder: Path, *divisions: str) -> tuple[World, RegistryTrust]:
    made = world()
    entry = Issuer(
        id="CN-44-03",
        name_zh="深圳市",
        name_en="Shenzhen",
        types=frozenset({"health_proof"}),
        divisions=divisions,
    )
    made.keys["CN-44-03"] = PrivateKey.generate("Ed25519")
    made.repository.add_issuer(entry, one(made.keys["CN-44-03"]), at=made.at)
    made.keys["CN-44-03-signs"] = made.new_key("CN-44-03")
    made.repository.put_policy("CN-44", rules("CN-44", "CN-44"), at=made.at)
    made.publish()
    return made, synced(made, folder).open(at=made.at)


@pytest.mark.parametrize(
    ("divisions", "named", "may"),
    [
        ((), None, True),
        ((), "CN-44-03", True),
        ((), "CN-44-03-05", True),
        ((), "CN-44", True),
        ((), "CN-44-01", False),
        ((), "CN-51", False),
        (("440305", "440306"), "CN-44-03-05", True),
        (("440305", "440306"), "CN-44-03-04", False),
        (("440305",), "CN-44-03", True),
    ],
)
def test_a_city_names_no_place_outside_its_code_range(
    tmp_path: Path, divisions: tuple[str, ...], named: str | None, *, may: bool
) -> None:
    made, trust = city(tmp_path, *divisions)
    holder = replace(proof().holder, division=named)
    code = shown(made, "CN-44-03", holder=holder, status=None)
    report = Verifier(trust, destination="CN-44").check(code, at=made.at)
    if may:
        assert report.verdict is Verdict.VALID, report
        return
    (finding,) = report.objections
    assert (finding.step, finding.reason) == (Step.CLAIMS, Reason.DIVISION_NOT_ALLOWED)
    assert finding.where == "claims.credential.division"
    assert report.verdict is Verdict.INVALID
    assert "CN-44-03 speaks for 4403" in finding.detail


@pytest.mark.parametrize(
    ("authority", "may"), [("440300", True), ("440000", True), ("440100", False)]
)
def test_a_city_identifies_no_licence_of_another_city(
    tmp_path: Path, authority: str, *, may: bool
) -> None:
    from trustcert.identifiers import licence
    from trustcert.verifier.territory import place_outside

    made, trust = city(tmp_path)
    (owner,) = trust.keys_for(made.keys["CN-44-03-signs"].public_key.kid)
    identifier = licence.build(
        type_code="11100000000013338W001", issuer=authority, serial="A1", version=1
    )
    details = BusinessLicence(title="x", number="1", identifier=str(identifier))
    claims = Claims(issuer="CN-44-03", issued_at=made.at, details=details, holder=proof().holder)
    assert place_outside(owner, claims) == (None if may else "claims.credential.identifier")


def test_who_renews_for_ever_with_the_online_keys_ends_with_the_provinces_own_expiry(
    tmp_path: Path,
) -> None:
    made = world(at=1_700_000_000)
    made.repository.put_policy("CN-44", rules("CN-44", "CN-51"), at=made.at)
    made.publish()
    store, began = TrustStore(tmp_path), made.at
    for days, reasons in (
        (6, ()),
        (8, (Reason.STATUS_STALE,)),
        (179, (Reason.STATUS_STALE,)),
        (181, (Reason.REGISTRY_STALE, Reason.STATUS_STALE)),
    ):
        at = began + days * 24 * HOUR
        with mock.patch.object(publish, "_check_following"):  # as a thief would
            publish.renew(made.repository, made.keys["online"], at=at)
        archive = publish.render(made.repository)["registry.zip"]
        sync_file(store, archive, root=made.root, stale=True)
        code = shown(made, issued_at=at - HOUR, expires=at + HOUR)
        report = Verifier(store.open(at=at), destination="CN-44").check(code, at=at)
        assert report.reasons == reasons
        assert report.ages == {"registry": 0, "status": 0}
        assert (report.verdict is Verdict.VALID) is (not reasons)
