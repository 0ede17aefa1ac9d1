from __future__ import annotations

from typing import Any

import pytest
from tests.support import signer

from trustcert.claims import confirmation
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.keys import ED25519, ESP256, ESP384, Algorithm

ROWS = (ED25519, ESP256, ESP384)
EC = confirmation.to_cose(signer().public_key)[1]
OKP = confirmation.to_cose(signer(algorithm=ED25519).public_key)[1]
JWK = confirmation.to_json(signer().public_key)["jwk"]


@pytest.mark.parametrize("row", ROWS)
def test_a_holder_key_reads_back_in_both_forms(row: Algorithm) -> None:
    key = signer(algorithm=row).public_key
    assert confirmation.from_cose(confirmation.to_cose(key)) == key
    assert confirmation.from_json(confirmation.to_json(key)) == key


def test_the_labels_are_those_of_rfc_9053() -> None:
    assert (set(EC), EC[1], EC[-1]) == ({1, -1, -2, -3}, 2, 1)
    assert (set(OKP), OKP[1], OKP[-1]) == ({1, -1, -2}, 1, 6)
    assert set(JWK) == {"kty", "crv", "x", "y"}


@pytest.mark.parametrize(
    "value",
    [
        None, [], {}, {1: []}, {2: EC}, {1: EC, 3: 1}, {1: {}}, {1: EC | {2: b"kid"}},
        {1: EC | {-4: b"secret"}}, {1: EC | {1: "EC"}}, {1: EC | {-2: "x"}},
        {1: EC | {-2: b""}}, {1: EC | {-2: bytes(32)}}, {1: EC | {-3: True}},
        {1: {k: v for k, v in EC.items() if k != -3}}, {1: OKP | {-3: bytes(32)}},
    ],
)  # fmt: skip
def test_a_cose_key_that_is_not_just_so_is_malformed(value: Any) -> None:
    with pytest.raises(MalformedError):
        confirmation.from_cose(value)


@pytest.mark.parametrize("value", [{1: EC | {-1: 3}}, {1: EC | {1: 4}}, {1: OKP | {-1: 4}}])
def test_other_kinds_of_cose_key_are_unsupported(value: Any) -> None:
    with pytest.raises(UnsupportedError):
        confirmation.from_cose(value)


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"jwk": []}, {"jku": "x"}, {"jwk": JWK, "kid": "x"}, {"jwk": JWK | {"d": "AA"}},
     {"jwk": JWK | {"x": 1}}, {"jwk": JWK | {"crv": ["P-256"]}}],
)  # fmt: skip
def test_a_jwk_that_is_not_just_so_is_malformed(value: Any) -> None:
    with pytest.raises(MalformedError):
        confirmation.from_json(value)


def test_other_kinds_of_jwk_are_unsupported() -> None:
    with pytest.raises(UnsupportedError):
        confirmation.from_json({"jwk": JWK | {"crv": "P-521"}})
