"""Registries whose root is SM2, ML-DSA or both: they sync, and verify offline."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.keys.sm2_reference import ReferenceSigner
from tests.registry.simulator import URL, Mirror, World, one, world
from tests.support import proof
from tuf.api.metadata import Metadata, Root

from trustcert.errors import MalformedError, TrustError, UnsupportedError
from trustcert.issuer import issue
from trustcert.keys import ML_DSA_44, ML_DSA_65, PrivateKey, Signer
from trustcert.policy import PINNED
from trustcert.registry import schemes
from trustcert.registry.hybrid import hybrid, is_hybrid
from trustcert.registry.metadata import TufSigner
from trustcert.registry.model import Issuer, KeyRecord, KeySet
from trustcert.registry.repository import create
from trustcert.registry.roles import RoleKeys
from trustcert.report import Verdict
from trustcert.store import TrustStore
from trustcert.sync import sync
from trustcert.verifier import Verifier

TYPES = frozenset({"health_proof"})
ISSUING: list[Signer] = [
    ReferenceSigner(201),
    ReferenceSigner(202, "issuing@sichuan"),
    PrivateKey.generate(ML_DSA_44),
    PrivateKey.generate("ESP256"),
]


def signers(kind: str) -> list[Signer]:
    """Return the root's signers: two people."""
    made: dict[str, list[Signer]] = {
        "SM2": [ReferenceSigner(101), ReferenceSigner(102)],
        "SM2 under its own ID": [ReferenceSigner(101, "root@cn"), ReferenceSigner(102, "root@cn")],
        "ML-DSA": [PrivateKey.generate(ML_DSA_44), PrivateKey.generate(ML_DSA_65)],
        "hybrid": [PrivateKey.generate("Ed25519"), PrivateKey.generate(ML_DSA_65)],
        "SM2 and ML-DSA": [ReferenceSigner(101), PrivateKey.generate(ML_DSA_44)],
    }
    return made[kind]


KINDS = pytest.mark.parametrize(
    "kind", ["SM2", "SM2 under its own ID", "ML-DSA", "hybrid", "SM2 and ML-DSA"]
)


def registry(kind: str, *, by: int = 2) -> tuple[World, list[Signer]]:
    """Return a registry whose root is of ``kind``, from its second version on too."""
    roots = signers(kind)
    keys = RoleKeys(keys=tuple(signer.public_key for signer in roots), threshold=2)
    made = world(("CN-51",))
    online = made.keys["online"]
    repository = create(
        root=keys,
        targets=one(made.keys["hub"]),
        snapshot=one(online),
        timestamp=one(online),
        at=made.at,
    )
    issuer = Issuer(id="CN-51", name_zh="四川省", name_en="Sichuan", types=TYPES)
    repository.add_issuer(issuer, one(made.keys["CN-51"]), at=made.at)
    records = tuple(KeyRecord(key=signer.public_key) for signer in ISSUING)
    repository.put_key_set(KeySet(issuer="CN-51", keys=records), at=made.at)
    repository.sign(*roots[:by], made.keys["hub"], made.keys["CN-51"])
    return World(at=made.at, keys=made.keys, repository=repository), roots


@KINDS
def test_it_syncs_rotates_and_opens_offline(kind: str, tmp_path: Path) -> None:
    made, roots = registry(kind)
    made.publish()
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    made.repository.set_root_keys("timestamp", one(made.keys["online"]), at=made.at)
    made.repository.sign(*roots)
    made.publish()
    sync(store, URL, root=made.root, fetcher=made.mirror())
    trust = TrustStore(tmp_path / "store").open(at=made.at)
    (held,) = trust.registries
    assert held.chain.roles["root"].version == 2
    assert trust.as_of == made.at
    judge = Verifier(trust, policy=PINNED)
    claims = proof(issued_at=made.at, expires=made.at + 3_600, status=None)
    for signer in ISSUING:
        for form in ("compact", "jwt"):
            text = issue(claims, signer, format=form)
            assert judge.check(text, at=made.at + 60).verdict is Verdict.VALID
        stranger = issue(claims, signers(kind)[0])
        assert judge.check(stranger, at=made.at + 60).verdict is not Verdict.VALID


@KINDS
def test_one_of_two_signatures_is_too_few(kind: str) -> None:
    made, _ = registry(kind, by=1)
    with pytest.raises(TrustError, match="root"):
        made.publish()


@KINDS
def test_a_signature_that_was_changed_counts_no_more(kind: str, tmp_path: Path) -> None:
    made, _ = registry(kind)
    made.publish()
    root: Metadata[Root] = Metadata.from_bytes(made.root)
    keyid = next(iter(root.signatures))
    value = root.signatures[keyid].signature
    root.signatures[keyid].signature = value[:-1] + ("0" if value[-1] != "0" else "1")
    with pytest.raises(TrustError):
        sync(TrustStore(tmp_path), URL, root=root.to_bytes(), fetcher=Mirror(made.files))


def test_a_hybrid_quorum_always_holds_both_kinds() -> None:
    classical = [PrivateKey.generate("Ed25519").public_key for _ in range(3)]
    new = [PrivateKey.generate(ML_DSA_44).public_key for _ in range(3)]
    for left, right, threshold in ((1, 1, 2), (2, 2, 3), (3, 1, 4), (1, 3, 4), (3, 3, 4)):
        keys = hybrid([*classical[:left], *new[:right]])
        assert keys.threshold == threshold
        assert is_hybrid(keys)
        assert not is_hybrid(RoleKeys(keys=keys.keys, threshold=threshold - 1))
    for alone in (classical, new, []):
        with pytest.raises(MalformedError, match="both kinds"):
            hybrid(alone)


def test_key_ids_depend_on_every_part_of_an_sm2_key() -> None:
    plain, named = (ReferenceSigner(7).public_key, ReferenceSigner(7, "another").public_key)
    ids = {schemes.key_of(key).keyid for key in (plain, named, ReferenceSigner(8).public_key)}
    assert len(ids) == 3
    again = schemes.Sm2Key.from_dict("id", schemes.key_of(named).to_dict())
    assert again.to_dict() == schemes.key_of(named).to_dict()


@pytest.mark.parametrize(
    "keyval",
    [
        {},
        {"public": 7},
        {"public": "-----BEGIN PUBLIC KEY-----"},
        {"public": PrivateKey.generate().public_key.to_pem().decode()},
        {"public": ReferenceSigner(7).public_key.to_pem().decode(), "sm2_id": 7},
        {"public": ReferenceSigner(7).public_key.to_pem().decode(), "sm2_id": "x" * 9_000},
    ],
)
def test_what_is_no_sm2_key_is_no_metadata(keyval: dict[str, object]) -> None:
    fields = {"keytype": "sm2", "scheme": "sm2-sm3", "keyval": keyval}
    with pytest.raises(ValueError, match=r"."):
        schemes.Sm2Key.from_dict("id", fields)


def test_a_signature_of_another_key_or_form_is_refused() -> None:
    from securesystemslib.exceptions import UnverifiedSignatureError
    from securesystemslib.signer import Signature

    key = schemes.key_of(ReferenceSigner(7).public_key)
    good = TufSigner(ReferenceSigner(7)).sign(b"data")
    key.verify_signature(good, b"data")
    for bad in (
        Signature("another", good.signature),
        Signature(key.keyid, "zz"),
        Signature(key.keyid, good.signature[:-2]),
        Signature(key.keyid, "00" * 64),
    ):
        with pytest.raises(UnverifiedSignatureError):
            key.verify_signature(bad, b"data")


def test_an_rsa_key_signs_no_registry() -> None:
    with pytest.raises(UnsupportedError, match="signs no registry"):
        schemes.key_of(PrivateKey.generate("PS256").public_key)
