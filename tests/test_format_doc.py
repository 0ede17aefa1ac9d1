"""``docs/format.md`` says what the code does."""

from __future__ import annotations

import hashlib

import pytest
from tests.format_doc import KEY, NAME, PAGE, PARTS, TEXT, generated
from tests.samples import NAMES, full_proof
from tests.support import ISSUED, binary

from trustcert import formats
from trustcert.claims import Colour, HealthProof, StatusReference, confirm_document
from trustcert.formats import compact
from trustcert.qr.symbol import matrix

CAPACITY = {9: 262, 10: 311}
"""Alphanumeric characters at M: ISO/IEC 18004:2015, table 7."""


def test_every_generated_part_is_what_the_code_gives() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert generated(page) == page
    for name in PARTS:
        assert page.count(f"<!-- generated: {name} -->") == 1
        assert page.count(f"<!-- end of {name} -->") == 1


def test_native_codes_of_the_four_sample_people_fit_version_9_and_10_at_m() -> None:
    lengths = [len(name) for name in NAMES]
    assert (lengths, list(NAMES.values())) == ([2, 3, 16, 38], [9, 9, 10, 10])
    assert [sum(ord(c) > 0xFFFF for c in name) for name in NAMES] == [0, 2, 0, 0]
    for name, version in NAMES.items():
        text = compact.encode(full_proof(name), KEY)
        assert len(text) <= CAPACITY[version]
        assert matrix(text, error_correction="M").version <= version


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_proofs_carry_all_that_a_train_needs(name: str) -> None:
    found = formats.open_claims(formats.decode(compact.encode(full_proof(name), KEY)))
    assert (found.issuer, found.issued_at, found.expires) == (
        "CN-51",
        ISSUED,
        ISSUED + 7 * 86_400,
    )
    assert found.holder.name == name
    assert found.holder.document_tail == "002X"
    assert confirm_document(found.holder, "11010519491231002X")
    assert found.status == StatusReference(list=3, index=812_345)
    assert isinstance(found.details, HealthProof)
    assert found.details.colour is Colour.GREEN
    assert found.details.sampled_at == ISSUED - 3600


def test_the_example_can_be_computed_with_the_standard_library() -> None:
    """The kid, the signed bytes and the digest of the worked example, by the page's own words."""
    data = binary(TEXT)
    assert data[:2] == b"\x84\x49"
    protected, payload = data[2:11], data[14:93]
    assert data[11:14] == b"\xa0\x58\x4f"
    assert protected[-4:] == hashlib.sha256(KEY.public_key.spki).digest()[:4]
    signed = b"\x84\x6aSignature1" + data[1:11] + b"\x40" + data[12:93]
    KEY.public_key.verify(data[95:], signed)
    at = payload.index(b"\x07\x51\x01") + 3
    salt, digest = payload[at : at + 8], payload[at + 8 : at + 16]
    number = b"11010519491231002X"
    assert digest == hashlib.scrypt(number, salt=salt, n=1 << 8, r=8, p=1, dklen=8)
    assert NAME.encode() in payload
