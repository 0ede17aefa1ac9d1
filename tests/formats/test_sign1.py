"""Foreign COSE_Sign1: what is cut at once is what is found head by head."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried

from trustcert.encoding import cbor
from trustcert.errors import MalformedError
from trustcert.formats import cose, sign1

PROTECTED = cbor.encode({1: -7, 4: b"12345678"})
TAGS = {"none": b"", "18": b"\xd2", "61 around 18": b"\xd8\x3d\xd2"}


def outcome(data: bytes) -> object:
    try:
        return sign1.split(data)
    except MalformedError as error:
        return str(error)


@pytest.mark.parametrize("tag", TAGS.values(), ids=TAGS)
@pytest.mark.parametrize("protected", [PROTECTED, b"\xa0", b""], ids=["headers", "map", "empty"])
@pytest.mark.parametrize("payload", [24, 255, 256, 700])
def test_whatever_byte_is_changed_the_usual_cuts_find_what_the_heads_say(
    tag: bytes, protected: bytes, payload: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = tag + cose.join(protected, bytes(payload), bytes(64))
    heads = [*range(len(tag) + len(protected) + 8), *range(len(good) - 70, len(good))]
    changed = {
        good[:place] + bytes((value,)) + good[place + 1 :]
        for place in heads
        for value in {0x17, 0x18, 0x40, 0x58, 0x59, 0xA0, 0xA1, 0xD2, good[place], good[place] ^ 1}
    }
    at_once = {data: outcome(data) for data in changed}
    monkeypatch.setattr(cose, "usual", lambda _: None)
    assert at_once == {data: outcome(data) for data in changed}


@unhurried
@given(st.binary(max_size=30), st.binary(max_size=300), st.binary(max_size=70))
def test_what_is_signed_is_the_structure_of_rfc_9052(
    protected: bytes, payload: bytes, signature: bytes
) -> None:
    parts, unprotected = sign1.split(cbor2.dumps([protected, {}, payload, signature]))
    inside = b"" if protected == b"\xa0" else protected
    signed = cbor2.dumps(["Signature1", inside, b"", payload])
    assert (parts, unprotected) == ((protected, payload, signature, signed), b"\xa0")


def test_external_data_is_signed_too() -> None:
    message = cose.join(PROTECTED, bytes(100), bytes(64))
    parts, _ = sign1.split(message, external=b"ticket")
    assert parts[3] == cbor2.dumps(["Signature1", PROTECTED, b"ticket", bytes(100)])
