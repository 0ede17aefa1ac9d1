from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any

import cbor2
import pytest

from trustcert.encoding import base64url
from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    StaleError,
    TrustError,
    UnsupportedError,
    VerificationError,
)
from trustcert.keys import PrivateKey
from trustcert.keys.algorithms import ED25519, ESP256
from trustcert.limits import CLOCK_SKEW, FOREIGN_LIST_BYTES
from trustcert.status import State, StatusList, ietf, ietf_token
from trustcert.status.bitstring import BitstringStatusList, Purpose
from trustcert.status.ietf import TokenStatusList
from trustcert.status.ietf_token import StatusListToken
from trustcert.status.indices import from_indices

VECTORS = Path(
    os.environ.get("TRUSTCERT_VECTORS", Path(__file__).parents[2].parent / "shared" / "vectors")
)
URI = "https://51.example/status/7"
AT = 1_700_000_000
SIZE = 200_000


def vectors(name: str) -> Path:
    path = VECTORS / name
    if not path.exists():
        pytest.skip(f"the vectors of {name} are not here")
    return path


def test_the_drafts_own_lists_are_read_and_written_back() -> None:
    cases = json.loads((vectors("token-status-list") / "vectors.json").read_text())
    assert len(cases) == 8
    for case in cases:
        if case["form"] == "json":
            read = ietf.from_json(case["value"])
            again = ietf.from_json(ietf.to_json(read))
        else:
            read = ietf.from_cbor(cbor2.loads(bytes.fromhex(case["value"])))
            again = ietf.from_cbor(ietf.to_cbor(read))
        assert (read.bits, read.size) == (case["bits"], case["size"])
        expected = {int(index): value for index, value in case["expected"].items()}
        assert all(read.value(index) == value for index, value in expected.items())
        assert sum(map(bool, map(read.value, range(read.size)))) == len(
            [value for value in expected.values() if value]
        )
        assert again == read


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


@pytest.mark.parametrize(("suspended", "bits"), [(True, 2), (False, 1)])
def test_a_list_written_for_others_says_the_same_and_superseded_is_not_valid(
    suspended: bool,  # noqa: FBT001
    bits: int,
) -> None:
    ours = listed(suspended=suspended)
    theirs = ietf.from_json(ietf.to_json(ietf.from_status_list(ours)))
    assert theirs.bits == bits
    assert theirs.size == SIZE
    for index in (0, 1, 2, 3, 8, 9, 10, 70_000, SIZE - 1):
        expected = ours.state(index)
        if expected is State.SUPERSEDED:
            expected = State.INVALID
        assert theirs.state(index) is expected


def test_the_first_index_has_the_least_significant_bits_here_and_the_most_significant_at_w3c() -> (
    None
):
    token_list = TokenStatusList(bits=1, entries=bytes([0b0000_0001, 0]))
    assert [token_list.value(i) for i in (0, 7)] == [1, 0]
    two = TokenStatusList(bits=2, entries=bytes([0b11_10_01_00]))
    assert [two.value(i) for i in range(5)] == [0, 1, 2, 3, None]
    other = BitstringStatusList(purpose=Purpose.REVOCATION, entries=bytes([0b1000_0000, 0]))
    assert [other.state(i) for i in (0, 7)] == [State.INVALID, State.VALID]
    assert not isinstance(token_list, BitstringStatusList)


def test_values_without_a_meaning_here_and_indices_beyond_are_never_valid() -> None:
    found = TokenStatusList(bits=4, entries=bytes([0xF3, 0x20]))
    assert [found.state(i) for i in (-1, 0, 1, 2, 3, 4)] == [
        None,
        None,
        None,
        State.VALID,
        State.SUSPENDED,
        None,
    ]


def packed(data: bytes) -> str:
    return base64url.encode(zlib.compress(data))


@pytest.mark.parametrize(
    ("where", "item"),
    [
        ("bits", {"lst": packed(b"\0")}),
        ("bits", {"bits": 3, "lst": packed(b"\0")}),
        ("bits", {"bits": True, "lst": packed(b"\0")}),
        ("lst", {"bits": 1}),
        ("lst", {"bits": 1, "lst": packed(b"\0") + "="}),
        ("lst", {"bits": 1, "lst": base64url.encode(b"not zlib")}),
        ("lst", {"bits": 1, "lst": base64url.encode(zlib.compress(b"\0" * 99)[:-1])}),
        ("lst", {"bits": 1, "lst": base64url.encode(zlib.compress(b"\0") + b"x")}),
        ("lst", {"bits": 1, "lst": packed(b"")}),
    ],
)
def test_a_malformed_list_is_refused_with_its_place(where: str, item: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as caught:
        ietf.from_json(item)
    assert caught.value.where == where


def test_a_list_that_inflates_beyond_the_limit_is_refused() -> None:
    machine = zlib.compressobj(9)
    bomb = b"".join(machine.compress(bytes(1 << 20)) for _ in range((FOREIGN_LIST_BYTES >> 20) + 1))
    bomb += machine.flush()
    assert len(bomb) < 100_000
    with pytest.raises(LimitExceededError):
        ietf.from_cbor({"bits": 1, "lst": bomb})


def token(**changed: Any) -> StatusListToken:
    known: dict[str, Any] = {
        "uri": URI,
        "issued_at": AT,
        "list": ietf.from_status_list(listed()),
        "expires": AT + 86_400,
        "ttl": 3_600,
        "aggregation_uri": "https://51.example/status",
    }
    return StatusListToken(**{**known, **changed})


def signed(form: str, made: StatusListToken, key: PrivateKey) -> Any:
    return (ietf_token.sign_jwt if form == "jwt" else ietf_token.sign_cwt)(made, key)


def opened(
    form: str, data: Any, key: PrivateKey, *, at: int = AT, uri: str = URI
) -> StatusListToken:
    opener: Any = ietf_token.open_jwt if form == "jwt" else ietf_token.open_cwt
    found: StatusListToken = opener(data, key.public_key, uri=uri, at=at)
    return found


FORMS = pytest.mark.parametrize("form", ["jwt", "cwt"])


@FORMS
@pytest.mark.parametrize("algorithm", [ESP256, ED25519])
@pytest.mark.parametrize("made", [token(), token(expires=None, ttl=None, aggregation_uri=None)])
def test_a_token_comes_back(form: str, algorithm: Any, made: StatusListToken) -> None:
    key = PrivateKey.generate(algorithm)
    assert opened(form, signed(form, made, key), key) == made


@FORMS
def test_a_token_says_what_the_draft_wants(form: str) -> None:
    key = PrivateKey.generate()
    data = signed(form, token(), key)
    if form == "jwt":
        header, claims, _ = (base64url.decode(part) for part in data.split("."))
    else:
        protected, _, payload, _ = cbor2.loads(data).value
    if form == "jwt":
        assert json.loads(header)["typ"] == "statuslist+jwt"
        read = json.loads(claims)
        assert (read["sub"], read["iat"], read["exp"], read["ttl"]) == (
            URI,
            AT,
            AT + 86_400,
            3_600,
        )
        assert set(read["status_list"]) == {"bits", "lst", "aggregation_uri"}
    else:
        assert cbor2.loads(protected)[16] == "application/statuslist+cwt"
        assert data[0] == 0xD2
        read = cbor2.loads(payload)
        assert set(read) == {2, 4, 6, 65_533, 65_534}
        assert isinstance(read[65_533]["lst"], bytes)


@FORMS
def test_a_token_of_another_list_key_or_time_is_refused(form: str) -> None:
    key, other = PrivateKey.generate(), PrivateKey.generate()
    data = signed(form, token(), key)
    with pytest.raises(TrustError, match="another address"):
        opened(form, data, key, uri="https://51.example/status/8")
    with pytest.raises(StaleError):
        opened(form, data, key, at=AT + 86_400)
    assert opened(form, data, key, at=AT - CLOCK_SKEW) == token()
    with pytest.raises(TrustError, match="61 s ahead of the clock"):
        opened(form, data, key, at=AT - CLOCK_SKEW - 1)
    with pytest.raises(VerificationError):
        opened(form, data, other)
    with pytest.raises(UnsupportedError):
        opened(form, data, PrivateKey.generate(ED25519))


def test_an_altered_token_is_refused_before_it_is_parsed() -> None:
    key = PrivateKey.generate()
    text = ietf_token.sign_jwt(token(), key)
    header, claims, signature = text.split(".")
    with pytest.raises(VerificationError):
        opened("jwt", f"{header}.{base64url.encode(b'not json')}.{signature}", key)
    with pytest.raises(MalformedError):
        opened("jwt", f"{header}.{claims}", key)
    data = ietf_token.sign_cwt(token(), key)
    with pytest.raises(VerificationError):
        opened("cwt", data.replace(b"51.example", b"44.example", 1), key)
    for bad in (b"", data[:-1], data + b"\0", cbor2.dumps([b"", {}, b""]), cbor2.dumps("text")):
        with pytest.raises(MalformedError):
            opened("cwt", bad, key)


def resigned(form: str, key: PrivateKey, header: dict[Any, Any], claims: dict[Any, Any]) -> Any:
    if form == "jwt":
        text = ".".join(base64url.encode(json.dumps(p).encode()) for p in (header, claims))
        return f"{text}.{base64url.encode(key.sign(text.encode()))}"
    protected, payload = cbor2.dumps(header), cbor2.dumps(claims)
    tbs = cbor2.dumps(["Signature1", protected, b"", payload])
    return cbor2.dumps([protected, {}, payload, key.sign(tbs)])


JWT_HEADER = {"alg": "ES256", "typ": "statuslist+jwt"}
JWT_CLAIMS = {"sub": URI, "iat": AT, "status_list": {"bits": 1, "lst": packed(b"\1")}}
CWT_HEADER = {1: -7, 16: "application/statuslist+cwt"}
CWT_CLAIMS = {2: URI, 6: AT, 65_533: {"bits": 1, "lst": zlib.compress(b"\1")}}


def test_tokens_of_others_are_read() -> None:
    key = PrivateKey.generate()
    jwt = resigned("jwt", key, {**JWT_HEADER, "x5c": []}, {**JWT_CLAIMS, "iat": AT - 0.5})
    cwt = resigned("cwt", key, CWT_HEADER, CWT_CLAIMS)
    for found in (opened("jwt", jwt, key), opened("cwt", cwt, key)):
        assert [found.list.value(i) for i in range(9)] == [1, *[0] * 7, None]


@pytest.mark.parametrize(
    ("form", "header", "claims", "error"),
    [
        ("jwt", {"typ": "jwt"}, {}, UnsupportedError),
        ("jwt", {"crit": ["b64"]}, {}, UnsupportedError),
        ("jwt", {"alg": "none"}, {}, UnsupportedError),
        ("jwt", {}, {"sub": None}, MalformedError),
        ("jwt", {}, {"iat": None}, MalformedError),
        ("jwt", {}, {"iat": "now"}, MalformedError),
        ("jwt", {}, {"exp": 1e300}, MalformedError),
        ("jwt", {}, {"ttl": -1}, MalformedError),
        ("jwt", {}, {"status_list": []}, MalformedError),
        ("cwt", {16: "application/cwt"}, {}, UnsupportedError),
        ("cwt", {2: [99]}, {}, UnsupportedError),
        ("cwt", {1: -8}, {}, UnsupportedError),
        ("cwt", {}, {2: 7}, MalformedError),
        ("cwt", {}, {65_533: {"bits": 1}}, MalformedError),
        ("cwt", {}, {65_533: None}, MalformedError),
    ],
)
def test_what_is_signed_but_no_status_list_is_refused(
    form: str, header: dict[Any, Any], claims: dict[Any, Any], error: type[Exception]
) -> None:
    key = PrivateKey.generate()
    known = (JWT_HEADER, JWT_CLAIMS) if form == "jwt" else (CWT_HEADER, CWT_CLAIMS)
    data = resigned(form, key, {**known[0], **header}, {**known[1], **claims})
    with pytest.raises(error):
        opened(form, data, key)


def test_a_token_is_fresh_for_its_ttl_or_to_its_end() -> None:
    assert token().fresh_until(AT) == AT + 3_600
    assert token().fresh_until(AT + 86_000) == AT + 86_400
    assert token(ttl=None).fresh_until(AT) == AT + 86_400
    assert token(ttl=None, expires=None).fresh_until(AT) == AT


def test_an_aggregation_names_the_lists() -> None:
    uris = (URI, "https://51.example/status/8")
    assert ietf_token.read_aggregation(ietf_token.aggregation(uris)) == uris
    for bad in (b"[]", b"{}", b'{"status_lists": [7]}'):
        with pytest.raises(MalformedError):
            ietf_token.read_aggregation(bad)
