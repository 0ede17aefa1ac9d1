"""Project Wycheproof's signature vectors: 0 wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from trustcert.errors import VerificationError
from trustcert.keys import PublicKey

ROOT = Path(__file__).parents[2]
VECTORS = Path(os.environ.get("TRUSTCERT_VECTORS", ROOT.parent / "shared" / "vectors"))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("ecdsa_secp256r1_sha256_p1363_test", 262),
        ("ecdsa_secp384r1_sha384_p1363_test", 280),
        ("ed25519_test", 151),
    ],
)
def test_every_verdict_is_wycheproof_s(name: str, count: int) -> None:
    path = VECTORS / "wycheproof" / f"{name}.json"
    if not path.exists():
        pytest.skip("the vectors of Project Wycheproof are not beside this project")
    document = json.loads(path.read_text(encoding="utf-8"))
    judged = 0
    for group in document["testGroups"]:
        key = PublicKey(bytes.fromhex(group["publicKeyDer"]))
        assert PublicKey.from_pem(group["publicKeyPem"].encode()) == key
        if "publicKeyJwk" in group:
            assert PublicKey.from_jwk(group["publicKeyJwk"]) == key
        for case in group["tests"]:
            assert holds(key, case) == (case["result"] == "valid"), case["tcId"]
            judged += 1
    assert judged == count == document["numberOfTests"]


def holds(key: PublicKey, case: dict[str, Any]) -> bool:
    assert case["result"] in {"valid", "invalid"}
    try:
        key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
    except VerificationError:
        return False
    return True
