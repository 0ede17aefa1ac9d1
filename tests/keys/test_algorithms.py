from __future__ import annotations

import pickle

import pytest

from trustcert.errors import MalformedError
from trustcert.keys import ALGORITHMS, ED25519, ESP256, ESP384, Algorithm, PrivateKey, named


@pytest.mark.parametrize(
    ("row", "cose", "polymorphic", "jose", "kty", "crv", "size"),
    [
        (ED25519, -19, -8, "Ed25519", "OKP", "Ed25519", 64),
        (ESP256, -9, -7, "ES256", "EC", "P-256", 64),
        (ESP384, -51, -35, "ES384", "EC", "P-384", 96),
    ],
)
def test_rows_hold_the_identifiers_of_rfc_9864(  # noqa: PLR0913, PLR0917 - one a column
    row: Algorithm, cose: int, polymorphic: int, jose: str, kty: str, crv: str, size: int
) -> None:
    assert row in ALGORITHMS
    assert (row.cose, row.cose_polymorphic, row.jose) == (cose, polymorphic, jose)
    assert (row.kty, row.crv, row.signature_bytes) == (kty, crv, size)


def test_no_two_rows_share_an_identifier() -> None:
    for identifiers in (
        [row.name for row in ALGORITHMS],
        [row.cose for row in ALGORITHMS],
        [row.jose for row in ALGORITHMS],
        [row.cose_polymorphic for row in ALGORITHMS if row.cose_polymorphic is not None],
    ):
        assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("Ed25519", ED25519),
        ("EdDSA", ED25519),
        ("ESP256", ESP256),
        ("ES256", ESP256),
        ("ESP384", ESP384),
        ("ES384", ESP384),
    ],
)
def test_rows_are_found_by_every_name(name: str, row: Algorithm) -> None:
    assert named(name) is row


@pytest.mark.parametrize("name", ["", "none", "HS256", "RS256", "ES512", "es256", "ES256 "])
def test_any_other_name_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(MalformedError, match=r"algorithm must be one of: Ed25519, .*ES256"):
        named(name)


def test_a_row_stays_itself_in_another_process() -> None:
    for row in ALGORITHMS:
        assert pickle.loads(pickle.dumps(row)) is row  # noqa: S301 - our own bytes
        assert repr(row) == f"<Algorithm {row.name}>"


def test_a_key_takes_its_row_from_the_table() -> None:
    for row in (ED25519, ESP256, ESP384):
        assert PrivateKey.generate(row).public_key.algorithm is row
        assert PrivateKey.generate(row.name).public_key.algorithm is row
        assert PrivateKey.generate(row.jose).public_key.algorithm is row
    assert PrivateKey.generate().public_key.algorithm is ESP256
    with pytest.raises(MalformedError):
        PrivateKey.generate("RS256")
