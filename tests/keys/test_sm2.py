"""SM2 with SM3: the standard's own example, every bound of a signature, every form of a key."""

from __future__ import annotations

import pickle
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st
from tests.keys.sm2_reference import ReferenceSigner, affine, encoded, key_of, signed_digest
from tests.strategies import unhurried

from trustcert.errors import MalformedError, UnsupportedError, VerificationError
from trustcert.keys import SM2, PublicKey, sm2
from trustcert.keys.sm2 import Sm2PublicKey, sm3
from trustcert.keys.sm2_curve import GX, GY, N, P, Table, multiple, total
from trustcert.limits import SM2_TABLES

# GB/T 32918.5, the example of a signature
D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
POINT = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
MESSAGE = b"message digest"
Z = bytes.fromhex("B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3")
E = bytes.fromhex("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640")
K = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)


def holds(key: Sm2PublicKey, signature: bytes, e: bytes) -> bool:
    try:
        key.verify_digest(signature, e)
    except InvalidSignature:
        return False
    return True


def warm(key: Sm2PublicKey) -> Sm2PublicKey:
    for _ in range(9):
        holds(key, SIGNATURE, E)
    return key


@pytest.fixture(params=["without a table", "with a table"])
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sm2PublicKey:
    monkeypatch.setattr(sm2, "_tables", sm2._Tables(SM2_TABLES))
    known = Sm2PublicKey(POINT)
    if request.param == "with a table":
        warm(known)
        assert known._table() is not None
    return known


def test_the_example_of_the_standard(key: Sm2PublicKey) -> None:
    assert encoded(*affine(D)) == POINT
    assert key.identity() == Z
    assert key.digest(MESSAGE) == sm3(Z + MESSAGE) == E
    assert signed_digest(D, E, K) == SIGNATURE
    key.verify(SIGNATURE, MESSAGE)


def test_sm3_of_the_standard() -> None:
    digest = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abc").hex() == digest


def test_one_changed_bit_is_never_valid(key: Sm2PublicKey) -> None:
    for bit in range(512):
        changed = bytearray(SIGNATURE)
        changed[bit // 8] ^= 1 << bit % 8
        assert not holds(key, bytes(changed), E)
    for bit in range(0, 256, 5):
        digest = bytearray(E)
        digest[bit // 8] ^= 1 << bit % 8
        assert not holds(key, SIGNATURE, bytes(digest))


def test_values_out_of_range_are_refused(key: Sm2PublicKey) -> None:
    r, s = (int.from_bytes(half, "big") for half in (SIGNATURE[:32], SIGNATURE[32:]))
    top = 2**256 - 1
    pairs = [(0, s), (r, 0), (0, 0), (N, s), (r, N), (N, N), (top, s), (r, top), (r, N - r),
             (N - r, s), (r, N - s), (s, r), (1, N - 1), (N - 1, 1)]  # fmt: skip
    if s + N < 2**256:
        pairs.append((r, s + N))
    for first, second in pairs:
        assert not holds(key, first.to_bytes(32, "big") + second.to_bytes(32, "big"), E)


@pytest.mark.parametrize("size", [0, 1, 63, 65, 70, 128])
def test_a_signature_has_64_bytes(key: Sm2PublicKey, size: int) -> None:
    assert not holds(key, SIGNATURE.ljust(128, b"\0")[:size], E)
    with pytest.raises(VerificationError):
        PublicKey(key.spki).verify(SIGNATURE.ljust(128, b"\0")[:size], MESSAGE)


def test_a_digest_of_other_kinds_is_another_digest(key: Sm2PublicKey) -> None:
    with pytest.raises(InvalidSignature):
        key.verify(SIGNATURE, MESSAGE, b"ALICE123@YAHOO.COM")
    assert not holds(key, SIGNATURE, sm3(MESSAGE))


@pytest.mark.parametrize("d", [1, 2, 3, 127, 128, 129, 255, 256, N - 2, N // 2, N // 2 + 1])
def test_keys_beside_the_base_point(d: int) -> None:
    known = key_of(d)
    for k in (1, 2, 3, 255, 256, N - 1, N - 2, d, 2 * d % N):
        e = secrets.token_bytes(32)
        signature = signed_digest(d, e, k)
        assert holds(known, signature, e)
        assert not holds(known, signature, bytes(32))
    warm(known)
    for k in (1, 2, 3, 255, 256, N - 1, N - 2, d, 2 * d % N):
        e = secrets.token_bytes(32)
        assert holds(known, signed_digest(d, e, k), e)


def test_a_point_at_infinity_signs_nothing() -> None:
    # s*G + t*P is infinity for t = -s/d
    d = 7
    known = key_of(d)
    s = 12_345
    t = -s * pow(d, -1, N) % N
    r = (t - s) % N
    forged = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    for _ in range(10):
        assert not holds(known, forged, r.to_bytes(32, "big"))
        assert not holds(known, forged, bytes(32))


@pytest.mark.parametrize("width", [4, 9, 10])
def test_tables_hold_what_multiplication_gives(width: int) -> None:
    table = Table(GX, GY, width)
    for k in (0, 1, 2, 127, 128, 129, 255, 256, 65_535, N // 2, N // 2 + 1, N - 1, 3**150 % N):
        xs: list[int] = []
        ys: list[int] = []
        table.gather(k, xs, ys)
        assert len(xs) <= 257 // width + 1
        summed, plain = total(xs, ys), multiple(k, GX, GY)
        assert (summed.z == 0) == (plain.z == 0) == (k == 0)
        if k:
            assert summed.x * plain.z**2 % P == plain.x * summed.z**2 % P
            assert summed.y * plain.z**3 % P == plain.y * summed.z**3 % P


def test_sums_with_equal_and_opposite_points() -> None:
    x, y = affine(5)
    for copies in (2, 9, 20):
        point = total([x] * copies, [y] * copies)
        assert point.has_x(affine(5 * copies)[0])
    assert total([x, x], [y, P - y]).z == 0
    assert total([x] * 20, [y, P - y] * 10).z == 0
    assert total([x] * 21, [y, P - y] * 10 + [y]).has_x(x)


@unhurried
@given(st.integers(1, N - 2), st.integers(1, N - 1), st.binary(min_size=32, max_size=32))
def test_what_is_signed_holds(d: int, k: int, e: bytes) -> None:
    known = key_of(d)
    assert holds(known, signed_digest(d, e, k), e)


@pytest.mark.parametrize(
    "point",
    [
        POINT[1:],
        b"\x02" + POINT[1:33],
        b"\x03" + POINT[1:33],
        b"\x06" + POINT[1:],
        POINT + b"\0",
        b"\0",
        b"\x04" + bytes(64),
        POINT[:-1] + b"\x14",
        b"\x04" + P.to_bytes(32, "big") + POINT[33:],
        b"\x04" + b"\xff" * 64,
        # the base point of P-256: right lengths, wrong curve
        bytes.fromhex(
            "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
            "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"
        ),
    ],
)
def test_what_is_no_point_is_refused(point: bytes) -> None:
    with pytest.raises(MalformedError):
        Sm2PublicKey(point)
    with pytest.raises(MalformedError):
        PublicKey(sm2.SPKI_PREFIX + point)


def test_a_y_of_another_curve_in_a_jwk_is_refused() -> None:
    jwk = PublicKey(Sm2PublicKey(POINT).spki).to_jwk()
    for changed in ({"crv": "P-256"}, {"alg": "ES256"}, {"x": jwk["y"]}, {"y": jwk["y"][:-2]}):
        with pytest.raises(MalformedError):
            PublicKey.from_jwk(jwk | changed)
    with pytest.raises(UnsupportedError):
        PublicKey.from_jwk(jwk | {"kty": "OKP"})


def test_all_forms_of_a_key_are_one_key() -> None:
    known = PublicKey(Sm2PublicKey(POINT).spki)
    assert known.algorithm is SM2
    assert known.to_jwk()["crv"] == known.to_jwk()["alg"] == "SM2"
    assert PublicKey.from_jwk(known.to_jwk()) == known
    assert PublicKey.from_pem(known.to_pem()) == known
    assert PublicKey.from_pem(b"a note\r\n" + known.to_pem().replace(b"\n", b"\r\n")) == known
    assert pickle.loads(pickle.dumps(known)) == known  # noqa: S301 - our own
    known.verify(SIGNATURE, MESSAGE)


def test_the_id_is_a_part_of_the_key() -> None:
    signer = ReferenceSigner(D, "ALICE123@YAHOO.COM")
    signature = signer.sign(MESSAGE)
    named = signer.public_key
    named.verify(signature, MESSAGE)
    plain = PublicKey(named.spki)
    assert plain != named
    with pytest.raises(VerificationError):
        plain.verify(signature, MESSAGE)
    for again in (PublicKey.from_jwk(named.to_jwk()), pickle.loads(pickle.dumps(named))):  # noqa: S301
        assert again == named
        assert again.sm2_id == "ALICE123@YAHOO.COM"
        again.verify(signature, MESSAGE)
    assert "sm2_id" not in plain.to_jwk()


def test_an_id_has_its_limit() -> None:
    spki = Sm2PublicKey(POINT).spki
    PublicKey(spki, sm2_id="x" * sm2.ID_BYTES)
    with pytest.raises(MalformedError, match="ID of over"):
        PublicKey(spki, sm2_id="x" * (sm2.ID_BYTES + 1))


def test_tables_are_made_late_and_kept_few(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = sm2._Tables(2)
    monkeypatch.setattr(sm2, "_tables", kept)
    keys = [key_of(d) for d in (11, 12, 13)]
    for known in keys:
        for _ in range(8):
            holds(known, SIGNATURE, E)
        assert (known.x, known.y) not in kept._held
        holds(known, SIGNATURE, E)
        assert (known.x, known.y) in kept._held
    assert list(kept._held) == [(known.x, known.y) for known in keys[1:]]


def test_threads_agree() -> None:
    known = key_of(D)
    changed = SIGNATURE[:-1] + bytes((SIGNATURE[-1] ^ 1,))

    def judge(number: int) -> bool:
        return holds(known, changed if number % 2 else SIGNATURE, E)

    with ThreadPoolExecutor(4) as threads:
        verdicts = list(threads.map(judge, range(200)))
    assert verdicts == [number % 2 == 0 for number in range(200)]


def test_no_private_part_in_a_public_jwk() -> None:
    jwk: dict[str, Any] = PublicKey(Sm2PublicKey(POINT).spki).to_jwk()
    with pytest.raises(MalformedError, match="private key"):
        PublicKey.from_jwk(jwk | {"d": jwk["x"]})
