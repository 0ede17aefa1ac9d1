"""S23: hostile codes: bombs, nesting, duplicates, trailing bytes, unknown critical claims."""

from __future__ import annotations

import zlib

import pytest
from tests.scenarios.country import policy, proof, signed, t, verifier
from tests.support import binary, compact, header_of, parts_of, signer

from trustcert import cose
from trustcert.encoding import base45, cbor
from trustcert.gate import Shift
from trustcert.report import Verdict

NOW = t("2026-03-02 09:00")
GOOD = signed(proof(NOW - 3600))
KEY = signer("CN-51")


def payload(data: bytes) -> str:
    """Return a well-signed code around any bytes: an insider's worst."""
    protected = header_of(KEY.public_key.algorithm, KEY.public_key.kid)
    signature = KEY.sign(cose.to_be_signed(protected, data))
    return compact(cose.join(protected, data, signature))


CLAIMS = parts_of(binary(GOOD))[1]
HOSTILE = {
    "bomb": "HC1:" + base45.encode(zlib.compress(bytes(4_000_000), 9)),
    "nested": payload(b"\x81" * 4_000 + b"\x00"),
    "duplicate": payload(b"\xa2\x01\x61a\x01\x61b"),
    "trailing": payload(CLAIMS + b"\x00"),
    "cut": GOOD[: len(GOOD) // 2],
    "longer": GOOD + "000",
    "huge integer": payload(cbor.encode({6: 1 << 63})),
    "bignum": payload(b"\xc2\x58\x40" + bytes(64)),
    "unknown claim": payload(cbor.encode({**cbor.decode(CLAIMS), 99: True})),
    "long": "TC1:" + "0" * 100_000,
    "live bomb": "TCL1:999" + "0" * 2_000 + GOOD,
    "live in live": "TCL1:003AAATCL1:003AAA" + GOOD,
    "live without code": "TCL1:003AAA",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_never_valid_and_never_raises(name: str) -> None:
    found = Shift(verifier(policy()), name="gz").scan(HOSTILE[name], at=NOW).report
    assert found.verdict is not Verdict.VALID
    assert "internal" not in [reason.value for reason in found.reasons]


def test_the_unspoiled_one_passes() -> None:
    assert verifier(policy()).check(payload(CLAIMS), at=NOW).verdict is Verdict.VALID
