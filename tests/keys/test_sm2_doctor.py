"""The doctor names each usual mismatch, and accepts nothing because of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.keys.sm2_reference import ReferenceSigner, key_of, signed_digest

from trustcert.cli import EXIT_INVALID, run
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.keys.der import der_from_raw
from trustcert.keys.sm2 import sm3
from trustcert.keys.sm2_doctor import TLS_ID, diagnose
from trustcert.limits import SM2_DOCTOR_BYTES

D = 0x1234_5678_9ABC
KEY = key_of(D)
POINT = KEY.point
MESSAGE = b"a health proof"
GOOD = ReferenceSigner(D).sign(MESSAGE)


def made(message: bytes, identifier: str = "1234567812345678") -> bytes:
    return signed_digest(D, KEY.digest(message, identifier.encode()))


@pytest.mark.parametrize(
    "key",
    [
        POINT,
        POINT.hex().encode(),
        POINT.hex().upper().encode() + b"\n",
        KEY.spki,
        base64.b64encode(KEY.spki),
        ReferenceSigner(D).public_key.to_pem(),
    ],
)
def test_what_fits_fits_in_every_form_of_a_key(key: bytes) -> None:
    found = diagnose(key, MESSAGE, GOOD)
    assert found.fits
    assert found.mismatches == ()


LITTLE: Callable[[bytes], bytes] = lambda raw: raw[31::-1] + raw[:31:-1]  # noqa: E731 - a table
CASES = {
    "Z": (POINT, MESSAGE, signed_digest(D, sm3(MESSAGE)), ["no Z: e is SM3"]),
    "e": (POINT, sm3(MESSAGE), signed_digest(D, sm3(MESSAGE)), ["message itself was taken for e"]),
    "TLS": (POINT, MESSAGE, made(MESSAGE, TLS_ID), [f"under the ID '{TLS_ID}'"]),
    "empty": (POINT, MESSAGE, made(MESSAGE, ""), ["under an empty ID"]),
    "DER": (POINT, MESSAGE, der_from_raw(GOOD), ["signature is DER"]),
    "hex": (POINT, MESSAGE, GOOD.hex().encode(), ["signature is hexadecimal"]),
    "hex DER": (POINT, MESSAGE, der_from_raw(GOOD).hex().encode(), ["hexadecimal", "DER"]),
    "base64": (POINT, MESSAGE, base64.b64encode(GOOD), ["signature is base64"]),
    "swapped": (POINT, MESSAGE, GOOD[32:] + GOOD[:32], ["r and s are swapped"]),
    "little": (POINT, MESSAGE, LITTLE(GOOD), ["little-endian"]),
    "04": (POINT[1:], MESSAGE, GOOD, ["lacks its leading 04"]),
    "hex 04": (POINT[1:].hex().encode(), MESSAGE, GOOD, ["lacks its leading 04"]),
    "message hex": (POINT, MESSAGE.hex().encode(), GOOD, ["message is hexadecimal text"]),
    "signed hex": (POINT, MESSAGE, made(MESSAGE.hex().encode()), ["is the message in hexa"]),
    "signed base64": (POINT, MESSAGE, made(base64.b64encode(MESSAGE)), ["message in base64"]),
    "line end": (POINT, MESSAGE + b"\r\n", GOOD, ["line end here that was not signed"]),
    "no line end": (POINT, MESSAGE, made(MESSAGE + b"\n"), ["line end that it lacks"]),
    "hashed": (POINT, MESSAGE, made(sm3(MESSAGE)), ["hashed with SM3 before"]),
    "several": (
        POINT[1:],
        MESSAGE,
        der_from_raw(signed_digest(D, sm3(MESSAGE))),
        ["lacks its leading 04", "signature is DER", "there is no Z"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_usual_mismatch_is_named_and_nothing_is_accepted(name: str) -> None:
    key, message, signature, told = CASES[name]
    found = diagnose(key, message, signature)
    assert not found.fits
    assert len(found.mismatches) == len(told), found
    for part, mismatch in zip(told, found.mismatches, strict=True):
        assert part in mismatch


def test_the_id_expected_is_the_callers() -> None:
    signature = made(MESSAGE, "ALICE123@YAHOO.COM")
    assert diagnose(POINT, MESSAGE, signature, identifier="ALICE123@YAHOO.COM").fits
    assert diagnose(POINT, MESSAGE, signature).mismatches == ()
    (told,) = diagnose(POINT, MESSAGE, GOOD, identifier="ALICE123@YAHOO.COM").mismatches
    assert "under the ID '1234567812345678'" in told


@pytest.mark.parametrize(
    "signature",
    [b"", b"x", bytes(64), b"\xff" * 64, made(b"another")],
    ids=["empty", "short", "zero", "large", "of another message"],
)
def test_what_no_mismatch_explains_is_not_explained(signature: bytes) -> None:
    found = diagnose(POINT, MESSAGE, signature)
    assert not found.fits
    assert found.mismatches == ()


@pytest.mark.parametrize("key", [b"", b"04", bytes(65), POINT[:-1] + b"\0", b"-----BEGIN"])
def test_what_is_no_key_is_malformed(key: bytes) -> None:
    with pytest.raises(MalformedError, match="no key of SM2"):
        diagnose(key, MESSAGE, GOOD)


def test_the_doctor_reads_a_bounded_message() -> None:
    with pytest.raises(LimitExceededError):
        diagnose(POINT, bytes(SM2_DOCTOR_BYTES + 1), GOOD)


def test_the_command_says_it_and_exits_1_unless_all_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, message, good, der = (tmp_path / name for name in ("key.pem", "m", "good", "der"))
    key.write_bytes(ReferenceSigner(D).public_key.to_pem())
    message.write_bytes(MESSAGE)
    good.write_bytes(GOOD)
    der.write_bytes(der_from_raw(GOOD))
    common = ["doctor", "sm2", "--key", str(key), "--message", str(message), "--signature"]
    assert run([*common, str(good)]) == 0
    assert "fits" in capsys.readouterr().out
    assert run([*common, str(der)]) == EXIT_INVALID
    assert "- the signature is DER" in capsys.readouterr().out
    assert run([*common, str(der), "--json"]) == EXIT_INVALID
    assert '"fits":false' in capsys.readouterr().out
    assert run([*common, str(message)]) == EXIT_INVALID
    assert "no usual mismatch" in capsys.readouterr().out
