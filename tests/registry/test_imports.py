from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.simulator import URL, one, vectors, world
from tests.registry.test_pinned import did, made, pem

from trustcert.claims import CredentialType
from trustcert.errors import TrustcertError, TrustError, UnsupportedError
from trustcert.keys import PrivateKey, certificate
from trustcert.registry import imports
from trustcert.registry.anchors import ForeignTrust
from trustcert.registry.pinned import PinnedTrust
from trustcert.store import TrustStore
from trustcert.sync import sync

TYPES = ["vaccination", "test_result"]


def entry(der: bytes, **changes: str) -> dict[str, str]:
    kid = base64.b64encode(certificate.read(der).digest[:8]).decode()
    raw = base64.b64encode(der).decode()
    return {"kid": kid, "country": "DE", "certificateType": "DSC", "rawData": raw} | changes


def test_an_eu_trust_list_becomes_issuers_that_a_checkpoint_trusts(tmp_path: Path) -> None:
    vaccine = made("1.3.6.1.4.1.1847.2021.1.2")
    listed = [
        entry(vaccine),
        entry(made(country="AT"), country="AT"),
        entry(made(), certificateType="CSCA"),
        entry(made(), kid="AAAAAAAAAAA="),
        entry(vaccine, rawData="####"),
    ]
    found = imports.read(json.dumps({"certificates": listed}).encode(), types=TYPES)
    assert [issuer.id for issuer, _ in found.issuers] == ["DE", "AT"]
    assert len(found.passed_over) == 2
    scene = world()
    imports.put(scene.repository, found, one(scene.keys["hub"]), at=scene.at)
    scene.publish()
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=scene.root, fetcher=scene.mirror())
    (key,) = store.open(at=scene.at).keys_for(certificate.read(vaccine).digest[:8])
    assert (key.issuer, key.types) == ("DE", frozenset({"vaccination"}))
    imports.put(scene.repository, found, one(scene.keys["hub"]), at=scene.at)
    assert not scene.repository.is_draft("DE")


def test_one_kid_under_many_issuers_of_a_directory_is_found_for_each(tmp_path: Path) -> None:
    shared = PrivateKey.generate().public_key
    jwk = shared.to_jwk() | {"kid": "shared"}
    info = [
        {"issuer": {"iss": f"https://{name}.example", "name": name}, "keys": [jwk, {"kty": "oct"}]}
        for name in ("a", "b", "c")
    ]
    found = imports.read(json.dumps({"directory": "x", "issuerInfo": info}).encode(), types=TYPES)
    assert len(found.passed_over) == 3
    assert all(issuer.id.startswith("X-") for issuer, _ in found.issuers)
    scene = world()
    imports.put(scene.repository, found, one(scene.keys["hub"]), at=scene.at)
    scene.publish()
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=scene.root, fetcher=scene.mirror())
    owners = store.open(at=scene.at).keys_for(b"shared")
    names = {name for key in owners for name in key.names if name.startswith("https")}
    assert names == {"https://a.example", "https://b.example", "https://c.example"}


def test_certificates_jwk_sets_and_did_documents_are_lists_too() -> None:
    key = PrivateKey.generate().public_key
    chinese = pem(made(country="CN", province="四川省"))
    jwks = json.dumps({"issuer": "https://a.example", "keys": [key.to_jwk()]}).encode()
    for data, name in ((chinese, "四川省"), (jwks, "https://a.example"),
                       (json.dumps(did(key)).encode(), "did:web:nzcp.example")):  # fmt: skip
        ((issuer, key_set),) = imports.read(data, types=TYPES).issuers
        assert name in issuer.names
        assert issuer.types == frozenset(TYPES)
        assert len(key_set.keys) == 1
    assert imports.read(chinese, types=TYPES).issuers[0][0].id == "CN-51"


def test_published_health_card_keys_become_one_issuer() -> None:
    jwks = json.loads((vectors("shc") / "issuer-well-known" / "jwks.json").read_text())
    data = json.dumps(jwks | {"issuer": "https://spec.smarthealth.cards/examples/issuer"}).encode()
    ((_, key_set),) = imports.read(data, types=TYPES).issuers
    assert {jwk["kid"] for jwk in jwks["keys"]} <= {k for r in key_set.keys for k in r.kids}


def test_the_lists_of_revoked_cards_of_a_directory_come_with_their_counters() -> None:
    jwk = PrivateKey.generate().public_key.to_jwk() | {"kid": "k", "crlVersion": 3}
    rids = ["revoked", "earlier.1700000000"]

    def read(*crls: dict[str, object]) -> imports.Imported:
        info = {"issuer": {"iss": "https://a.example"}, "keys": [jwk], "crls": list(crls)}
        document = {"directory": "x", "time": "2026-01-01T00:00:00Z", "issuerInfo": [info]}
        return imports.read(json.dumps(document).encode(), types=TYPES)

    good: dict[str, object] = {"kid": "k", "method": "rid", "ctr": 3, "rids": rids}
    found = read(good)
    (held,) = found.cards
    assert (held.issuer, held.list.counter, held.as_of) == ("https://a.example", 3, 1_767_225_600)
    trust = ForeignTrust(PinnedTrust.of(()), cards=found.cards)
    known = trust.revoked_cards(["https://a.example"], b"k")
    assert known is held
    assert known.list.revokes("revoked", issued_at=1_800_000_000)
    assert not known.list.revokes("earlier", issued_at=1_700_000_001)
    assert trust.revoked_cards(["https://b.example"], b"k") is None
    for bad, problem in (
        (good | {"ctr": 2}, "ctr: is 2, before the key's 3"),
        (good | {"kid": "other"}, "kid: is of no key of its issuer"),
        (good | {"rids": [7]}, "rids"),
    ):
        found = read(bad)
        assert found.cards == ()
        assert problem in found.passed_over[0]


def test_a_signed_trust_list_is_checked_with_the_key_that_is_pinned() -> None:
    key, body = PrivateKey.generate(), json.dumps({"certificates": [entry(made())]}).encode()
    line = base64.b64encode(key.sign(body))
    data = line + b"\n" + body
    checked = imports.read(data, types=TYPES, signed_by=key.public_key)
    assert [issuer.id for issuer, _ in checked.issuers] == ["DE"]
    assert checked.passed_over == ()
    unchecked = imports.read(data, types=TYPES)
    assert unchecked.issuers == checked.issuers
    assert "signature was not checked" in unchecked.passed_over[0]
    for other in (line + b"\n" + body + b" ", line[:-4] + b"AA==\n" + body, body):
        with pytest.raises(TrustError, match=r"signed by the key|no signature"):
            imports.read(other, types=TYPES, signed_by=key.public_key)
    with pytest.raises(TrustError, match="was not signed by the key that was given"):
        imports.read(data, types=TYPES, signed_by=PrivateKey.generate().public_key)


@pytest.mark.parametrize("arc", ["1847", "0.1847"])
def test_a_recovery_is_what_a_recovery_signer_may_sign(arc: str) -> None:
    recovered = made(f"1.3.6.1.4.1.{arc}.2021.1.3")
    data = json.dumps({"certificates": [entry(recovered)]}).encode()
    ((issuer, key_set),) = imports.read(data, types=["recovery", "vaccination"]).issuers
    assert key_set.keys[0].types == frozenset({CredentialType.RECOVERY.value})
    assert issuer.types == frozenset({"recovery", "vaccination"})


def test_a_list_without_a_usable_key_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="holds no key"):
        imports.read(b'{"certificates": []}', types=TYPES)


@given(st.one_of(st.binary(), st.just(b'{"certificates": {}}'), st.just(b'{"issuerInfo": [1]}')))
def test_any_other_file_is_refused(data: bytes) -> None:
    with pytest.raises(TrustcertError):
        imports.read(data, types=TYPES)
