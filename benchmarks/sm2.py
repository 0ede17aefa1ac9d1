"""SM2: one check of ours, table or no table, beside Tongsuo's verify and the plain-Python peers.

``Verifier.check`` is the whole of it: seven steps, status list, policy and report. Tongsuo and the
peers verify one signature with a key that they hold. All must accept the good signature and
refuse a changed one, or the run ends. Also what a table costs: time, and memory.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import gmalg as gmalg_package
from gmssl import sm2 as gmssl_sm2
from pysmx import SM2 as SMX
from tongsuopy.crypto import hashes, serialization
from tongsuopy.crypto.asymciphers import ec

from measure import Row, compare, main
from trustcert import (
    Claims,
    Colour,
    HealthProof,
    Holder,
    Outcome,
    PrivateKey,
    StatusReference,
    Verdict,
    Verifier,
    issue,
)
from trustcert.formats import decode
from trustcert.keys import sm2
from trustcert.keys.der import der_from_raw
from trustcert.keys.sm2 import Sm2PublicKey
from trustcert.keys.sm2_curve import Table
from trustcert.policy import from_document
from trustcert.registry.pinned import PinnedTrust
from trustcert.registry.trust import HeldList, TrustedKey
from trustcert.status.indices import from_indices
from trustcert.status.statuslist import State, StatusList

NOW = int(time.time())
DOCUMENT = {
    "destination": "CN-44",
    "recognises": [{"issuer": "CN-51", "types": ["health_proof"]}],
    "rules": {
        "health_proof": {
            "colours": ["green"],
            "results": ["no_abnormality"],
            "test": {"hours": 72, "origin": "sampled", "inclusive": True},
        }
    },
}


def run(quick: bool) -> list[Row]:
    signer = PrivateKey.generate("SM2")
    text = issue(claims(), signer)
    judge = verifier(signer)
    assert judge.check(text, at=NOW).verdict is Verdict.VALID
    envelope = decode(text)
    signature, message = envelope.signature, envelope.signed
    warm, point = Sm2PublicKey(point_of(signer)), point_of(signer)
    for _ in range(12):
        warm.verify(signature, message)
        judge.check(text, at=NOW)
    fast: dict[str, Callable[[bytes], object]] = {
        "tongsuopy verify": tongsuo(warm.spki, message),
        "ours: verify, key with its table": lambda given: warm.verify(given, message),
        "ours: verify, key without a table": cold(point, message),
    }
    slow = {
        "gmssl verify, plain Python": gmssl(point, message),
        "gmalg verify, plain Python": gmalg(point, message),
        "snowland-smx verify, plain Python": smx(point, message),
    }
    for name, verify in (fast | slow).items():
        check(name, verify, signature)
    calls = {name: bound(verify, signature) for name, verify in fast.items()}
    calls["ours: Verifier.check, key with its table"] = lambda: judge.check(text, at=NOW)
    rows = compare("SM2: checking", calls, limit="tongsuopy verify", quick=quick)
    peers = {name: bound(verify, signature) for name, verify in slow.items()}
    ours = "ours: verify, key with its table"
    peers[ours] = calls[ours]
    rows += compare("SM2: plain Python", peers, limit=ours, quick=quick)
    return rows + costs(warm)


def claims() -> Claims:
    details = HealthProof(colour=Colour.GREEN, sampled_at=NOW - 7200, result=Outcome.NO_ABNORMALITY)
    return Claims(
        issuer="CN-51",
        issued_at=NOW - 3600,
        expires=NOW + 86_400,
        status=StatusReference(list=3, index=77),
        holder=Holder(name="胡志君"),
        details=details,
    )


def verifier(signer: PrivateKey) -> Verifier:
    key = TrustedKey(
        key=signer.public_key,
        issuer="CN-51",
        names=frozenset({"CN-51"}),
        types=frozenset({"health_proof"}),
    )
    size = 1_000_000
    states = {State.INVALID: from_indices(range(3, size, 100), size=size)}
    held = HeldList(
        list=StatusList(
            issuer="CN-51", number=3, version=1, size=size, as_of=NOW - 60, states=states
        ),
        as_of=NOW - 60,
    )
    return Verifier(PinnedTrust.of((key,), lists=(held,)), policy=from_document(DOCUMENT))


def point_of(signer: PrivateKey) -> bytes:
    return signer.public_key.spki[len(sm2.SPKI_PREFIX) :]


def bound(verify: Callable[[bytes], object], signature: bytes) -> Callable[[], object]:
    return lambda: verify(signature)


def tongsuo(spki: bytes, message: bytes) -> Callable[[bytes], object]:
    key, scheme = serialization.load_der_public_key(spki), ec.ECDSA(hashes.SM3())
    return lambda signature: key.verify(der_from_raw(signature), message, scheme)


class Cold(Sm2PublicKey):
    """A key that never gets a table."""

    def _table(self) -> None:
        return None


def cold(point: bytes, message: bytes) -> Callable[[bytes], object]:
    key = Cold(point)
    return lambda signature: key.verify(signature, message)


def gmssl(point: bytes, message: bytes) -> Callable[[bytes], object]:
    peer = gmssl_sm2.CryptSM2(private_key="", public_key=point[1:].hex())
    return lambda signature: peer.verify_with_sm3(signature.hex(), message)


def gmalg(point: bytes, message: bytes) -> Callable[[bytes], object]:
    peer = gmalg_package.SM2(uid=sm2.DEFAULT_ID.encode(), pk=point)
    return lambda signature: peer.verify(message, signature[:32], signature[32:])


def smx(point: bytes, message: bytes) -> Callable[[bytes], object]:
    uid = sm2.DEFAULT_ID
    return lambda signature: SMX.Verify(signature, message, point[1:], uid=uid)


def check(name: str, verify: Callable[[bytes], object], good: bytes) -> None:
    """Assert that ``verify`` tells the good signature from a changed one."""
    assert verify(good) is not False, name
    bad = good[:-1] + bytes((good[-1] ^ 1,))
    try:
        refused = verify(bad) is False
    except Exception:  # noqa: BLE001 - each has its own way to refuse
        refused = True
    assert refused, name


def costs(key: Sm2PublicKey) -> list[Row]:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        Table(key.x, key.y)
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    table = Table(key.x, key.y)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert table is not None
    times.sort()
    spread = (times[-1] - times[0]) * 1e3
    group = "SM2: a key's table"
    return [
        Row(group=group, what="time to make it", unit="ms", median=times[2] * 1e3,
            spread=spread, ratio=None),
        Row(group=group, what="memory", unit="kB", median=size / 1e3, spread=0.0, ratio=None),
    ]  # fmt: skip


if __name__ == "__main__":
    main(run)
