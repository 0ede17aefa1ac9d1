"""COSE_Sign1: strict for the native format, looser for others in nothing that is signed."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried
from tests.support import header_of

from trustcert import cose
from trustcert.encoding import base45, cbor
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.formats import Envelope, compact
from trustcert.keys import ED25519, ES256_P384, ESP256, ESP384, PS256, Algorithm
from trustcert.limits import HEADER_BYTES, HEADER_ITEMS

KID = bytes.fromhex("0a1b2c3d")
PROTECTED = header_of(ESP256, KID)
WHOLE = cose.join(PROTECTED, b"payload", bytes(64))
TAGS = {"none": b"", "18": b"\xd2", "61 around 18": b"\xd8\x3d\xd2"}


def refused(data: bytes) -> tuple[str, str]:
    with pytest.raises(MalformedError) as caught:
        cose.read_deterministic(data)
    return caught.value.where, caught.value.problem


@unhurried
@given(st.binary(max_size=300), st.binary(max_size=300), st.sampled_from(list(TAGS.values())))
def test_parts_are_joined_as_rfc_9052_says_and_found_again(
    payload: bytes, signature: bytes, tag: bytes
) -> None:
    data = cose.join(PROTECTED, payload, signature)
    assert data == cbor2.dumps([PROTECTED, {}, payload, signature])
    signed = cbor2.dumps(["Signature1", PROTECTED, b"", payload])
    assert cose.to_be_signed(PROTECTED, payload) == signed
    found = cose.read(tag + data)
    assert found.is_tagged is bool(tag)
    assert found.protected == {1: -9, 4: KID}
    assert (found.payload, found.signature, found.signed) == (payload, signature, signed)
    assert (cose.read_deterministic(data) == found) is not bool(tag)


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 4000, 70_000])
def test_lengths_at_each_edge_of_their_forms(size: int) -> None:
    part = bytes(size)
    data = cose.join(PROTECTED, part, part)
    found = cose.read_deterministic(data)
    assert (found.payload, found.signature) == (part, part)
    for cut in {*range(min(len(data), 300)), len(data) - 1}:
        with pytest.raises(MalformedError):
            cose.read_deterministic(data[:cut])


@pytest.mark.parametrize("protected", [b"", b"\xa0"], ids=["empty", "map"])
def test_an_empty_header_is_signed_as_an_empty_string(protected: bytes) -> None:
    found = cose.read(cbor2.dumps([protected, {1: -7}, b"payload", b"signature"]))
    assert found.signed == cbor2.dumps(["Signature1", b"", b"", b"payload"])
    assert (found.protected, found.unprotected) == ({}, {1: -7})


def test_external_data_is_signed_too() -> None:
    found = cose.read(WHOLE, external=b"ticket")
    assert found.signed == cbor2.dumps(["Signature1", PROTECTED, b"ticket", b"payload"])


def test_bytes_in_a_longer_form_are_the_same_bytes_but_not_native() -> None:
    loose = b"\x84\x59\x00" + bytes([len(PROTECTED)]) + PROTECTED + b"\xa0\x58\x01p\x41s"
    found = cose.read(loose)
    assert found.signed == cose.to_be_signed(PROTECTED, b"p")
    assert refused(loose) == ("cose", "not deterministic CBOR")


def with_header(header: str) -> bytes:
    return cose.join(bytes.fromhex(header), b"", b"")


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        (b"", "cose", "array of four"),
        (b"\xd2" + WHOLE, "cose", "untagged array of four"),
        (b"\xd8\x3d\xd2" + WHOLE, "cose", "untagged array of four"),
        (b"\xd8\x3d" + WHOLE, "cose", "array of four"),
        (b"\x83" + WHOLE[1:], "cose", "array of four"),
        (b"\x85" + WHOLE[1:] + b"\x40", "cose", "array of four"),
        (b"\x9f" + WHOLE[1:] + b"\xff", "cose", "array of four"),
        (b"\x98\x04" + WHOLE[1:], "cose", "array of four"),
        (WHOLE + b"\0", "cose", "bytes behind the signature"),
        (b"\x84\xa0\xa0\x40\x40", "cose.protected", "must be a byte string"),
        (b"\x84\x60\xa0\x40\x40", "cose.protected", "must be a byte string"),
        (b"\x84\x40\xa1\x04\x40\x40\x40", "cose.unprotected", "must be empty"),
        (b"\x84\x40\xbf\xff\x40\x40", "cose.unprotected", "must be empty"),
        (b"\x84\x40\x40\x40\x40", "cose.unprotected", "must be empty"),
        (b"\x84\x40\xb8\x00\x40\x40", "cose.unprotected", "must be empty"),
        (b"\x84\x40\xa0\xf6\x40", "cose.payload", "must be a byte string"),
        (b"\x84\x40\xa0\x60\x40", "cose.payload", "must be a byte string"),
        (b"\x84\x40\xa0\x5f\x40\xff\x40", "cose.payload", "indefinite length"),
        (b"\x84\x40\xa0\x58\x01\x00\x40", "cose", "not deterministic"),
        (b"\x84\x40\xa0\x58\x17" + bytes(23) + b"\x40", "cose", "not deterministic"),
        (b"\x84\x40\xa0\x59\x00\xff" + bytes(255) + b"\x40", "cose", "not deterministic"),
        (b"\x84\x40\xa0\x5a\x00\x01\x00\x00", "cose.payload", "is cut off"),
        (b"\x84\x40\xa0\x41", "cose.payload", "is cut off"),
        (b"\x84\x40\xa0\x59\xff\xff", "cose.payload", "is cut off"),
        (b"\x84\x40\xa0\x40", "cose.signature", "is cut off"),
        (b"\x84\x40\xa0\x40\xf6", "cose.signature", "must be a byte string"),
        (b"\x84\x40\xa0\x40\x42\x00", "cose.signature", "is cut off"),
        # headers
        (cose.join(cbor.encode({1: -9}) + b"\0", b"", b""), "cose.protected", "bytes behind"),
        (cose.join(b"\x80", b"", b""), "cose.protected", "must be a map"),
        (cose.join(b"\xff", b"", b""), "cose.protected", "reserved head"),
        (
            cose.join(bytes.fromhex("a204440a1b2c3d0128"), b"", b""),
            "cose.protected",
            "not deterministic",
        ),
        (with_header("a20138080440"), "cose.protected", "not deterministic"),
        (
            cose.join(bytes.fromhex("a201280458040a1b2c3d"), b"", b""),
            "cose.protected",
            "not deterministic",
        ),
        (cose.join(bytes.fromhex("a301280128044101"), b"", b""), "cose.protected", "CBOR"),
        (cose.join(bytes.fromhex("bf01280441ffff"), b"", b""), "cose.protected", "indefinite"),
        (cose.join(bytes.fromhex("a2044101f528"), b"", b""), "cose.protected", "must be a map"),
    ],
)
def test_anything_but_a_strict_cose_sign1_is_refused(data: bytes, where: str, problem: str) -> None:
    found = refused(data)
    assert found[0] == where
    assert problem in found[1]


@pytest.mark.parametrize("place", [0, 1], ids=["protected", "unprotected"])
def test_a_header_is_counted_before_it_is_decoded(place: int) -> None:
    def message(header: bytes) -> bytes:
        parts = (cbor.encode(header), b"\xa0") if place == 0 else (b"\x40", header)
        return b"\x84" + b"".join(parts) + b"\x40\x40"

    fits = cbor.encode({1: -9, 4: bytes(HEADER_BYTES - 8)})
    assert len(fits) <= HEADER_BYTES
    cose.read(message(fits))
    with pytest.raises(LimitExceededError, match=f"over {HEADER_BYTES} bytes"):
        cose.read(message(cbor.encode({1: -9, 4: bytes(HEADER_BYTES)})))
    pairs = (HEADER_ITEMS - 1) // 2
    cose.read(message(cbor.encode(dict.fromkeys(range(10, 10 + pairs), 0))))
    with pytest.raises(LimitExceededError, match="over 32 CBOR items"):
        cose.read(message(cbor.encode(dict.fromkeys(range(10, 11 + pairs), 0))))


def test_a_critical_parameter_is_unsupported_in_either_header() -> None:
    for parts in ([cbor.encode({2: [4]}), {}], [b"", {2: [4]}]):
        with pytest.raises(UnsupportedError, match="crit"):
            cose.read(cbor2.dumps([*parts, b"", b""]))


def test_the_table_of_a_format_holds_each_identifier_of_its_rows() -> None:
    known = cose.by_number(ESP256, ES256_P384, PS256, ED25519)
    assert known == {
        -9: (ESP256,),
        -7: (ESP256, ES256_P384),
        -37: (PS256,),
        -19: (ED25519,),
        -8: (ED25519,),
    }
    found = cose.read(cose.join(cbor.encode({1: -7, 4: KID}), b"", b""))
    assert found.algorithms(known) == (ESP256, ES256_P384)
    with pytest.raises(UnsupportedError):
        found.algorithms({-9: (ESP256,)})
    with pytest.raises(UnsupportedError):
        found.algorithms(known, unprotected=True)


def test_certificates_are_one_or_a_list_of_at_most_four() -> None:
    def chain(value: object) -> tuple[bytes, ...]:
        return cose.read(cbor2.dumps([b"", {33: value}, b"", b""])).certificates()

    assert chain(b"der") == (b"der",)
    assert chain([b"der", b"ca"]) == (b"der", b"ca")
    wrong: object
    for wrong in ("der", [1], {}, None):
        with pytest.raises(MalformedError, match="must be certificates"):
            chain(wrong)
    with pytest.raises(LimitExceededError):
        chain([b"c"] * 5)


def native(protected: bytes) -> Envelope:
    return compact.decode("TC1:" + base45.encode(cose.join(protected, b"", b"")))


@pytest.mark.parametrize("row", [ED25519, ESP256, ESP384])
def test_a_header_holds_alg_and_kid(row: Algorithm) -> None:
    found = native(cbor2.dumps({1: row.cose, 4: KID}, canonical=True))
    assert (found.algorithms, found.kid) == ((row,), KID)


@pytest.mark.parametrize(
    ("found", "where"),
    [
        ({}, "cose.protected"),
        ({1: -9}, "cose.protected"),
        ({4: KID}, "cose.protected"),
        ({1: -9, 4: "0a1b2c3d"}, "cose.protected.kid"),
        ({1: -9, 4: None}, "cose.protected.kid"),
    ],
)
def test_a_native_header_that_is_not_just_so_is_refused(
    found: dict[object, object], where: str
) -> None:
    with pytest.raises(MalformedError) as caught:
        native(cbor.encode(found))
    assert caught.value.where == where


@pytest.mark.parametrize(
    "found",
    [
        {1: -7, 4: KID},
        {1: -8, 4: KID},
        {1: -35, 4: KID},
        {1: -37, 4: KID},
        {1: -999, 4: KID},
        {1: 0, 4: KID},
        {1: "ES256", 4: KID},
        {1: True, 4: KID},
        {1: None, 4: KID},
        {1: -9, 4: KID, 2: [15]},
        {1: -9, 4: KID, 3: 61},
        {1: -9, 4: KID, 5: b"iv"},
        {1: -9, 4: KID, 33: b"x5chain"},
        {1: -9, 4: KID, 15: {}},
        {1: -9, 4: KID, "typ": "cwt"},
    ],
)
def test_other_algorithms_and_parameters_are_unsupported(found: dict[object, object]) -> None:
    with pytest.raises(UnsupportedError):
        native(cbor.encode(found))


@pytest.mark.parametrize("kid", [b"", b"1", bytes(5), bytes(64)])
def test_a_kid_of_another_size_is_just_one_that_nobody_has(kid: bytes) -> None:
    assert native(header_of(ESP256, kid)).kid == kid
