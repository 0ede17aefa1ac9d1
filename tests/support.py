"""A small trusted world for tests: two provinces, their keys, one status list, one policy.

Nothing here is a secret and nothing is random: private keys are derived from public labels.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from msgspec.structs import replace

from trustcert import cose, formats
from trustcert.claims import Claims, Colour, HealthProof, Holder, Outcome, StatusReference
from trustcert.encoding import base45, base64url, cbor, json
from trustcert.issuer import issue
from trustcert.keys import ED25519, ESP256, ESP384, Algorithm, PrivateKey, PublicKey
from trustcert.policy import from_document
from trustcert.registry.trust import HeldList, KeyState, Trust, TrustedKey
from trustcert.report import Reason, Report, Step, Verdict
from trustcert.status.indices import from_indices
from trustcert.status.statuslist import State, StatusList
from trustcert.verifier import Verifier

HOUR: Final = 3600
DAY: Final = 24 * HOUR
NOW: Final = 1_583_110_800
"""2020-03-02T09:00:00+08:00."""
ISSUED: Final = NOW - DAY
SAMPLED: Final = ISSUED - HOUR
EXPIRES: Final = NOW + 6 * DAY
SYNCED: Final = NOW - HOUR

SICHUAN: Final = "CN-51"
GUANGDONG: Final = "CN-44"
SHANGHAI: Final = "CN-31"

_ORDERS: Final = {
    ESP256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    ESP384: int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF"
        "581A0DB248B0A77AECEC196ACCC52973",
        16,
    ),
}
_CURVES: Final[dict[Algorithm, ec.EllipticCurve]] = {
    ESP256: ec.SECP256R1(),
    ESP384: ec.SECP384R1(),
}


@dataclass(frozen=True, slots=True)
class PublicTestSigner:
    """Signs with a key that everybody can derive, and always alike (RFC 8032, RFC 6979)."""

    native: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    public_key: PublicKey

    def sign(self, message: bytes) -> bytes:
        if isinstance(self.native, ed25519.Ed25519PrivateKey):
            return self.native.sign(message)
        size = self.public_key.algorithm.signature_bytes // 2
        digest = hashes.SHA256() if size == 32 else hashes.SHA384()
        der = self.native.sign(message, ec.ECDSA(digest, deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


@cache
def signer(label: str = "sichuan", algorithm: Algorithm = ESP256) -> PublicTestSigner:
    """Return the public test key of a label: its secret is SHA-512 of the label."""
    seed = hashlib.sha512(f"trustcert public test key {label} {algorithm.name}".encode()).digest()
    native: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    if algorithm is ED25519:
        native = ed25519.Ed25519PrivateKey.from_private_bytes(seed[:32])
    else:
        secret = int.from_bytes(seed, "big") % (_ORDERS[algorithm] - 1) + 1
        native = ec.derive_private_key(secret, _CURVES[algorithm])
    return PublicTestSigner(native, PrivateKey(native).public_key)


@dataclass(frozen=True, kw_only=True)
class FakeTrust(Trust):
    """Trust data in memory: fulfils :class:`trustcert.registry.trust.Trust`."""

    keys: tuple[TrustedKey, ...] = ()
    lists: tuple[HeldList, ...] = ()
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    as_of: int | None = None
    clock_floor: int = 0
    contacts: Mapping[str, str] = field(default_factory=dict)

    def as_of_issuer(self, issuer: str) -> int | None:  # noqa: ARG002 - the protocol's
        return self.as_of

    def keys_for(self, kid: bytes) -> tuple[TrustedKey, ...]:
        return tuple(
            entry for entry in self.keys if kid in (entry.key.kid, entry.key.kid.hex().encode())
        )

    def status_list(self, issuer: str, number: int) -> HeldList | None:
        for held in self.lists:
            if (held.list.issuer, held.list.number) == (issuer, number):
                return held
        return None

    def contact(self, issuer: str) -> str | None:
        return self.contacts.get(issuer)

    def policy_document(self, destination: str) -> Mapping[str, Any] | None:
        return self.documents.get(destination)


ALL_TYPES: Final = frozenset(
    {"health_code", "health_proof", "test_result", "vaccination", "licence", "qualification"}
)


def trusted(key: PublicKey | None = None, *, issuer: str = SICHUAN, **changed: Any) -> TrustedKey:
    """Return an active key of Sichuan that may sign everything, changed as said."""
    base = TrustedKey(
        key=key or signer().public_key,
        issuer=issuer,
        names=frozenset({issuer}),
        types=ALL_TYPES,
        state=KeyState.ACTIVE,
    )
    return replace(base, **changed)


STATES: Final = {State.INVALID: (7,), State.SUSPENDED: (8,), State.SUPERSEDED: (9, 10)}


def status_list(*, issuer: str = SICHUAN, number: int = 3, size: int = 1000) -> StatusList:
    """Return a list on which 7 is revoked, 8 suspended, 9 and 10 superseded (10 moved away)."""
    return StatusList(
        issuer=issuer,
        number=number,
        version=1,
        size=size,
        as_of=SYNCED,
        states={state: from_indices(found, size=size) for state, found in STATES.items()},
        moved={SHANGHAI: from_indices((10,), size=size)},
    )


def held(**changed: Any) -> HeldList:
    """Return Sichuan's status list as synced an hour ago, changed as said."""
    return replace(HeldList(list=status_list(), as_of=SYNCED), **changed)


POLICY: Final[dict[str, Any]] = {
    "destination": GUANGDONG,
    "recognises": [{"issuer": SICHUAN, "types": ["health_proof"]}],
    "rules": {
        "health_proof": {
            "colours": ["green"],
            "results": ["no_abnormality", "negative"],
            "test": {"hours": 72, "origin": "sampled", "inclusive": True},
        }
    },
}


def world(**changed: Any) -> FakeTrust:
    """Return trust data with Sichuan's key, list and Guangdong's policy, changed as said."""
    base = FakeTrust(
        keys=(trusted(),), lists=(held(),), documents={GUANGDONG: POLICY}, as_of=SYNCED
    )
    return dataclasses.replace(base, **changed)


def proof(**changed: Any) -> Claims:
    """Return the claims of a health proof that is in order, changed as said."""
    base = Claims(
        issuer=SICHUAN,
        issued_at=ISSUED,
        expires=EXPIRES,
        status=StatusReference(list=3, index=5),
        holder=Holder(name="胡志君"),
        details=HealthProof(colour=Colour.GREEN, sampled_at=SAMPLED, result=Outcome.NO_ABNORMALITY),
    )
    return replace(base, **changed)


def judge(text: str | bytes, *, at: int = NOW, trust: FakeTrust | None = None) -> Report:
    """Return Guangdong's report on ``text``."""
    return guangdong(trust).check(text, at=at)


def guangdong(trust: FakeTrust | None = None) -> Verifier:
    """Return Guangdong's verifier; picklable, so that processes can make their own."""
    return Verifier(trust or world(), destination=GUANGDONG)


def policy_with(**changed: Any) -> FakeTrust:
    """Return the world with Guangdong's policy changed at its top level."""
    document = {**POLICY, **changed}
    from_document(document)
    return world(documents={GUANGDONG: document})


def objection(report: Report) -> tuple[Verdict, Step, Reason]:
    """Return verdict, step and reason of a report that must have exactly one objection."""
    (found,) = report.objections
    assert report.verdict is found.verdict
    assert found.step in found.reason.steps
    assert found.verdict in found.reason.verdicts
    return report.verdict, found.step, found.reason


def binary(text: str) -> bytes:
    """Return the COSE_Sign1 of a compact text."""
    return base45.decode(text.removeprefix("TC1:"))


def compact(data: bytes) -> str:
    """Return the compact text of a COSE_Sign1."""
    return "TC1:" + base45.encode(data)


def token(header: Any, payload: Any, key: PublicTestSigner | None = None) -> str:
    """Return a JWT with any header and payload: JSON values, or bytes as they shall travel."""
    parts = [part if type(part) is bytes else json.encode(part) for part in (header, payload)]
    head = ".".join(base64url.encode(part) for part in parts)
    return f"{head}.{base64url.encode((key or signer()).sign(head.encode()))}"


def report(
    claims: Claims | None = None, *, trust: FakeTrust | None = None, at: int = NOW
) -> Report:
    """Issue claims with Sichuan's key and return what Guangdong says."""
    return judge(issue(claims or proof(), signer()), trust=trust, at=at)


def signed(change: Callable[[dict[Any, Any]], object]) -> str:
    """Return a compact code whose CWT map was changed before it was signed."""
    found = cbor.decode(formats.decode(issue(proof(), signer())).payload)
    change(found)
    return sealed(cbor.encode(found))


def header_of(algorithm: Algorithm, kid: bytes) -> bytes:
    """Return the native protected header of ``algorithm`` and ``kid``."""
    return cbor.encode({cose.ALG: algorithm.cose, cose.KID: kid})


def parts_of(data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return protected header, payload, signature and Sig_structure of a native message."""
    message = cose.read(data)
    return cbor.encode(message.protected), message.payload, message.signature, message.signed


def sealed(payload: bytes, key: PublicTestSigner | None = None) -> str:
    """Return a compact code around any payload, truly signed."""
    key = key or signer()
    protected = header_of(key.public_key.algorithm, key.public_key.kid)
    signature = key.sign(cose.to_be_signed(protected, payload))
    return compact(cose.join(protected, payload, signature))
