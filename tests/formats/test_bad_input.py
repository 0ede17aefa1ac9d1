"""Hostile codes of foreign formats: a reason and a place, in bounded time and memory."""

from __future__ import annotations

import hashlib
import random
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.vectors import POLICY
from tests.strategies import unhurried
from tests.support import NOW, PublicTestSigner, signer

from trustcert import cose, formats
from trustcert.encoding import base32, base45, base64url, cbor, digit_pairs, json
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats import claim169, hcert, nzcp, shc
from trustcert.formats.envelope import Compatibility
from trustcert.keys import ESP384, PS256, PrivateKey
from trustcert.keys.thumbprint import thumbprint
from trustcert.registry.anchors import ForeignTrust
from trustcert.registry.pinned import PinnedTrust
from trustcert.registry.trust import TrustedKey
from trustcert.report import Reason, Report, Verdict
from trustcert.verifier import Verifier

DAY = 86_400
KID = b"12345678"
EVENT = {"tg": "840539006", "mp": "EU/1/20/1528", "dn": 2, "sd": 2, "dt": "2020-02-01", "co": "AT"}
DCC = {"ver": "1.3.0", "nam": {"fn": "M", "gn": "G"}, "dob": "1990-01-31", "v": [EVENT]}
CWT: dict[int, Any] = {1: "AT", 4: NOW + DAY, 6: NOW - DAY, -260: {1: DCC}}


def trust(key: Any = None, *, issuers: tuple[str, ...] = ("AT",), kid: bytes = KID) -> PinnedTrust:
    public = (key or signer()).public_key
    owned = [
        (kid, TrustedKey(key=public, issuer=name, names=frozenset({name}), types=None))
        for name in issuers
    ]
    return PinnedTrust(owned)


def judge(text: str, *, key: Any = None, **more: Any) -> Report:
    return Verifier(trust(key), policy=POLICY, **more).check(text, at=NOW)


def packed(message: bytes) -> str:
    return "HC1:" + base45.encode(zlib.compress(message))


def signed(  # noqa: PLR0913 - each part of the message can be anything
    payload: bytes | None = None,
    *,
    protected: Any = None,
    unprotected: Any = None,
    signature: Callable[[bytes], bytes] = lambda made: made,
    key: PublicTestSigner | PrivateKey | None = None,
    tags: bytes = b"\xd2",
) -> str:
    """An HC1 text with anything in it, signed all the same."""
    body = cbor.encode(CWT) if payload is None else payload
    head = cbor.encode({1: -7, 4: KID} if protected is None else protected)
    made = (key or signer()).sign(cose.to_be_signed(b"" if head == b"\xa0" else head, body))
    parts = [head, {} if unprotected is None else unprotected, body, signature(made)]
    return packed(tags + cbor.encode(parts))


def test_what_all_of_these_are_made_of_is_valid() -> None:
    report = judge(signed())
    assert report.verdict is Verdict.VALID, report


def der_of(raw: bytes) -> bytes:
    from trustcert.keys.der import der_from_raw

    return der_from_raw(raw)


INDEFINITE = b"\xbf" + cbor.encode(CWT)[1:] + b"\xff"
DEEP = b"\x81" * 40 + b"\x00"
TWICE = b"\xa5\x01\x62AT\x01\x62AT" + cbor.encode(CWT)[4:]
TAGGED = cbor.encode(CWT)[:-1]


@pytest.mark.parametrize(
    ("text", "reason", "where"),
    [
        pytest.param("HC1:!!", Reason.MALFORMED, "base45", id="not base45"),
        pytest.param("HC1:::", Reason.MALFORMED, "base45", id="base45 over its range"),
        pytest.param(
            "HC1:" + base45.encode(b"plain"), Reason.MALFORMED, "zlib", id="not deflated"
        ),
        pytest.param(
            "HC1:" + base45.encode(zlib.compress(b"\xd2")[:-1]), Reason.MALFORMED, "zlib",
            id="stream cut off",
        ),
        pytest.param(
            "HC1:" + base45.encode(zlib.compress(b"\xd2") + b"x"), Reason.MALFORMED, "zlib",
            id="bytes behind the stream",
        ),
        pytest.param(
            "HC1:" + base45.encode(zlib.compress(bytes(1 << 20), 9)), Reason.LIMIT_EXCEEDED, "zlib",
            id="deflate bomb",
        ),
        pytest.param(packed(b"\x83\x40\xa0\x40"), Reason.MALFORMED, "cose", id="three parts"),
        pytest.param(packed(b"\xd1\x84"), Reason.MALFORMED, "cose", id="tag of a MAC"),
        pytest.param(packed(b"\xd8\x3d\x84"), Reason.MALFORMED, "cose", id="tag 61 alone"),
        pytest.param(packed(DEEP), Reason.MALFORMED, "cose", id="deep nesting"),
        pytest.param(
            packed(b"\x84\x40\xa0" + DEEP + b"\x40"), Reason.MALFORMED, "cose.payload",
            id="deep payload",
        ),
        pytest.param(packed(b"\x9f\x40\xa0\x40\x40\xff"), Reason.MALFORMED, "cose",
                     id="indefinite array"),
        pytest.param(packed(b"\x84\x5f\x40\xff\xa0\x40\x40"), Reason.MALFORMED, "cose.protected",
                     id="indefinite bytes"),
        pytest.param(packed(b"\x9b" + b"\xff" * 8), Reason.MALFORMED, "cose", id="huge array"),
        pytest.param(packed(b"\x84\x5b" + b"\xff" * 8), Reason.MALFORMED, "cose.protected",
                     id="huge bytes"),
        pytest.param(packed(b"\x84\x00\xa0\x40\x40"), Reason.MALFORMED, "cose.protected",
                     id="protected is no string"),
        pytest.param(packed(b"\x84\x41\x00\xa0\x40\x40"), Reason.MALFORMED, "cose.protected",
                     id="protected is no map"),
        pytest.param(packed(b"\x84\x44\xa2\x01\x01\x01\xa0\x40\x40"), Reason.MALFORMED,
                     "cose.protected", id="protected is cut off"),
        pytest.param(packed(b"\x84\x45\xa2\x01\x26\x01\x26\xa0\x40\x40"), Reason.MALFORMED,
                     "cose.protected", id="duplicate label"),
        pytest.param(signed(protected={1: -7}), Reason.MALFORMED, "cose.protected.kid",
                     id="no kid"),
        pytest.param(signed(protected={1: -7, 4: "text"}), Reason.MALFORMED, "cose.protected.kid",
                     id="kid is a text"),
        pytest.param(signed(protected={1: -7, 2: [9], 4: KID}), Reason.UNSUPPORTED, "",
                     id="critical parameter"),
        pytest.param(signed(protected={1: 0, 4: KID}), Reason.UNSUPPORTED, "", id="alg none"),
        pytest.param(signed(protected={1: 5, 4: KID}), Reason.UNSUPPORTED, "", id="alg of a MAC"),
        pytest.param(signed(protected={1: "ES256", 4: KID}), Reason.UNSUPPORTED, "",
                     id="alg is a text"),
        pytest.param(signed(protected={4: KID}), Reason.UNSUPPORTED, "", id="no alg"),
        pytest.param(signed(protected={1: -37, 4: KID}), Reason.ALGORITHM_MISMATCH, "",
                     id="alg of another kind of key"),
        pytest.param(signed(signature=lambda made: made[:-1]), Reason.SIGNATURE_WRONG, "signature",
                     id="short signature"),
        pytest.param(signed(signature=lambda made: made + b"\0"), Reason.SIGNATURE_WRONG,
                     "signature", id="over-long signature"),
        pytest.param(signed(signature=lambda _: b"abc"), Reason.SIGNATURE_WRONG, "signature",
                     id="three bytes of signature"),
        pytest.param(signed(signature=lambda _: bytes(64)), Reason.SIGNATURE_WRONG, "signature",
                     id="zero signature"),
        pytest.param(signed(signature=der_of), Reason.SIGNATURE_WRONG, "signature",
                     id="DER where raw belongs"),
        pytest.param(signed(signature=lambda _: b""), Reason.NOT_SIGNED, "signature",
                     id="no signature"),
        pytest.param(signed(key=signer("mallory")), Reason.SIGNATURE_WRONG, "signature",
                     id="another key"),
        pytest.param(signed(b"\xff"), Reason.CLAIMS_MALFORMED, "claims", id="payload no CBOR"),
        pytest.param(signed(cbor.encode(CWT) + b"\0"), Reason.CLAIMS_MALFORMED, "claims",
                     id="bytes behind the payload"),
        pytest.param(signed(TWICE), Reason.CLAIMS_MALFORMED, "claims", id="duplicate claim"),
        pytest.param(signed(DEEP), Reason.CLAIMS_MALFORMED, "claims", id="payload nested deeply"),
        pytest.param(signed(b"\xd8\x23\x61\x28"), Reason.CLAIMS_MALFORMED, "claims",
                     id="a tag that executes"),
        pytest.param(signed(cbor.encode(CWT | {4: float("nan")})), Reason.CLAIMS_MALFORMED,
                     "claims.exp", id="NaN"),
        pytest.param(signed(cbor.encode(CWT | {4: float("inf")})), Reason.CLAIMS_MALFORMED,
                     "claims.exp", id="infinity"),
        pytest.param(signed(cbor.encode(CWT | {4: 1 << 70})), Reason.CLAIMS_MALFORMED, "claims",
                     id="bignum"),
        pytest.param(signed(cbor.encode(CWT | {6: 1 << 63})), Reason.CLAIMS_MALFORMED, "claims.iat",
                     id="huge integer"),
        pytest.param(signed(cbor.encode(CWT | {6: True})), Reason.CLAIMS_MALFORMED, "claims.iat",
                     id="a flag is no time"),
        pytest.param(signed(cbor.encode(CWT | {-260: {1: DCC | {"t": [{}]}}})),
                     Reason.CLAIMS_MALFORMED, "claims.hcert", id="two kinds of event"),
        pytest.param(signed(cbor.encode(CWT | {-260: {1: DCC | {"v": [EVENT] * 33}}})),
                     Reason.CLAIMS_MALFORMED, "claims.hcert.v", id="too many events"),
        pytest.param(signed(cbor.encode(CWT | {-260: {1: DCC | {"v": [EVENT, {}]}}})),
                     Reason.CLAIMS_MALFORMED, "claims.hcert.v[1].dt", id="an event without a day"),
        pytest.param(signed(cbor.encode(CWT | {1: "DE"})), Reason.ISSUER_MISMATCH, "claims.iss",
                     id="another country's name"),
    ],
)  # fmt: skip
def test_a_reason_and_a_place(text: str, reason: Reason, where: str) -> None:
    report = judge(text)
    assert report.verdict is Verdict.INVALID
    assert report.reasons == (reason,)
    assert report.objections[0].where == where


def test_a_map_without_a_length_is_read_once_the_signature_holds() -> None:
    assert judge(signed(INDEFINITE)).verdict is Verdict.VALID


def test_a_bomb_takes_bounded_memory() -> None:
    bomb = "HC1:" + base45.encode(zlib.compress(bytes(4 << 20), 9))
    judge(bomb)
    tracemalloc.start()
    judge(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_ps256_verifies_and_is_never_taken_for_es256() -> None:
    key = PrivateKey.generate(PS256)
    head = {1: -37, 4: KID}
    assert judge(signed(protected=head, key=key), key=key).verdict is Verdict.VALID
    other = signed(protected={1: -7, 4: KID}, key=key)
    assert judge(other, key=key).reasons == (Reason.ALGORITHM_MISMATCH,)


def test_switches_can_be_switched_off() -> None:
    every = frozenset(Compatibility)
    outside = signed(protected={4: KID}, unprotected={1: -7})
    assert judge(outside).verdict is Verdict.VALID
    strict = judge(outside, compatibility=every - {Compatibility.ALG_UNPROTECTED})
    assert strict.reasons == (Reason.UNSUPPORTED,)
    native = signer(algorithm=ESP384)
    made = signed(key=native)  # SHA-384: what -7 does not mean on this curve
    assert judge(made, key=native).reasons == (Reason.SIGNATURE_WRONG,)
    off = judge(made, key=native, compatibility=every - {Compatibility.ES256_P384})
    assert off.reasons == (Reason.ALGORITHM_MISMATCH,)


def test_a_shared_key_counts_for_its_owners_alone() -> None:
    """161 issuers share one key in the public directory of SMART Health Cards."""
    key = signer()
    owners = tuple(f"https://hospital-{number}.example" for number in range(161))
    kid = thumbprint(key.public_key).encode()
    verifier = Verifier(ForeignTrust(trust(issuers=owners, kid=kid)), policy=POLICY)
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}

    def card(issuer: str) -> Report:
        vc = {"type": [shc.TYPE], "credentialSubject": {"fhirBundle": bundle}}
        return verifier.check(shc.write({"iss": issuer, "nbf": NOW - DAY, "vc": vc}, key), at=NOW)

    assert card(owners[0]).issuer == owners[0]
    assert card(owners[160]).issuer == owners[160]
    assert card(owners[160]).verdict is Verdict.VALID
    assert card("https://elsewhere.example").reasons == (Reason.ISSUER_MISMATCH,)


def jws(header: Any, payload: bytes) -> str:
    head = f"{base64url.encode(json.encode(header))}.{base64url.encode(payload)}"
    made = base64url.encode(signer().sign(head.encode()))
    return shc.PREFIX + digit_pairs.encode(f"{head}.{made}")


HEADER = {"alg": "ES256", "zip": "DEF", "kid": "12345678"}


def raw(data: bytes) -> bytes:
    machine = zlib.compressobj(9, wbits=-15)
    return machine.compress(data) + machine.flush()


@pytest.mark.parametrize(
    ("text", "reason", "where"),
    [
        pytest.param("shc:/x", Reason.MALFORMED, "shc", id="no digits"),
        pytest.param("shc:/123", Reason.MALFORMED, "shc", id="a lone digit"),
        pytest.param("shc:/99", Reason.MALFORMED, "shc", id="a pair above 77"),
        pytest.param("shc:/\u0661\u0662", Reason.MALFORMED, "shc", id="digits of another script"),
        pytest.param("shc:/2/3/00", Reason.PARTS_MISSING, "parts", id="a part"),
        pytest.param(jws(HEADER | {"alg": "none"}, b""), Reason.UNSUPPORTED, "", id="alg none"),
        pytest.param(jws(HEADER | {"alg": "HS256"}, b""), Reason.UNSUPPORTED, "", id="alg HS256"),
        pytest.param(jws({"alg": "ES256", "kid": "x"}, b""), Reason.UNSUPPORTED, "", id="no zip"),
        pytest.param(jws(HEADER | {"jwk": {}}, b""), Reason.UNSUPPORTED, "", id="key in header"),
        pytest.param(jws(HEADER, raw(bytes(1 << 20))), Reason.CLAIMS_MALFORMED, "claims.zip",
                     id="deflate bomb"),
        pytest.param(jws(HEADER, raw(b"{}") + b"x"), Reason.CLAIMS_MALFORMED, "claims.nbf",
                     id="bytes behind the stream of a card without a time"),
        pytest.param(jws(HEADER, raw(b'{"nbf":NaN}')), Reason.CLAIMS_MALFORMED, "claims",
                     id="NaN"),
        pytest.param(jws(HEADER, raw(b'{"nbf":1,"nbf":1}')), Reason.CLAIMS_MALFORMED, "claims.nbf",
                     id="duplicate name"),
        pytest.param(jws(HEADER, raw(b"[" * 50 + b"]" * 50)), Reason.CLAIMS_MALFORMED, "claims",
                     id="deep nesting"),
        pytest.param(jws(HEADER, raw(b'{"nbf":' + b"9" * 400 + b"}")), Reason.CLAIMS_MALFORMED,
                     "claims", id="huge integer"),
    ],
)  # fmt: skip
def test_health_cards(text: str, reason: Reason, where: str) -> None:
    report = judge(text)
    assert report.verdict is Verdict.INVALID
    assert report.reasons == (reason,)
    assert report.objections[0].where == where


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NZCP:/2/AAAA", Reason.UNSUPPORTED),
        ("NZCP:/1/aaaa", Reason.MALFORMED),
        ("NZCP:/1/A", Reason.MALFORMED),
        ("NZCP:/1/AB", Reason.MALFORMED),
        ("NZCP:/1/" + base32.encode(b"\x84\x40\xa0\x40\x40"), Reason.MALFORMED),
        ("NZCP:/1/" + base32.encode(b"\xd2\x84\x43\xa1\x01\x26\xa0\x40\x40"), Reason.MALFORMED),
        ('{"data": {"hdr": {"is": "AUS", "t": "icao.vacc"}}, "sig": {}}', Reason.MALFORMED),
        ('{"data": {"hdr": {"is": "A", "t": "x"}, "n": 1.5}, "sig": {}}', Reason.MALFORMED),
        ("{" * 5000, Reason.LIMIT_EXCEEDED),
        ("o2d2ZXJzaW9u", Reason.MALFORMED),
    ],
)
def test_the_others(text: str, reason: Reason) -> None:
    report = judge(text)
    assert (report.verdict, report.reasons) == (Verdict.INVALID, (reason,))


SEEDS = [
    signed(),
    jws(HEADER, raw(b"{}")),
    nzcp.write(issuer="did:web:x", kid="key-1", subject={"givenName": "J", "dob": "1960-04-16"},
               validity=(NOW - DAY, NOW + DAY), signer=signer()),
    base45.encode(zlib.compress(cbor.encode([cbor.encode({1: -7}), {}, b"\xa0", bytes(64)]))),
    '{"data":{"hdr":{"is":"AUS","t":"icao.vacc"},"msg":{}},"sig":{"alg":"ES256"}}',
]  # fmt: skip


@unhurried
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(1, 4))
def test_a_changed_character_is_never_valid_and_never_a_crash(
    seed: str, number: int, count: int
) -> None:
    chance = random.Random(number)  # noqa: S311 - hypothesis chose the number
    text = list(seed)
    for _ in range(count):
        text[chance.randrange(len(text))] = chr(chance.randrange(1, 127))
    found = "".join(text)
    if found == seed:
        return
    try:
        envelope = formats.decode(found)
        formats.open_claims(envelope)
    except (MalformedError, UnsupportedError):
        pass
    report = judge(found)
    assert Reason.INTERNAL not in report.reasons
    assert report.verdict is not Verdict.VALID


def test_nothing_of_a_person_stands_in_a_repr() -> None:
    envelope = formats.decode(signed())
    claims = formats.open_claims(envelope)
    assert claims.original is not None
    shown = repr(envelope) + repr(claims) + repr(claims.holder) + repr(claims.details)
    assert "1990" not in shown
    assert "G M" not in shown
    assert hashlib.sha256(shown.encode()).digest()
    assert claim169.recognises("6BF") and hcert.recognises("LT1:")  # noqa: PT018
