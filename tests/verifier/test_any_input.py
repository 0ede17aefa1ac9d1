"""Whatever is scanned: check never raises, and never says VALID of what was not signed so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases_compact import GENEROUS
from tests.strategies import claims, signers, unhurried
from tests.support import (
    EXPIRES,
    ISSUED,
    NOW,
    PublicTestSigner,
    binary,
    compact,
    guangdong,
    judge,
    proof,
    sealed,
    signed,
    signer,
    token,
    trusted,
    world,
)

from trustcert import formats
from trustcert.claims import Claims
from trustcert.encoding import base45, cbor
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.formats import compact as compact_format
from trustcert.formats import jwt
from trustcert.keys import ED25519, ESP256, ESP384
from trustcert.limits import TIME_MAX
from trustcert.policy import PINNED, from_document
from trustcert.report import Reason, Verdict
from trustcert.verifier import Verifier

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
CODES = {
    (form, row.name): formats.WRITABLE[form].encode(proof(), signer(algorithm=row))
    for form in ("compact", "jwt")
    for row in (ESP256, ED25519, ESP384)
}
TRUST = world(
    keys=tuple(trusted(signer(algorithm=row).public_key) for row in (ESP256, ED25519, ESP384))
)
GUARD = guangdong(TRUST)
HEADER = {"alg": "ES256", "kid": signer().public_key.kid.hex(), "typ": "tc+jwt"}

_WINDOW = {"days": 3, "count": "calendar_days", "origin": "sampled", "otherwise": "reported"}
_VACCINES = {"diseases": ["COVID-19"], "vaccines": ["*"], "delay_days": 14, "valid_days": 365,
             "booster": {"from_dose": 3, "delay_days": 1, "valid_days": 3660}}  # fmt: skip
DEMANDING: dict[str, Any] = GENEROUS | {
    "rules": {
        kind: rule | {"test": _WINDOW, "vaccination": _VACCINES, "refresh_hours": 24,
                      "recovery": {"from_days": 28, "until_days": 180}, "paper": "refuse",
                      "travel": {"hours": 72, "avoid": ["CN-42"]}, "identity": True, "live": True}
        for kind, rule in GENEROUS["rules"].items()
    }
}  # fmt: skip
POLICIES = (from_document(DEMANDING), from_document(GENEROUS), PINNED)

moments = st.integers(0, TIME_MAX) | st.sampled_from([0, 1, NOW, TIME_MAX - 1, TIME_MAX])
any_text = st.one_of(
    st.text(max_size=200),
    st.text(BASE45, max_size=300).map("TC1:".__add__),
    st.binary(max_size=200).map(base45.encode).map("TC1:".__add__),
    st.text(BASE64URL, max_size=120).map("eyJ".__add__),
    st.binary(max_size=100).map(lambda payload: token(HEADER, payload)),
    st.binary(max_size=100).map(sealed),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats(allow_nan=False,
    allow_infinity=False) | st.text(st.characters(codec="utf-8"), max_size=6)
    | st.sampled_from(["CN-51", "health_proof", "green", "2020-03-01", "P-256", "EC"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["idx", "uri", "status_list", "jwk", "kty", "crv", "x", "y",
                                       "alg", "type", "colour", "name"]), inner, max_size=4),
    max_leaves=6,
)  # fmt: skip
cbor_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.text(max_size=6)
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.integers(-4, 40) | st.text(max_size=3), inner, max_size=4),
    max_leaves=6,
)  # fmt: skip


@settings(unhurried, max_examples=300)
@given(any_text | st.binary(max_size=200), moments)
def test_check_never_raises_and_never_fails_inside(text: str | bytes, at: int) -> None:
    found = GUARD.check(text, at=at)
    assert found.verdict is not Verdict.VALID
    assert Reason.INTERNAL not in found.reasons


@settings(unhurried, max_examples=300)
@given(any_text)
def test_decode_raises_only_what_it_says(text: str) -> None:
    try:
        envelope = formats.decode(text)
    except (MalformedError, UnsupportedError):
        return
    assert envelope.format in formats.WRITABLE
    try:
        formats.open_claims(envelope)
    except (MalformedError, UnsupportedError):
        return


@settings(unhurried, max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from([1, 2, 4, 5, 6, 7, 8, 9, -65537, "iss", ""]), cbor_values, max_size=5
    ),
    st.dictionaries(st.integers(0, 40), cbor_values, max_size=5),
    moments,
)
def test_whatever_a_trusted_key_signs_is_judged_without_failing_inside(
    top: dict[Any, Any], body: dict[Any, Any], at: int
) -> None:
    def change(found: dict[Any, Any]) -> None:
        found[-65537].update(body)
        found.update(top)

    assert Reason.INTERNAL not in judge(signed(change), at=at).reasons


@settings(unhurried, max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(["iss", "iat", "exp", "nbf", "jti", "sub", "cnf", "status", "credential"]),
        json_values,
        max_size=5,
    ),
    st.dictionaries(st.sampled_from(["type", "name", "colour", "sampled_at", "birth_date",
                                     "document_digest", "source", "x"]), json_values, max_size=5),
    moments,
)  # fmt: skip
def test_whatever_a_trusted_key_signs_as_json_is_judged_without_failing_inside(
    top: dict[str, Any], body: dict[str, Any], at: int
) -> None:
    payload = {
        "iss": "CN-51",
        "iat": ISSUED,
        "credential": {"type": "health_proof", "colour": "green"} | body,
    } | top
    assert Reason.INTERNAL not in judge(token(HEADER, payload), at=at).reasons


@settings(unhurried, max_examples=200)
@given(claims(), signers, st.sampled_from(["compact", "jwt"]), moments)
def test_any_claims_of_a_trusted_issuer_are_judged_without_failing_inside(
    given_: Claims, key: PublicTestSigner, form: str, at: int
) -> None:
    names = frozenset({given_.issuer})
    trust = world(keys=(trusted(key.public_key, names=names, types=None),))
    text = formats.WRITABLE[form].encode(given_, key)
    for policy in POLICIES:
        found = Verifier(trust, policy=policy).check(text, at=at)
        assert Reason.INTERNAL not in found.reasons
        assert found.type == given_.type.value


@pytest.mark.parametrize("moment", [ISSUED, EXPIRES, 0, TIME_MAX])
def test_times_at_the_end_of_the_calendar_are_judged(moment: int) -> None:
    text = compact_format.encode(proof(issued_at=TIME_MAX, expires=TIME_MAX), signer())
    assert Reason.INTERNAL not in GUARD.check(text, at=moment).reasons


@pytest.mark.parametrize("form", ["compact", "jwt"])
def test_the_unchanged_codes_are_valid(form: str) -> None:
    for (made, _), text in CODES.items():
        if made == form:
            assert GUARD.check(text, at=NOW).verdict is Verdict.VALID


@pytest.mark.parametrize("name", [ESP256.name, ED25519.name])
def test_no_changed_left_out_or_added_character_is_valid(name: str) -> None:
    """Every position; at each the next character of the alphabet, none, and one more."""
    for (form, row), text in CODES.items():
        if row != name:
            continue
        alphabet = BASE45 if form == "compact" else BASE64URL
        for at, character in enumerate(text):
            step = 1 + at % (len(alphabet) - 1)
            other = alphabet[(alphabet.find(character) + step) % len(alphabet)]
            for altered in (
                text[:at] + other + text[at + 1 :],
                text[:at] + text[at + 1 :],
                text[:at] + other + text[at:],
            ):
                assert altered != text
                assert GUARD.check(altered, at=NOW).verdict is not Verdict.VALID, (form, at)


@settings(unhurried, max_examples=500)
@given(
    st.sampled_from(sorted(CODES)),
    st.integers(0, 2000),
    st.sampled_from(sorted(set(BASE45 + BASE64URL + " \n\0é\uff21"))),
    st.sampled_from(["replace", "insert", "append"]),
)
def test_no_other_character_anywhere_is_valid(
    code: tuple[str, str], place: int, character: str, how: str
) -> None:
    text = CODES[code]
    at = place % len(text)
    rest = text[at + 1 :] if how == "replace" else text[at:]
    altered = text + character if how == "append" else text[:at] + character + rest
    if altered != text:
        assert GUARD.check(altered, at=NOW).verdict is not Verdict.VALID


def test_no_flipped_bit_of_the_binary_is_valid() -> None:
    for (form, name), text in CODES.items():
        if form != "compact" or name == ESP384.name:
            continue
        raw = bytearray(binary(text))
        for bit in range(8 * len(raw)):
            raw[bit >> 3] ^= 1 << (bit & 7)
            assert GUARD.check(compact(bytes(raw)), at=NOW).verdict is not Verdict.VALID, bit
            raw[bit >> 3] ^= 1 << (bit & 7)


@settings(unhurried, max_examples=300)
@given(st.sampled_from(sorted(CODES)), st.data())
def test_no_cut_or_lengthened_binary_is_valid(code: tuple[str, str], data: st.DataObject) -> None:
    text = CODES[code]
    if code[0] == "compact":
        raw = binary(text)
        size = data.draw(st.integers(0, len(raw) - 1))
        tail = data.draw(st.binary(min_size=1, max_size=9))
        for altered in (raw[:size], raw + tail, raw[:size] + tail + raw[size:]):
            assert GUARD.check(compact(altered), at=NOW).verdict is not Verdict.VALID
    else:
        size = data.draw(st.integers(0, len(text) - 1))
        assert GUARD.check(text[:size], at=NOW).verdict is not Verdict.VALID


def test_a_text_of_any_size_is_refused_in_bounded_work() -> None:
    for text in ("TC1:" + "0" * 10**6, "eyJ" + "A" * 10**6 + "..", "x" * 10**6, "." * 10**6):
        found = GUARD.check(text, at=NOW)
        assert found.verdict is Verdict.INVALID
        assert found.reasons[0] in {Reason.LIMIT_EXCEEDED, Reason.NOT_A_CODE}
    with pytest.raises(LimitExceededError):
        jwt.decode("eyJ" + "A" * 10**6)


def test_what_decoded_once_decodes_the_same_again() -> None:
    for text in CODES.values():
        first, second = formats.decode(text), formats.decode(text)
        assert first == second
        assert formats.open_claims(first) == proof() == formats.open_claims(second)


def test_claims_in_deterministic_cbor_have_one_code_a_signature() -> None:
    for (form, _), text in CODES.items():
        if form == "compact":
            again = cbor.encode(cbor.decode(formats.decode(text).payload))
            assert again == formats.decode(text).payload
