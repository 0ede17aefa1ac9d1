from __future__ import annotations

import base64
import gzip
import hashlib
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
    RollbackError,
    StaleError,
    TrustError,
    UnsupportedError,
    VerificationError,
)
from trustcert.keys import PrivateKey
from trustcert.keys.algorithms import ED25519, ESP256
from trustcert.limits import FOREIGN_LIST_BYTES
from trustcert.status import State, StatusList, bitstring, eu, ietf, ietf_token, shc
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
    with pytest.raises(TrustError, match="future"):
        opened(form, data, key, at=AT - 1)
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


CRL_KID = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"


def test_the_third_example_card_is_revoked_and_the_others_are_not() -> None:
    folder = vectors("shc")
    data = (folder / "issuer-well-known" / "crl" / f"{CRL_KID}.json").read_bytes()
    crl = shc.decode(data, kid=CRL_KID)
    assert crl.counter == 1
    found = []
    for n in range(4):
        card = json.loads((folder / f"example-0{n}-c-jws-payload-minified.json").read_text())
        found.append(crl.revokes(card["vc"].get("rid"), issued_at=card["nbf"]))
    assert found == [False, False, False, True]
    with pytest.raises(TrustError):
        shc.decode(data, kid="another")


def crl(*rids: Any, **changed: Any) -> bytes:
    item = {"kid": "k", "method": "rid", "ctr": 3, "rids": list(rids), **changed}
    return json.dumps({name: value for name, value in item.items() if value is not None}).encode()


def test_a_time_behind_a_revocation_id_spares_the_cards_issued_from_then_on() -> None:
    read = shc.decode(crl("a.1000", "b", "c.1000", "c.500", "d.5", "d"), kid="k")
    assert read.revokes("a", issued_at=999.999)
    assert not read.revokes("a", issued_at=1_000)
    assert read.revokes("b", issued_at=1e15)
    assert read.revokes("c", issued_at=700)
    assert read.revokes("d", issued_at=9_999)
    assert not read.revokes("e", issued_at=0)
    assert not read.revokes(None, issued_at=0)


@pytest.mark.parametrize(
    ("where", "data"),
    [
        ("", b"[]"),
        ("method", crl(method="sha")),
        ("ctr", crl(ctr=0)),
        ("ctr", crl(ctr="1")),
        ("rids", crl(rids=None)),
        ("rids[1]", crl("a", "")),
        ("rids[0]", crl("a" * 25)),
        ("rids[0]", crl("a.b")),
        ("rids[0]", crl("a.1.2")),
        ("rids[0]", crl("a.999999999999")),
        ("rids[0]", crl(7)),
    ],
)
def test_a_malformed_card_list_is_refused_with_its_place(where: str, data: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        shc.decode(data, kid="k")
    assert caught.value.where == where


def test_a_card_list_does_not_go_back() -> None:
    held = shc.decode(crl("a"), kid="k")
    assert shc.newer(None, held) is held
    assert shc.newer(held, held) is held
    assert shc.newer(held, shc.decode(crl("b", ctr=4), kid="k")).counter == 4
    for lower in (crl(ctr=2), crl("b", ctr=3)):
        with pytest.raises(RollbackError):
            shc.newer(held, shc.decode(lower, kid="k"))
    with pytest.raises(TrustError):
        shc.newer(held, shc.decode(crl(kid="other", ctr=9), kid="other"))


UCI = "URN:UVCI:01:DE:A80013335/TCXSI5Q08B0DIJGMIZJDF#T"
SIGNATURE = bytes(range(64))
KID = bytes(8)


def batch(kind: str, *hashed: bytes, **changed: Any) -> bytes:
    entries = [{"hash": base64.b64encode(hashlib.sha256(h).digest()[:16]).decode()} for h in hashed]
    item = {
        "country": "DE",
        "expires": "2026-11-01T00:00:00+01:00",
        "kid": base64.b64encode(KID).decode(),
        "hashType": kind,
        "entries": entries,
    }
    return json.dumps({**item, **changed}).encode()


@pytest.mark.parametrize(
    ("kind", "hashed", "is_ecdsa", "expected"),
    [
        ("UCI", UCI.encode(), True, True),
        ("COUNTRYCODEUCI", b"DE" + UCI.encode(), True, True),
        ("COUNTRYCODEUCI", UCI.encode(), True, False),
        ("SIGNATURE", SIGNATURE[:32], True, True),
        ("SIGNATURE", SIGNATURE, True, True),
        ("SIGNATURE", SIGNATURE, False, True),
        ("SIGNATURE", SIGNATURE[:32], False, False),
        ("SIGNATURE", UCI.encode(), True, False),
    ],
)
def test_a_certificate_is_found_by_each_kind_of_hash(
    kind: str,
    hashed: bytes,
    is_ecdsa: bool,  # noqa: FBT001
    expected: bool,  # noqa: FBT001
) -> None:
    hashes = eu.hashes_of(uci=UCI, country="DE", signature=SIGNATURE, is_ecdsa=is_ecdsa)
    found = [eu.decode(batch("UCI", b"other")), eu.decode(batch(kind, b"x", hashed))]
    assert eu.revoked(found, hashes, country="DE", kid=KID, at=AT) is expected
    assert UCI not in repr(hashes)


def test_a_batch_counts_for_its_country_key_and_time_only() -> None:
    hashes = eu.hashes_of(uci=UCI, country="DE", signature=SIGNATURE, is_ecdsa=True)
    read = eu.decode(batch("UCI", UCI.encode()))
    assert eu.revoked([read], hashes, country="DE", kid=KID, at=read.expires - 1)
    assert not eu.revoked([read], hashes, country="DE", kid=KID, at=read.expires)
    assert not eu.revoked([read], hashes, country="AT", kid=KID, at=AT)
    assert not eu.revoked([read], hashes, country="DE", kid=bytes([1] * 8), at=AT)
    anyone = eu.decode(batch("UCI", UCI.encode(), kid="UNKNOWN_KID"))
    assert anyone.kid is None
    assert eu.revoked([anyone], hashes, country="DE", kid=bytes([1] * 8), at=AT)


@pytest.mark.parametrize(
    ("where", "changed"),
    [
        ("country", {"country": "de"}),
        ("kid", {"kid": "AAAA"}),
        ("kid", {"kid": "!"}),
        ("hashType", {"hashType": "R"}),
        ("expires", {"expires": "tomorrow"}),
        ("expires", {"expires": 7}),
        ("entries", {"entries": {}}),
        ("entries[0]", {"entries": ["x"]}),
        ("entries[1].hash", {"entries": [{"hash": "A" * 22 + "=="}, {"hash": "AA=="}]}),
        ("entries[0].hash", {"entries": [{}]}),
    ],
)
def test_a_malformed_batch_is_refused_with_its_place(where: str, changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as caught:
        eu.decode(batch("UCI", **changed))
    assert caught.value.where == where
