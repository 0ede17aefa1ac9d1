from __future__ import annotations

import struct
from types import MappingProxyType
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried

from trustcert.encoding import cbor, cbor_spans
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import CBOR_ITEMS, CBOR_UNUSUAL_KEYS, DEPTH

LEAVES = (
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=20)
    | st.booleans() | st.none()
)  # fmt: skip
KEYS = st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=6) | st.text(max_size=6)
ITEMS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def reference(item: Any) -> bytes:
    """RFC 8949 section 4.2.1 by its own words, apart from cbor2."""
    if item is None or isinstance(item, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[item]
    if isinstance(item, int):
        return head(0, item) if item >= 0 else head(1, -1 - item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        return head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return head(4, len(item)) + b"".join(map(reference, item))
    pairs = sorted((reference(key), reference(value)) for key, value in item.items())
    return head(5, len(item)) + b"".join(key + value for key, value in pairs)


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes((major << 5 | number,))
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 256**size:
            return bytes((major << 5 | code,)) + number.to_bytes(size, "big")
    raise AssertionError


@unhurried
@given(ITEMS)
def test_one_value_has_the_one_encoding_of_the_standard(item: Any) -> None:
    data = cbor.encode(item)
    assert data == reference(item)
    assert cbor.decode_deterministic(data) == item
    assert cbor.decode(data) == item


@unhurried
@given(st.binary(max_size=24))
def test_what_decodes_deterministically_is_what_would_have_been_written(data: bytes) -> None:
    try:
        item = cbor.decode_deterministic(data)
    except MalformedError:
        return
    assert cbor.encode(item) == data


@unhurried
@given(st.binary(max_size=40))
def test_any_bytes_decode_or_are_malformed(data: bytes) -> None:
    for decode in (cbor.decode, cbor.decode_deterministic):
        try:
            decode(data)
        except MalformedError:
            continue


@pytest.mark.parametrize(
    "data",
    [
        "",
        "1c",
        "ff",
        "18",
        "41",
        "61ff",
        "63eda080",
        "f810",
        "5affffffff00",
        "9bffffffffffffffff",
        "bbffffffffffffffff",
        "0000",
        "a20101010 2",
        "5f41004100ff",
        "9f00ff",
        "bf0000ff",
        "7f6161ff",
    ],
)
def test_what_is_not_one_well_formed_item_is_refused(data: str) -> None:
    raw = bytes.fromhex(data.replace(" ", ""))
    for decode in (cbor.decode, cbor.decode_deterministic):
        with pytest.raises(MalformedError):
            decode(raw)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("1817", "an integer in two bytes instead of one"),
        ("190018", "an integer in three bytes instead of two"),
        ("1a0000ffff", "an integer in five bytes instead of three"),
        ("1b00000000ffffffff", "an integer in nine bytes instead of five"),
        ("3817", "a negative integer in two bytes instead of one"),
        ("580141", "a byte string's length in two bytes instead of one"),
        ("780161", "a text's length in two bytes instead of one"),
        ("980100", "an array's length in two bytes instead of one"),
        ("b8010000", "a map's length in two bytes instead of one"),
        ("a202000100", "keys out of order"),
        ("a220000000", "a negative key before a positive one"),
        ("a2616200616100", "text keys out of order"),
        ("a2626161006162 00", "a longer text before a shorter one"),
        ("81a202000100", "keys out of order inside a list"),
        ("a100a202000100", "keys out of order inside a map"),
        ("a16161a202000100", "keys out of order inside a map with text keys"),
        ("a1f500", "true as a key: Python would find it under 1"),
        ("a1fb3ff000000000000000", "1.0 as a key: Python would find it under 1"),
        ("a1f400", "false as a key: Python would find it under 0"),
        ("a1a000", "a map as a key"),
        ("a18000", "a list as a key"),
    ],
)
def test_any_encoding_but_the_deterministic_one_is_refused(data: str, what: str) -> None:
    raw = bytes.fromhex(data.replace(" ", ""))
    cbor.decode(raw)
    with pytest.raises(MalformedError, match="not deterministic"):
        cbor.decode_deterministic(raw)
    assert what


def test_bytes_behind_the_item_are_refused() -> None:
    with pytest.raises(MalformedError, match="bytes behind"):
        cbor.decode(b"\x00\x00")
    with pytest.raises(MalformedError):
        cbor.decode_deterministic(b"\x00\x00")


@pytest.mark.parametrize("key", ["01", "6161", "4161", "20"])
def test_a_doubled_key_is_refused(key: str) -> None:
    raw = bytes.fromhex(f"a2{key}00{key}01")
    for decode in (cbor.decode, cbor.decode_deterministic):
        with pytest.raises(MalformedError):
            decode(raw)


@pytest.mark.parametrize("tag", [0, 1, 2, 3, 4, 5, 18, 25, 28, 29, 30, 35, 37, 61, 258, 260, 55799])
def test_no_tag_executes(tag: int) -> None:
    for content in (b"\x00", b"\x61a", b"\x41a", b"\x80", b"\x82\x01\x02"):
        raw = head(6, tag) + content
        for decode in (cbor.decode, cbor.decode_deterministic):
            with pytest.raises(MalformedError):
                decode(raw)


def test_an_allowed_tag_comes_back_undone_and_no_other_with_it() -> None:
    allowed = frozenset({18, 61})
    assert cbor.decode(bytes.fromhex("d2820102"), tags=allowed) == cbor2.CBORTag(18, [1, 2])
    nested = cbor.decode(bytes.fromhex("d83dd28140"), tags=allowed)
    assert nested == cbor2.CBORTag(61, cbor2.CBORTag(18, [b""]))
    with pytest.raises(MalformedError, match="CBOR tag 35 has no place here"):
        cbor.decode(bytes.fromhex("d2d8236161"), tags=allowed)


def test_nesting_at_the_limit_is_read_and_one_deeper_is_not() -> None:
    for decode in (cbor.decode, cbor.decode_deterministic):
        decode(b"\x81" * DEPTH + b"\x00")
        for deeper in (DEPTH + 1, 5_000, 200_000):
            with pytest.raises(MalformedError):
                decode(b"\x81" * deeper + b"\x00")
            with pytest.raises(MalformedError):
                decode(b"\xa1\x00" * deeper + b"\x00")


@pytest.mark.parametrize(
    "data", ["f93c00", "fb3ff0000000000000", "f97e00", "f7", "f0", "f820", "81f93c00", "a100f7"]
)
def test_floats_undefined_and_simple_values_have_no_deterministic_form_here(data: str) -> None:
    cbor.decode(bytes.fromhex(data))
    with pytest.raises(MalformedError, match="not deterministic"):
        cbor.decode_deterministic(bytes.fromhex(data))


@pytest.mark.parametrize("count", [24, 255, 256, 300])
def test_maps_of_every_size_of_head(count: int) -> None:
    for item in ({i: i for i in range(count)}, {f"{i:04}": b"" for i in range(count)}):
        data = cbor.encode(item)
        assert data == reference(item)
        assert cbor.decode_deterministic(data) == item
        mixed = cbor.encode(item | {-1: 0, b"x": 0})
        assert cbor.decode_deterministic(mixed) == item | {-1: 0, b"x": 0}
        with pytest.raises(MalformedError):
            cbor.decode_deterministic(data + b"\0")


@pytest.mark.parametrize(
    "item",
    [2**64, -(2**64) - 1, 1.5, cbor2.CBORTag(100, 1), cbor2.undefined, cbor2.CBORSimpleValue(32)],
)
def test_what_no_signed_item_holds_is_written_as_cbor2_writes_it(item: Any) -> None:
    assert cbor.encode(item) == cbor2.dumps(item)
    assert cbor.encode({"b": [item], "a": item}) == cbor2.dumps({"a": item, "b": [item]})


def test_mappings_of_every_kind_are_maps() -> None:
    assert cbor.encode(MappingProxyType({2: (), 1: b""})) == bytes.fromhex("a201400280")


def test_integers_outside_64_bits_are_refused() -> None:
    assert cbor.decode_deterministic(bytes.fromhex("1bffffffffffffffff")) == 2**64 - 1
    assert cbor.decode_deterministic(bytes.fromhex("3bffffffffffffffff")) == -(2**64)
    with pytest.raises(MalformedError, match="tag 2"):
        cbor.decode_deterministic(cbor2.dumps(2**64))
    with pytest.raises(MalformedError, match="tag 3"):
        cbor.decode_deterministic(cbor2.dumps(-(2**64) - 1))


def test_items_are_counted_before_any_is_built() -> None:
    most = CBOR_ITEMS - 1
    full = head(4, most) + b"\x00" * most
    assert cbor.decode(full) == [0] * most
    assert cbor_spans.item_end(full, 0) == len(full)
    for data in (head(4, most + 1) + b"\x00" * (most + 1), head(4, 48_000) + b"\x00" * 48_000):
        for read in (cbor.decode, cbor.decode_deterministic):
            with pytest.raises(LimitExceededError, match="CBOR items"):
                read(data)
        with pytest.raises(LimitExceededError, match="CBOR items"):
            cbor_spans.item_end(data, 0)
    with pytest.raises(LimitExceededError, match="CBOR items"):
        cbor_spans.array_spans(head(4, 48_000) + b"\x00" * 48_000, 0)


COLLIDING = {
    "multiples of Python's hash modulus": lambda n: head(0, n * (2**61 - 1) % 2**64),
    "whole floats of that kind": lambda n: b"\xfb" + struct.pack(">d", float(n << 61)),
    "lists of one such integer": lambda n: b"\x81" + head(0, n * (2**61 - 1) % 2**64),
}


@pytest.mark.parametrize("what", COLLIDING)
def test_keys_whose_hashes_can_collide_are_few(what: str) -> None:
    def message(count: int) -> bytes:
        keys = [COLLIDING[what](n) for n in range(2, count + 2)]
        return head(5, count) + b"".join(key + b"\x41a" for key in keys) + padding

    padding = b""
    pairs = CBOR_UNUSUAL_KEYS
    small = message(pairs)
    assert len(cbor.decode(small)) == pairs
    cbor_spans.item_end(small, 0)
    with pytest.raises(LimitExceededError, match="unusual"):
        cbor_spans.item_end(message(pairs + 1), 0)
    with pytest.raises(LimitExceededError, match="unusual"):
        cbor.decode(message(1_000))


@pytest.mark.parametrize(
    ("data", "item"),
    [
        ("9f0102ff", [1, 2]),
        ("bf6161019f", None),
        ("bf616101ff", {"a": 1}),
        ("bf7f6161616200ff00ff", None),
        ("bf7f61616162ff00ff", {"ab": 0}),
        ("5f41014102ff", b"\x01\x02"),
        ("7f61616162ff", "ab"),
        ("5f6161ff", None),
        ("5f5f4101ffff", None),
        ("7f4101ff", None),
        ("5f01ff", None),
        ("9f", None),
        ("9f01", None),
        ("ff", None),
        ("81ff", None),
        ("a1ff00", None),
        ("9f81ffff", None),
        ("1f", None),
        ("df00ff", None),
        ("bf0000", None),
        ("bf00ff", None),
        ("9fff00", None),
        ("9f" * (DEPTH + 1) + "ff" * (DEPTH + 1), None),
    ],
)
def test_indefinite_lengths_are_read_only_where_a_format_asks(data: str, item: Any) -> None:
    raw = bytes.fromhex(data)
    for read in (cbor.decode, cbor.decode_deterministic):
        with pytest.raises(MalformedError):
            read(raw)
    if item is None:
        with pytest.raises(MalformedError):
            cbor.decode(raw, indefinite=True)
        return
    assert cbor.decode(raw, indefinite=True) == item
    assert cbor_spans.item_end(raw + b"rest", 0, indefinite=True) == len(raw)


def test_indefinite_lengths_do_not_pass_the_count() -> None:
    for data in (b"\x9f" + b"\x00" * 5_000 + b"\xff", b"\x5f" + b"\x40" * 5_000 + b"\xff"):
        with pytest.raises(LimitExceededError, match="CBOR items"):
            cbor.decode(data, indefinite=True)


@unhurried
@given(st.binary(max_size=60))
def test_a_walk_ends_where_decoding_ends(data: bytes) -> None:
    try:
        cbor.decode(data, tags=frozenset(range(64)), indefinite=True)
    except MalformedError:
        return
    assert cbor_spans.item_end(data, 0, indefinite=True) == len(data)
