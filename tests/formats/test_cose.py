from __future__ import annotations

from collections.abc import Callable

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried

from trustcert.encoding import cbor
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats import cose
from trustcert.keys import ED25519, ESP256, ESP384, Algorithm

KID = bytes.fromhex("0a1b2c3d")
PROTECTED = cose.protected_header(ESP256, KID)
WHOLE = cose.join(PROTECTED, b"payload", bytes(64))


def refused(data: bytes) -> tuple[str, str]:
    with pytest.raises(MalformedError) as caught:
        cose.split(data)
    return caught.value.where, caught.value.problem


@unhurried
@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300))
def test_parts_are_joined_as_rfc_9052_says_and_found_again(
    protected: bytes, payload: bytes, signature: bytes
) -> None:
    data = cose.join(protected, payload, signature)
    assert data == cbor2.dumps([protected, {}, payload, signature])
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    assert cose.to_be_signed(protected, payload) == signed
    assert cose.split(data) == (protected, payload, signature, signed)


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 4000])
def test_lengths_at_each_edge_of_their_forms(size: int) -> None:
    part = bytes(size)
    data = cose.join(part, part, part)
    assert cose.split(data)[:3] == (part, part, part)
    for cut in range(len(data)):
        with pytest.raises(MalformedError):
            cose.split(data[:cut])


@pytest.mark.parametrize("protected", [0, 10, 23, 24])
@pytest.mark.parametrize("payload", [23, 24, 120, 255, 256])
@pytest.mark.parametrize("signature", [63, 64, 65])
def test_usual_lengths_and_their_neighbours(protected: int, payload: int, signature: int) -> None:
    parts = b"p" * protected, b"q" * payload, b"s" * signature
    signed = cose.to_be_signed(*parts[:2])
    assert cose.split(cose.join(*parts)) == (*parts, signed)


def outcome(split: Callable[[bytes], object], data: bytes) -> object:
    try:
        return split(data)
    except MalformedError as error:
        return str(error)


def test_whatever_byte_is_changed_the_usual_cuts_find_what_the_heads_say() -> None:
    for payload in (24, 120, 255, 256, 600):
        good = cose.join(PROTECTED, bytes(payload), bytes(64))
        for place in range(len(good)):
            for value in {0x17, 0x18, 0x3F, 0x40, 0x57, 0x58, 0x59, good[place] ^ 1}:
                data = good[:place] + bytes((value,)) + good[place + 1 :]
                assert outcome(cose.split, data) == outcome(cose._found, data), (place, value)


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        (b"", "cose", "untagged array of four"),
        (b"\xd2" + WHOLE, "cose", "untagged array of four"),
        (b"\xd8\x3d\xd2" + WHOLE, "cose", "untagged array of four"),
        (b"\x83" + WHOLE[1:], "cose", "untagged array of four"),
        (b"\x85" + WHOLE[1:] + b"\x40", "cose", "untagged array of four"),
        (b"\x9f" + WHOLE[1:] + b"\xff", "cose", "untagged array of four"),
        (b"\x98\x04" + WHOLE[1:], "cose", "untagged array of four"),
        (WHOLE + b"\0", "cose", "bytes behind the signature"),
        (b"\x84\xa0\xa0\x40\x40", "cose.protected", "must be a byte string"),
        (b"\x84\x60\xa0\x40\x40", "cose.protected", "must be a byte string"),
        (b"\x84\x40\xa1\x04\x40\x40\x40", "cose.unprotected", "must be empty"),
        (b"\x84\x40\xbf\xff\x40\x40", "cose.unprotected", "must be empty"),
        (b"\x84\x40\x40\x40\x40", "cose.unprotected", "must be empty"),
        (b"\x84\x40\xb8\x00\x40\x40", "cose.unprotected", "must be empty"),
        (b"\x84\x40\xa0\xf6\x40", "cose.payload", "must be a byte string"),
        (b"\x84\x40\xa0\x60\x40", "cose.payload", "must be a byte string"),
        (b"\x84\x40\xa0\x5f\x40\xff\x40", "cose.payload", "must be a byte string"),
        (b"\x84\x40\xa0\x58\x01\x00\x40", "cose.payload", "shortest form"),
        (b"\x84\x40\xa0\x58\x17" + bytes(23) + b"\x40", "cose.payload", "shortest form"),
        (b"\x84\x40\xa0\x59\x00\xff" + bytes(255) + b"\x40", "cose.payload", "shortest form"),
        (b"\x84\x40\xa0\x5a\x00\x01\x00\x00", "cose.payload", "must be a byte string"),
        (b"\x84\x40\xa0\x41", "cose.payload", "is cut off"),
        (b"\x84\x40\xa0\x59\xff\xff", "cose.payload", "is cut off"),
        (b"\x84\x40\xa0\x40", "cose.signature", "is cut off"),
        (b"\x84\x40\xa0\x40\xf6", "cose.signature", "must be a byte string"),
        (b"\x84\x40\xa0\x40\x42\x00", "cose.signature", "is cut off"),
    ],
)
def test_anything_but_a_strict_cose_sign1_is_refused(data: bytes, where: str, problem: str) -> None:
    found = refused(data)
    assert found[0] == where
    assert problem in found[1]


@pytest.mark.parametrize("row", [ED25519, ESP256, ESP384])
def test_a_header_holds_alg_and_kid(row: Algorithm) -> None:
    protected = cose.protected_header(row, KID)
    assert protected == cbor2.dumps({1: row.cose, 4: KID}, canonical=True)
    assert cose.header(protected) == (row, KID)


@pytest.mark.parametrize(
    ("protected", "where"),
    [
        (b"", "cose.protected"),
        (b"\x80", "cose.protected"),
        (b"\xa0", "cose.protected"),
        (b"\xff", "cose.protected"),
        (cbor.encode({1: -9}), "cose.protected"),
        (cbor.encode({4: KID}), "cose.protected"),
        (cbor.encode({1: -9, 4: KID}) + b"\0", "cose.protected"),
        (cbor.encode({1: -9, 4: "0a1b2c3d"}), "cose.protected.kid"),
        (cbor.encode({1: -9, 4: None}), "cose.protected.kid"),
        (bytes.fromhex("a204440a1b2c3d0128"), "cose.protected"),
        (bytes.fromhex("a2013808 04440a1b2c3d".replace(" ", "")), "cose.protected"),
        (bytes.fromhex("a20128 0458040a1b2c3d".replace(" ", "")), "cose.protected"),
        (bytes.fromhex("a3012801 2804440a1b2c3d".replace(" ", "")), "cose.protected"),
        (bytes.fromhex("bf012804440a1b2c3dff"), "cose.protected"),
        (bytes.fromhex("a204440a1b2c3df528"), "cose.protected"),
    ],
)
def test_a_header_that_is_not_just_so_is_refused(protected: bytes, where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        cose.header(protected)
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
        cose.header(cbor.encode(found))


@pytest.mark.parametrize("kid", [b"", b"1", bytes(5), bytes(64)])
def test_a_kid_of_another_size_is_just_one_that_nobody_has(kid: bytes) -> None:
    assert cose.header(cose.protected_header(ESP256, kid)) == (ESP256, kid)
