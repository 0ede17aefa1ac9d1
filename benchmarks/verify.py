"""Checking a credential, beside the raw signature check and beside what others do in its place.

Ours is the whole of ``Verifier.check``: seven steps and a report, against a registry of 34
provinces with 340 keys that was synced and opened again, and a status list of 10 million entries
with 1 % revoked. The peers decode and verify a signature with a key that they hold; none looks up
an issuer, a status, a policy. The bare pipelines are what neither they nor we can do without.
"""

from __future__ import annotations

import base64
import functools
import http.server
import json
import random
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import cbor2
import jwt as pyjwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jose import jwt as python_jose_jwt
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey
from joserfc.jwk import KeySet as JoserfcKeySet
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jwt as jwcrypto_jwt
from msgspec import structs

from measure import Elsewhere, Row, Timed, compare, main
from trustcert import (
    Claims,
    Colour,
    HealthProof,
    Holder,
    Outcome,
    PrivateKey,
    StatusReference,
    TrustStore,
    Verdict,
    Verifier,
    cose,
    issue,
)  # fmt: skip
from trustcert.bulk import check_many
from trustcert.claims import codec
from trustcert.encoding import base45, base64url, cbor
from trustcert.formats import decode
from trustcert.identifiers.divisions import PROVINCES
from trustcert.identifiers.documents import DocumentType
from trustcert.keys.der import der_from_raw
from trustcert.registry import publish
from trustcert.registry.model import Issuer, KeyRecord, KeySet
from trustcert.registry.repository import create
from trustcert.registry.roles import RoleKeys
from trustcert.status import snapshot
from trustcert.status.indices import from_indices
from trustcert.status.statuslist import State, StatusList
from trustcert.sync import sync

NOW = int(time.time())
LIST = 7
PEERS = Path(__file__).parent.parent / ".venv-peers" / "bin" / "python"


def world(folder: Path, size: int) -> tuple[Verifier, PrivateKey]:
    """Publish, serve, sync and open 34 provinces with 10 keys each; return a key of Sichuan."""
    role, signing = PrivateKey.generate("Ed25519"), PrivateKey.generate("ESP256")
    one = RoleKeys(keys=(role.public_key,))
    registry = create(root=one, targets=one, snapshot=one, timestamp=one, at=NOW)
    types = frozenset({"health_proof"})
    ids = [f"CN-{code}" for code in PROVINCES if code not in {"00", "66"}][:34]
    for id_ in ids:
        registry.add_issuer(Issuer(id=id_, name_zh=id_, name_en=id_, types=types), one, at=NOW)
        registry.delegate_status(id_, one, at=NOW)
        keys = [PrivateKey.generate("ESP256") for _ in range(9 if id_ == "CN-51" else 10)]
        records = [KeyRecord(key=key.public_key, not_before=NOW - 86_400) for key in keys]
        if id_ == "CN-51":
            records.append(KeyRecord(key=signing.public_key, not_before=NOW - 86_400))
        registry.put_key_set(KeySet(issuer=id_, keys=tuple(records)), at=NOW)
    recognised = [{"issuer": id_, "types": ["health_proof"]} for id_ in ids]
    rule = {"colours": ["green"], "results": ["no_abnormality"],
            "test": {"hours": 72, "origin": "sampled", "inclusive": True}}  # fmt: skip
    document = {"destination": "CN-44", "recognises": recognised, "rules": {"health_proof": rule}}
    registry.put_policy("CN-44", document, at=NOW)
    revoked = random.Random(0).sample(range(1, size), size // 100)  # noqa: S311 - reproducible
    states = {State.INVALID: from_indices(sorted(revoked), size=size)}
    held = StatusList(issuer="CN-51", number=LIST, version=1, size=size, as_of=NOW, states=states)
    registry.put_status("CN-51", LIST, snapshot.encode(held), at=NOW)
    registry.sign(role)
    publish.publish(registry, folder / "www", role, at=NOW)
    store = TrustStore(folder / "store")
    with served(folder / "www") as url:
        sync(store, url, root=registry.roots[1])
    return Verifier(store.open(at=NOW), destination="CN-44"), signing


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve ``folder`` on loopback."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def claims() -> Claims:
    """Return a health proof of ordinary size."""
    return Claims(
        issuer="CN-51",
        issued_at=NOW - 3600,
        expires=NOW + 7 * 86_400,
        status=StatusReference(list=LIST, index=0),
        holder=Holder(
            name="张伟",
            document_type=DocumentType.CITIZEN_ID,
            document_tail="002X",
            document_digest=bytes(17),
        ),
        details=HealthProof(
            colour=Colour.GREEN, sampled_at=NOW - 7200, result=Outcome.NO_ABNORMALITY
        ),
    )


def raw(key: PrivateKey, text: str) -> Callable[[], object]:
    """Return the check that nobody can do without."""
    native = load_der_public_key(key.public_key.spki)
    assert isinstance(native, ec.EllipticCurvePublicKey)
    envelope = decode(text)
    signature, scheme = der_from_raw(envelope.signature), ec.ECDSA(hashes.SHA256())
    return lambda: native.verify(signature, envelope.signed, scheme)


def bare(key: PrivateKey, text: str, token: str) -> dict[str, Callable[[], object]]:
    """Return what no reader of these forms can do without: unpack, verify, parse; no answer yet."""
    native = load_der_public_key(key.public_key.spki)
    assert isinstance(native, ec.EllipticCurvePublicKey)
    scheme = ec.ECDSA(hashes.SHA256())

    def compact() -> object:
        message = cose.read_deterministic(base45.decode(text[4:]))
        native.verify(der_from_raw(message.signature), message.signed, scheme)
        return cbor2.loads(message.payload)

    def jws() -> object:
        signed, _, signature = token.rpartition(".")
        raw_signature = base64.urlsafe_b64decode(signature + "==")
        native.verify(der_from_raw(raw_signature), signed.encode(), scheme)
        return json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))

    return {"bare pipeline, compact": compact, "bare pipeline, JWT": jws}


def jwt_peers(key: PrivateKey, token: str) -> dict[str, Callable[[], object]]:
    """Return what others do with the JWT form: header, signature, registered claims."""
    with warnings.catch_warnings(action="ignore"):
        from authlib.jose import jwt as authlib_jwt
    jwk = key.public_key.to_jwk()
    pem = key.public_key.to_pem()
    native = pyjwt.PyJWK(jwk)
    joserfc_keys = JoserfcKeySet([ECKey.import_key(jwk)])
    jwcrypto_key = jwcrypto_jwk.JWK(**jwk)
    return {
        "PyJWT, JWT": lambda: pyjwt.decode(token, native, algorithms=["ES256"]),
        "joserfc, JWT": lambda: joserfc_jwt.decode(token, joserfc_keys, algorithms=["ES256"]),
        "authlib, JWT": lambda: authlib_jwt.decode(token, jwk).validate(),
        "jwcrypto, JWT": lambda: jwcrypto_jwt.JWT(jwt=token, key=jwcrypto_key, algs=["ES256"]),
        "python-jose, JWT": lambda: python_jose_jwt.decode(token, pem, algorithms=["ES256"]),
    }


def cbor_peers(key: PrivateKey) -> dict[str, Timed]:
    """Return what others do with the compact form, where their environment was made.

    They do not know the fully specified ESP256 yet, so theirs says ES256 (-7).
    """
    if not PEERS.exists():
        print(f"(no {PEERS.parent.parent.name}: `make bench` makes it, for cwt and pycose)")
        return {}
    jwk = key.public_key.to_jwk()
    protected = cbor.encode({cose.ALG: key.public_key.algorithm.cose_polymorphic,
                             cose.KID: key.public_key.kid})  # fmt: skip
    payload = cbor.encode(codec.to_cbor(claims()))
    signature = key.sign(cose.to_be_signed(protected, payload))
    given = {
        "text": "TC1:" + base45.encode(cose.join(protected, payload, signature)),
        "pem": key.public_key.to_pem().decode(),
        "kid": key.public_key.kid.hex(),
        "x": base64url.decode(jwk["x"]).hex(),
        "y": base64url.decode(jwk["y"]).hex(),
    }
    script = Path(__file__).parent / "peers" / "worker.py"
    return {
        f"{peer}, base45 COSE": Elsewhere(PEERS, script, {"peer": peer} | given)
        for peer in ("cwt", "pycose")
    }


def many(verifier: Verifier, text: str, quick: bool) -> list[Row]:
    """Measure many at once: one by one, and two threads in chunks."""
    texts = [text] * (2_000 if quick else 20_000)
    with ThreadPoolExecutor(2) as pool:
        return compare(
            "many at once, two cores",
            {
                "one by one": lambda: list(check_many(verifier, texts, at=NOW)),
                "two threads, chunks of 100": lambda: list(
                    check_many(verifier, texts, at=NOW, executor=pool, chunk=100)
                ),
                "two threads, chunks of 1,000": lambda: list(
                    check_many(verifier, texts, at=NOW, executor=pool)
                ),
            },
            limit="one by one",
            quick=True,
            unit="ms",
        )


def run(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        verifier, key = world(Path(folder), 1_000_000 if quick else 10_000_000)
    text, token = issue(claims(), key), issue(claims(), key, format="jwt")
    assert verifier.check(text, at=NOW).verdict is Verdict.VALID
    assert verifier.check(token, at=NOW).verdict is Verdict.VALID
    edwards = PrivateKey.generate("Ed25519")
    message = decode(text).signed
    signed = edwards.sign(message)
    cases: dict[str, Callable[[], object] | Timed] = {
        "raw ES256 verify (cryptography)": raw(key, text),
        "raw Ed25519 verify": lambda: edwards.public_key.verify(signed, message),
        "trustcert, compact: Verifier.check": lambda: verifier.check(text, at=NOW),
        "trustcert, JWT: Verifier.check": lambda: verifier.check(token, at=NOW),
    }
    cases |= bare(key, text, token)
    cases |= jwt_peers(key, token)
    cases |= cbor_peers(key)
    rows = compare("verify one", cases, limit="raw ES256 verify (cryptography)", quick=quick)
    late = issue(structs.replace(claims(), expires=NOW - 60), key)
    rows += compare(
        "refuse one",
        {
            "raw ES256 verify (cryptography)": raw(key, text),
            "expired": lambda: verifier.check(late, at=NOW),
            "damaged": lambda: verifier.check(text[:-3], at=NOW),
            "no code at all": lambda: verifier.check("https://example.org/", at=NOW),
        },
        limit="raw ES256 verify (cryptography)",
        quick=quick,
    )
    return rows + many(verifier, text, quick)


if __name__ == "__main__":
    sys.exit(main(run))
