from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest

from trustcert.encoding import base64url
from trustcert.errors import (
    MalformedError,
    UnsupportedError,
)
from trustcert.status import State, StatusList, bitstring
from trustcert.status.bitstring import BitstringStatusList, Purpose
from trustcert.status.indices import from_indices

AT = 1_700_000_000
SIZE = 200_000


def listed(*, suspended: bool = True) -> StatusList:
    states = {
        State.INVALID: {0, 9, SIZE - 1},
        State.SUSPENDED: {1, 70_000},
        State.SUPERSEDED: {2},
    }
    if not suspended:
        del states[State.SUSPENDED]
    return StatusList(
        issuer="CN-51",
        number=7,
        version=1,
        size=SIZE,
        as_of=AT,
        states={s: from_indices(i, size=SIZE) for s, i in states.items()},
    )


def test_a_w3c_list_says_one_thing_and_comes_back() -> None:
    revoked = bitstring.from_status_list(listed(), Purpose.REVOCATION)
    suspended = bitstring.from_status_list(listed(), Purpose.SUSPENSION)
    for made in (revoked, suspended):
        assert bitstring.from_subject(bitstring.to_subject(made)) == made
    at = (0, 1, 2, 3, 70_000, SIZE - 1, SIZE)
    assert [revoked.state(i) for i in at[:3]] == [State.INVALID, State.VALID, State.INVALID]
    assert [suspended.state(i) for i in at[:3]] == [State.VALID, State.SUSPENDED, State.VALID]
    assert revoked.state(SIZE) is None
    assert revoked.state(-1) is None
    few = StatusList(issuer="CN-51", number=1, version=1, size=10, as_of=AT, states={})
    assert bitstring.from_status_list(few, Purpose.REVOCATION).size == bitstring.SMALLEST


def test_no_neighbour_of_a_revoked_credential_is_revoked_in_the_w3c_form() -> None:
    revoked = {0, 7, 8, 13, 4_095, SIZE - 1}
    states = {State.INVALID: from_indices(sorted(revoked), size=SIZE)}
    held = StatusList(issuer="CN-51", number=7, version=1, size=SIZE, as_of=AT, states=states)
    made = bitstring.from_status_list(held, Purpose.REVOCATION)
    encoded = bitstring.to_subject(made)["encodedList"]
    bits = gzip.decompress(base64url.decode(encoded.removeprefix("u")))
    near = {i + step for i in revoked for step in (-9, -8, -7, -1, 0, 1, 7, 8, 9)} & {*range(SIZE)}
    for index in near:  # the first entry is the most significant bit of the first byte
        is_set = bool(bits[index // 8] & 0x80 >> index % 8)
        assert is_set == (index in revoked), index
        assert (made.state(index) is State.INVALID) == is_set


def test_a_foreign_w3c_list_is_read_most_significant_bit_first() -> None:
    entries = bytearray(16_384)
    entries[0], entries[1] = 0b0100_0000, 0b0000_0001
    subject = {
        "id": "https://example.com/status/3#list",
        "type": "BitstringStatusList",
        "statusPurpose": "suspension",
        "encodedList": "u" + base64url.encode(gzip.compress(bytes(entries))),
    }
    read = bitstring.from_subject(subject)
    assert [i for i in range(64) if read.state(i) is State.SUSPENDED] == [1, 15]


def subject(**changed: Any) -> dict[str, Any]:
    made = BitstringStatusList(purpose=Purpose.REVOCATION, entries=bytes(16_384))
    return {**bitstring.to_subject(made), **changed}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"type": "StatusList2021"}, MalformedError),
        ({"statusSize": 2}, UnsupportedError),
        ({"statusPurpose": "message"}, UnsupportedError),
        ({"statusPurpose": ["revocation", "suspension"]}, UnsupportedError),
        ({"encodedList": None}, MalformedError),
        ({"encodedList": "z" + base64url.encode(gzip.compress(bytes(16_384)))}, MalformedError),
        ({"encodedList": "u" + base64url.encode(gzip.compress(bytes(16_383)))}, MalformedError),
        ({"encodedList": "u" + base64url.encode(zlib.compress(bytes(16_384)))}, MalformedError),
        ({"encodedList": "u" + base64url.encode(gzip.compress(b"") * 2)}, MalformedError),
    ],
)
def test_another_w3c_list_is_refused(changed: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        bitstring.from_subject(subject(**changed))
