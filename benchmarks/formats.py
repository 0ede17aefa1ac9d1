"""Checking foreign codes and SD-JWTs, beside the raw signature check and the peers' own checks.

Ours is the whole of ``Verifier.check`` against pinned keys, report included. The peers decode and
verify the signature with a key that they hold, and judge nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt as pyjwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey

from measure import Elsewhere, Row, Timed, compare, main
from trustcert.formats import decode, hcert, jwt, nzcp, sdjwt, shc
from trustcert.keys import PrivateKey
from trustcert.keys.der import der_from_raw
from trustcert.keys.thumbprint import thumbprint
from trustcert.policy import PINNED
from trustcert.registry.pinned import PinnedTrust
from trustcert.registry.trust import TrustedKey
from trustcert.report import Verdict
from trustcert.verifier import Verifier

NOW = int(time.time())
DAY = 86_400
KEY = PrivateKey.generate("ESP256")
KID = b"12345678"
PEERS = Path(__file__).parent.parent / ".venv-peers" / "bin" / "python"
EVENT = {
    "tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2,
    "sd": 2, "dt": "2021-02-18", "co": "AT", "is": "Ministry of Health, Austria",
    "ci": "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B",
}  # fmt: skip
NAMES = {"fn": "Musterfrau-Gößinger", "fnt": "MUSTERFRAU<GOESSINGER", "gn": "Gabriele",
         "gnt": "GABRIELE"}  # fmt: skip
DCC = {"ver": "1.3.0", "nam": NAMES, "dob": "1998-02-26", "v": [EVENT]}
BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"fullUrl": "resource:0",
         "resource": {"resourceType": "Patient", "birthDate": "1951-01-20",
                      "name": [{"family": "Anyperson", "given": ["John", "B."]}]}},
        *({"fullUrl": f"resource:{number}",
           "resource": {"resourceType": "Immunization", "status": "completed",
                        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx",
                                                    "code": "207"}]},
                        "patient": {"reference": "resource:0"},
                        "occurrenceDateTime": f"2021-0{number}-01", "lotNumber": "0000001"}}
          for number in (1, 2)),
    ],
}  # fmt: skip


def texts() -> dict[str, str]:
    """Return one code a format, all by one key."""
    from trustcert.claims import Claims, Colour, HealthProof, Holder

    native = Claims(
        issuer="AT",
        issued_at=NOW - DAY,
        expires=NOW + DAY,
        holder=Holder(name="Gabriele Musterfrau"),
        details=HealthProof(colour=Colour.GREEN, sampled_at=NOW - DAY),
    )
    vc = {"type": [shc.TYPE], "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": BUNDLE}}
    return {
        "HC1": hcert.write({1: "AT", 4: NOW + DAY, 6: NOW - DAY, -260: {1: DCC}}, KEY, kid=KID),
        "SMART Health Card": shc.write({"iss": "AT", "nbf": NOW - DAY, "vc": vc}, KEY),
        "NZ COVID Pass": nzcp.write(
            issuer="did:web:at", kid="key-1", signer=KEY,
            subject={"givenName": "Jack", "familyName": "Sparrow", "dob": "1960-04-16"},
            validity=(NOW - DAY, NOW + DAY),
        ),
        "JWT": jwt.encode(native, KEY),
        "SD-JWT, one disclosure": sdjwt.issue(native, KEY),
    }  # fmt: skip


def verifier() -> Verifier:
    """Return a verifier that has the key pinned under every kid of these formats."""
    kids = (KID, b"key-1", thumbprint(KEY.public_key).encode(), KEY.public_key.kid.hex().encode())
    owner = TrustedKey(
        key=KEY.public_key, issuer="AT", names=frozenset({"AT", "did:web:at"}), types=None
    )
    return Verifier(PinnedTrust([(kid, owner) for kid in kids]), policy=PINNED)


def raw_check(text: str) -> Callable[[], object]:
    """Return the bare check of a code's signature with a loaded key: the limit."""
    envelope = decode(text)
    native: Any = load_der_public_key(KEY.public_key.spki)
    der = der_from_raw(envelope.signature)
    scheme = ec.ECDSA(hashes.SHA256())
    return lambda: native.verify(der, envelope.signed, scheme)


def run(quick: bool) -> list[Row]:
    """Return the rows."""
    found, judge = texts(), verifier()
    cases: dict[str, Callable[[], object] | Timed] = {"raw ES256 verify": raw_check(found["HC1"])}
    for name, text in found.items():
        report = judge.check(text, at=NOW)
        assert report.verdict is not Verdict.INVALID, (name, report)
        cases[f"trustcert, {name}"] = lambda text=text: judge.check(text, at=NOW)
    cases |= peers(found)
    return compare("Checking foreign codes", cases, limit="raw ES256 verify", quick=quick)


def peers(found: dict[str, str]) -> dict[str, Callable[[], object] | Timed]:
    """Return what others do with the same texts."""
    from jwcrypto.jwk import JWK
    from sd_jwt.verifier import SDJWTVerifier

    public = KEY.public_key.to_jwk()
    native: Any = load_der_public_key(KEY.public_key.spki)
    known, held = ECKey.import_key(public), JWK(**public)
    token, hidden = found["JWT"], found["SD-JWT, one disclosure"]
    cases: dict[str, Callable[[], object] | Timed] = {
        "PyJWT, JWT": lambda: pyjwt.decode(token, native, algorithms=["ES256"]),
        "joserfc, JWT": lambda: joserfc_jwt.decode(token, known, algorithms=["ES256"]),
        "sd-jwt, SD-JWT": lambda: SDJWTVerifier(hidden, lambda *_: held).get_verified_payload(),
    }
    if PEERS.exists():
        cases["cwt, HC1 text"] = Elsewhere(
            PEERS,
            Path(__file__).parent / "peers" / "worker.py",
            {
                "peer": "cwt_hc1",
                "text": found["HC1"],
                "kid": KID.hex(),
                "pem": KEY.public_key.to_pem().decode(),
            },
        )
    else:
        print(f"(no {PEERS.parent.parent.name}: `make bench` makes it, for cwt)")
    return cases


if __name__ == "__main__":
    main(run)
