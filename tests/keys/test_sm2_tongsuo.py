"""SM2 against Tongsuo: ten thousand signatures, good and bad, and credentials both ways."""

from __future__ import annotations

import functools
import secrets
import sys
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature as OurInvalid
from tests.keys.sm2_reference import ReferenceSigner, affine, encoded, signed_digest
from tests.support import guangdong, proof, trusted, world

from trustcert import formats, qr
from trustcert.errors import MalformedError, UnsupportedError, VerificationError
from trustcert.issuer import issue
from trustcert.keys import SM2, PrivateKey, PublicKey
from trustcert.keys.der import der_from_raw, raw_from_der
from trustcert.keys.sm2 import SPKI_PREFIX, Sm2PublicKey
from trustcert.keys.sm2_curve import N
from trustcert.report import Reason, Verdict

_NEEDS = "tongsuopy is not installed (the extra sm2)"
ec = pytest.importorskip("tongsuopy.crypto.asymciphers.ec", reason=_NEEDS)
hashes = pytest.importorskip("tongsuopy.crypto.hashes", reason=_NEEDS)
serialization = pytest.importorskip("tongsuopy.crypto.serialization", reason=_NEEDS)
tongsuo_errors = pytest.importorskip("tongsuopy.crypto.exceptions", reason=_NEEDS)

KEYS = 25
SIGNATURES = 10_000


def tongsuo_says(key: Any, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(der_from_raw(signature), message, ec.ECDSA(hashes.SM3()))
    except (tongsuo_errors.InvalidSignature, tongsuo_errors.InternalError):
        return False
    return True


def we_say(key: Sm2PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except OurInvalid:
        return False
    return True


def cases(d: int, key: Sm2PublicKey) -> Iterator[tuple[bytes, bytes]]:
    """Yield signatures and messages without end: good ones, near misses, and edges."""
    edges = [0, 1, 2, N - 2, N - 1, N, N + 1, 2**256 - 1]
    for r in edges:
        for s in edges:
            yield pair(r, s), b"edges"
    while True:
        message = secrets.token_bytes(secrets.randbelow(200))
        good = signed_digest(d, key.digest(message))
        r, s = (int.from_bytes(half, "big") for half in (good[:32], good[32:]))
        bit = 1 << secrets.randbelow(512)
        other = secrets.randbelow(N)
        yield good, message
        yield good, message + b"\0"
        yield good[32:] + good[:32], message
        yield (int.from_bytes(good, "big") ^ bit).to_bytes(64, "big"), message
        yield signed_digest(d, key.digest(message, b"ALICE123@YAHOO.COM")), message
        yield signed_digest(d, key.digest(message, b"")), message
        for first, second in ((r, N - s), (N - r, s), (r, N - r), (0, s), (r, 0), (N, s), (r, N),
                              (other, N - other), (other, s), (r, other)):  # fmt: skip
            yield pair(first, second), message


def pair(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_ours_and_tongsuo_agree_on_ten_thousand_signatures() -> None:
    accepted = 0
    for _ in range(KEYS):
        d = secrets.randbelow(N - 2) + 1
        key = Sm2PublicKey(encoded(*affine(d)))
        theirs = serialization.load_der_public_key(key.spki)
        for signature, message in islice(cases(d, key), SIGNATURES // KEYS):
            ours = we_say(key, signature, message)
            assert ours is tongsuo_says(theirs, signature, message), (d, signature, message)
            accepted += ours
    assert accepted > SIGNATURES // 50


def test_ours_and_tongsuo_refuse_the_same_points() -> None:
    x, y = affine(9)
    for point in (encoded(x, y - 1), encoded(y, x), encoded(0, 0), encoded(2**256 - 1, y)):
        with pytest.raises(MalformedError):
            PublicKey(SPKI_PREFIX + point)
        with pytest.raises(ValueError, match=r"."):
            serialization.load_der_public_key(SPKI_PREFIX + point)


@functools.cache
def tongsuo_signer() -> PrivateKey:
    return PrivateKey.generate(SM2)


def test_a_private_key_comes_back_from_pem_and_jwk() -> None:
    key = tongsuo_signer()
    pem = key.to_pem(b"password")
    assert b"ENCRYPTED PRIVATE KEY" in pem
    for again in (
        PrivateKey.from_pem(pem, b"password"),
        PrivateKey.from_jwk(key.unsafe_to_jwk()),
        PrivateKey(serialization_native(pem)),
    ):
        assert again.public_key == key.public_key
        key.public_key.verify(again.sign(b"message"), b"message")
    with pytest.raises(MalformedError, match="not its password"):
        PrivateKey.from_pem(pem, b"another")
    assert "SM2" in repr(key)


def serialization_native(pem: bytes) -> Any:
    from trustcert.keys import sm2_signing

    return sm2_signing.from_pem(pem, b"password")


@pytest.mark.parametrize("d", [0, N - 1, N, 2**256 - 1])
def test_private_values_out_of_range_are_refused(d: int) -> None:
    from trustcert.encoding import base64url

    jwk = tongsuo_signer().unsafe_to_jwk() | {"d": base64url.encode(d.to_bytes(32, "big"))}
    with pytest.raises(MalformedError):
        PrivateKey.from_jwk(jwk)


def test_without_the_extra_nothing_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    pem = tongsuo_signer().to_pem(b"password")
    monkeypatch.setitem(sys.modules, "tongsuopy.crypto.asymciphers", None)
    with pytest.raises(UnsupportedError, match="extra sm2"):
        PrivateKey.generate("SM2")
    with pytest.raises(UnsupportedError, match="extra sm2"):
        PrivateKey.from_pem(pem, b"password")


@pytest.mark.parametrize("form", ["compact", "jwt"])
@pytest.mark.parametrize("made_by", ["tongsuo", "plain Python"])
def test_a_credential_verifies_on_either_side(form: str, made_by: str, tmp_path: Path) -> None:
    signer = tongsuo_signer() if made_by == "tongsuo" else ReferenceSigner(12_345)
    text = issue(proof(), signer, format=form)
    symbol = tmp_path / "code.png"
    qr.save(text, symbol)
    (read,) = qr.scan(symbol).texts
    assert read == text
    trust = world(keys=(trusted(signer.public_key),))
    assert guangdong(trust).check(read, at=proof().issued_at + 3600).verdict is Verdict.VALID

    envelope = formats.decode(read)
    assert envelope.algorithms == (SM2,)
    theirs = serialization.load_der_public_key(signer.public_key.spki)
    assert tongsuo_says(theirs, envelope.signature, envelope.signed)
    assert not tongsuo_says(theirs, envelope.signature, envelope.signed + b"\0")


def test_another_key_and_another_id_are_the_wrong_signature() -> None:
    text = issue(proof(), tongsuo_signer())
    kid = tongsuo_signer().public_key.kid
    for stranger in (
        PublicKey(ReferenceSigner(99).public_key.spki),
        PublicKey(tongsuo_signer().public_key.spki, sm2_id="ALICE123@YAHOO.COM"),
    ):
        held = trusted(stranger)
        trust = world(keys=(held,))
        report = guangdong(trust).check(text, at=proof().issued_at + 3600)
        assert report.verdict is not Verdict.VALID
        if stranger.kid == kid:
            assert Reason.SIGNATURE_WRONG in report.reasons


def test_der_of_tongsuo_is_read_strictly() -> None:
    raw = tongsuo_signer().sign(b"m")
    der = der_from_raw(raw)
    assert raw_from_der(der, 32) == raw
    r, s = raw[:32], raw[32:]
    unsigned = b"\x30\x44\x02\x20" + r + b"\x02\x20" + s
    padded = b"\x30\x48\x02\x22\0\0" + r + b"\x02\x22\0\0" + s
    short = b"\x30\x06\x02\x01\x01\x02\x01\x02"
    assert raw_from_der(short, 32) == pair(1, 2)
    refused = [b"", b"\x30", der[:-1], der + b"\0", b"\x31" + der[1:], raw, padded,
               short[:-3] + b"\x03\x01\x02", b"\x30\x04\x02\0\x02\0",
               b"\x30\x06\x02\x01\x80\x02\x01\x02",
               b"\x30\x07\x02\x01\x01\x02\x01\x02\x00",
               b"\x30\x26\x02\x21\x01" + bytes(32) + b"\x02\x01\x02"]  # fmt: skip
    if r[0] & 0x80:
        refused.append(unsigned)
    for bad in chain(refused, (b"\x30\x81" + der[1:],)):
        with pytest.raises(MalformedError):
            raw_from_der(bad, 32)
    with pytest.raises(VerificationError):
        tongsuo_signer().public_key.verify(der, b"m")
