"""What is read by its form is what its bytes say, and nothing else is read by it."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import claims, unhurried
from tests.support import ISSUED, proof

from trustcert.claims import Claims, Holder, Source, StatusReference, codec, forms
from trustcert.encoding import base64url, cbor, json
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.identifiers.documents import DocumentType

FULL = proof(
    subject="gate 7",
    not_before=ISSUED,
    id=b"12345678",
    status=StatusReference(list=3, index=70_000),
    holder=Holder(
        name="阿布都热合曼·买买提",
        document_type=DocumentType.CITIZEN_ID,
        document_tail="002X",
        document_digest=bytes(range(17)),
        guardian_consent=True,
    ),
)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    forms._MEMORY.forget()
    yield
    forms._MEMORY.forget()


def in_cbor(given_: Claims) -> bytes:
    return cbor.encode(codec.to_cbor(given_))


def in_json(given_: Claims) -> bytes:
    return json.encode(codec.to_json(given_))


class Wire(NamedTuple):
    """One of the two ways to write claims, and bytes that mean something in it."""

    pack: Callable[[Claims], bytes]
    read: Callable[[bytes], Claims]
    telling: frozenset[int]


CBOR = Wire(in_cbor, codec.from_cbor, frozenset({0, 0x17, 0x18, 0x20, 0x41, 0x80, 0xFF}))
JSON = Wire(in_json, codec.from_json, frozenset(b'"\\09-+_. eE[{]}\x1f\x7f\x80\xff'))
both = pytest.mark.parametrize("wire", [CBOR, JSON], ids=["cbor", "json"])


def outcome(wire: Wire, payload: bytes) -> object:
    """Return the claims, or the error in words."""
    try:
        return wire.read(payload)
    except (MalformedError, UnsupportedError) as error:
        return type(error), str(error)


def by_its_bytes(wire: Wire, payload: bytes) -> object:
    held = dict(forms._MEMORY.layouts)
    forms._MEMORY.layouts.clear()
    try:
        return outcome(wire, payload)
    finally:
        forms._MEMORY.layouts.clear()
        forms._MEMORY.layouts.update(held)


@both
def test_the_first_is_learnt_and_the_next_of_its_form_recalled(wire: Wire) -> None:
    assert forms.recall(wire.pack(FULL)) is None
    assert wire.read(wire.pack(FULL)) == FULL
    assert forms.recall(wire.pack(FULL)) == FULL
    other = replace(
        FULL,
        issued_at=ISSUED + 12_345,
        status=StatusReference(list=3, index=99_999),
        holder=replace(FULL.holder, name="热合曼阿布都·提买买", document_digest=b"0" * 17),
    )
    assert forms.recall(wire.pack(other)) == other


@both
@pytest.mark.parametrize(
    "other",
    [
        replace(FULL, issuer="CN-44"),
        replace(FULL, status=StatusReference(list=4, index=70_000)),
        replace(FULL, status=StatusReference(list=3, index=5)),
        replace(FULL, holder=replace(FULL.holder, name="胡志君")),
        replace(FULL, holder=replace(FULL.holder, guardian_consent=False)),
        replace(FULL, holder=replace(FULL.holder, document_type=DocumentType.PASSPORT)),
        replace(FULL, subject=None),
    ],
)
def test_another_form_is_not_taken_for_it(wire: Wire, other: Claims) -> None:
    wire.read(wire.pack(FULL))
    assert forms.recall(wire.pack(other)) is None
    assert wire.read(wire.pack(other)) == other
    assert forms.recall(wire.pack(other)) == other
    assert forms.recall(wire.pack(FULL)) == FULL


@both
def test_whatever_byte_is_changed_the_form_and_the_bytes_say_the_same(wire: Wire) -> None:
    good = wire.pack(FULL)
    wire.read(good)
    recalled = 0
    for place in range(len(good)):
        for value in {*wire.telling, good[place] ^ 1, good[place] ^ 0x80}:
            payload = good[:place] + bytes((value,)) + good[place + 1 :]
            recalled += forms.recall(payload) is not None
            assert outcome(wire, payload) == by_its_bytes(wire, payload), (place, value)
    assert recalled > len(good)


@both
@settings(unhurried, max_examples=300)
@given(given_=claims(), data=st.data())
def test_a_known_form_says_of_any_bytes_what_they_say(
    wire: Wire, given_: Claims, data: st.DataObject
) -> None:
    good = wire.pack(given_)
    assert outcome(wire, good) == given_
    known = forms.recall(good)
    assert known is None or known == given_
    places = data.draw(st.lists(st.integers(0, len(good) - 1), min_size=1, max_size=4))
    payload = bytearray(good)
    for place in places:
        payload[place] = data.draw(st.integers(0, 255))
    assert outcome(wire, bytes(payload)) == by_its_bytes(wire, bytes(payload))


@pytest.mark.parametrize(
    "digits", ["07000", "-7000", "+7000", "7_000", " 7000", "7000 ", "7000.", "7e003", "0x700"]
)
def test_only_digits_are_the_content_of_a_number(digits: str) -> None:
    good = in_json(replace(FULL, status=StatusReference(list=3, index=70_000)))
    codec.from_json(good)
    payload = good.replace(b'"idx":70000', f'"idx":{digits}'.encode())
    assert payload != good
    assert forms.recall(payload) is None
    assert outcome(JSON, payload) == by_its_bytes(JSON, payload)


@pytest.mark.parametrize(
    "payload",
    [
        in_json(FULL).replace(b",", b", "),
        in_json(FULL).replace(b"gate 7", b"gate\\u00207"),
        in_json(FULL).replace(b'"iss"', b'"\\u0069ss"'),
        in_json(replace(FULL, subject='gate "7"')),
        in_json(replace(FULL, subject="gate\ue0007")),
        in_json(replace(FULL, status=None)).replace(
            b'{"iss"',
            b'{"status":{"status_list":{"idx":70000,"uri":"https://example.org/1"}},"iss"',
        ),
    ],
)
def test_what_is_written_otherwise_has_no_form(payload: bytes) -> None:
    assert type(outcome(JSON, payload)) is Claims
    assert not forms._MEMORY.layouts


@pytest.mark.parametrize("index", [0, 23, 24, 255, 256, 65_535, 65_536])
def test_an_integer_that_a_shorter_head_would_hold_is_refused_by_its_form_too(index: int) -> None:
    known = replace(FULL, status=StatusReference(list=3, index=70_000))
    good = in_cbor(known)
    codec.from_cbor(good)
    payload = good.replace((70_000).to_bytes(4, "big"), index.to_bytes(4, "big"))
    assert (forms.recall(payload) is None) is (index < 65_536)
    if index < 65_536:
        with pytest.raises(MalformedError, match="not deterministic"):
            codec.from_cbor(payload)


@both
@pytest.mark.parametrize(
    "given_",
    [
        replace(FULL, holder=replace(FULL.holder, name_aliases=("胡三",))),
        replace(FULL, holder=replace(FULL.holder, name_latin="Abdurahman", division="CN-65")),
        replace(FULL, source=Source(format="hcert", issuer="AT", issued_at=ISSUED)),
    ],
)
def test_what_hardly_comes_again_has_no_form(wire: Wire, given_: Claims) -> None:
    assert wire.read(wire.pack(given_)) == given_
    assert not forms._MEMORY.layouts


@both
def test_nothing_of_a_holder_is_kept(wire: Wire) -> None:
    wire.read(wire.pack(FULL))
    seen: list[Any] = [forms._MEMORY.layouts]
    kept = set[int]()
    while seen:
        value = seen.pop()
        if id(value) not in kept:
            kept.add(id(value))
            seen += [item for item in gc.get_referents(value) if isinstance(item, (*_DATA, *_BOX))]
            assert not any(secret in _raw(value) for secret in _SECRETS)
    assert len(kept) > 20


_BOX = (dict, tuple, list)
_DATA = (str, bytes)
_SECRETS = [
    (FULL.holder.name or "").encode(),
    b"002X",
    FULL.holder.document_digest or b"",
    base64url.encode(FULL.holder.document_digest or b"").encode(),
    b"gate 7",
]


def _raw(value: Any) -> bytes:
    return value.encode() if type(value) is str else value if type(value) is bytes else b""


def test_what_is_refused_is_not_learnt() -> None:
    for change in ({4: -1}, {99: 1}, {1: ""}):
        with pytest.raises((MalformedError, UnsupportedError)):
            codec.from_cbor(cbor.encode(codec.to_cbor(FULL) | change))
    for named in ({"exp": -1}, {"colour": 1}, {"iss": ""}):
        with pytest.raises((MalformedError, UnsupportedError)):
            codec.from_json(json.encode(codec.to_json(FULL) | named))
    assert not forms._MEMORY.layouts


def test_no_more_forms_are_remembered_than_is_said() -> None:
    rng = random.Random(0)  # noqa: S311 - reproducible
    for _ in range(3 * forms.FORMS):
        issuer = f"{rng.randrange(10**6):06}"
        codec.from_cbor(in_cbor(replace(FULL, issuer=issuer)))
        held = [found for known in forms._MEMORY.layouts.values() for found in known]
        assert sum(len(found.forms) for found in held) <= forms.FORMS
    assert max(map(len, forms._MEMORY.layouts.values())) <= forms._LAYOUTS_A_LENGTH
