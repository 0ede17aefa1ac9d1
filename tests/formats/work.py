"""The worst text that an attacker can write for each parser, and a count of what reading it costs.

Nothing measures time: a count of calls and of lines is the same on every machine. One call of
Python or of a builtin takes 0.05 to 0.2 µs here, a line 0.03 to 0.1 µs, so that
:data:`CALLS` and :data:`LINES` stand for less than 10 ms. What one builtin does at once is bounded
by the length of the text, or by a limit that is counted before it (headers, items).
"""

from __future__ import annotations

import itertools
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Final, NamedTuple

from tests.support import signer

from trustcert.encoding import base32, base45, base64url, cbor, digit_pairs, json
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats import Envelope
from trustcert.limits import INFLATED_BYTES, MESSAGE_CHARACTERS, TEXT_CHARACTERS

CALLS: Final = 25_000
LINES: Final = 100_000
MEMORY: Final = 8 * 1024 * 1024

_ELEMENT: Final = b"\xd8\x18\x41\x00"
_DOCUMENTS: Final = b"\x69documents"


class Work(NamedTuple):
    """What something cost: calls (of Python and builtins), lines of Python, bytes at the peak."""

    calls: int
    lines: int
    memory: int


def work_of(function: Callable[[], object]) -> Work:
    """Return what ``function`` costs; an input that is refused is what is expected."""
    _run(function)  # what is imported when it is first needed is not counted
    return Work(_calls(function), _lines(function), _memory(function))


def _run(function: Callable[[], object]) -> None:
    with suppress(MalformedError, UnsupportedError):
        function()


def _calls(function: Callable[[], object]) -> int:
    count = 0

    def profile(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(profile)
    try:
        _run(function)
    finally:
        sys.setprofile(None)
    return count


def _lines(function: Callable[[], object]) -> int:
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        _run(function)
    finally:
        sys.settrace(before)
    return count


def _memory(function: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        _run(function)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _head(major: int, argument: int) -> bytes:
    return bytes([major << 5 | 26]) + argument.to_bytes(4, "big")


def _maps(size: int) -> dict[str, bytes]:
    """Return CBOR items of up to ``size`` bytes that cost much to walk or to decode."""
    pairs = (size - 5) // 2
    collisions = min(4096, (size - 3) // 14)
    arrays = itertools.islice(itertools.product(b"\x20\x21", repeat=12), collisions)
    return {
        "one-byte items": _head(4, size - 5) + bytes(size - 5),
        "one-byte pairs": _head(5, pairs) + bytes(2 * pairs),
        # -1 and -2 have one hash in Python, and so have all arrays of them
        "keys that collide": b"\xb9"
        + collisions.to_bytes(2, "big")
        + b"".join(b"\x8c" + bytes(array) + b"\x00" for array in arrays),
        "nested arrays": b"\x81" * (size - 1) + b"\x00",
        "a count that lies": _head(4, 0xFFFFFFFF) + bytes(size - 5),
        "a long text": _head(3, size - 5) + b"x" * (size - 5),
        "indefinite": b"\x9f" * (size // 2) + b"\xff" * (size // 2),
    }


def _messages(size: int) -> dict[str, bytes]:
    """Return COSE messages of up to ``size`` bytes, with one of those in each header."""
    found = {}
    for name, item in _maps(size - 16).items():
        found[f"protected: {name}"] = b"\x84" + _head(2, len(item)) + item + b"\xa0\x40\x40"
        found[f"unprotected: {name}"] = b"\x84\x40" + item + b"\x40\x40"
        good = cbor.encode({1: -7, 4: b"12345678"})
        signed = b"\x84" + cbor.encode(good) + b"\xa0" + _head(2, len(item)) + item
        found[f"payload: {name}"] = (signed + b"\x58\x40" + bytes(64))[:size]
    return found


def _objects(size: int) -> dict[str, bytes]:
    """Return JSON of up to ``size`` bytes that costs much to parse."""
    names = b",".join(b'"%d":0' % place for place in range(size // 9))
    return {
        "names twice at the end": b"{" + names + b',"1":0}',
        "one name again and again": b"{" + b",".join([b'"":0'] * (size // 6)) + b"}",
        "small entries": b'{"a":[' + b",".join([b"0"] * (size // 2 - 5)) + b"]}",
        "small objects": b'{"a":[' + b",".join([b"{}"] * (size // 3 - 4)) + b"]}",
        "nested": b"[" * size,
        "quotes and brackets": b'{"a":"' + b'\\"[' * (size // 3 - 4) + b'"}',
        "halves": b'{"a":["\\ud800"' + b',"x"' * (size // 4 - 6) + b"]}",
        "long numbers": b'{"a":' + b"9" * (size - 8) + b"}",
        "long fractions": b'{"a":0.' + b"9" * (size - 9) + b"}",
        "exponents": b'{"a":[' + b",".join([b"1e9"] * (size // 4 - 4)) + b"]}",
    }


def _tokens(size: int) -> dict[str, str]:
    """Return JWS of up to ``size`` characters."""
    found = {}
    good = base64url.encode(json.encode({"alg": "ES256", "kid": "x", "typ": "tc+jwt"}))
    for name, item in _objects(size * 3 // 4 - 120).items():
        part = base64url.encode(item)
        found[f"header: {name}"] = f"{part}.e30.{base64url.encode(bytes(64))}"
        found[f"payload: {name}"] = f"{good}.{part}.{base64url.encode(bytes(64))}"
    found["dots"] = "eyJ" + "." * (size - 3)
    return found


def _documents() -> dict[str, bytes]:
    """Return mobile documents of up to 48 KiB with much to walk."""
    size = MESSAGE_CHARACTERS * 3 // 4 - 64
    auth = cbor.encode("issuerAuth") + b"\x84\x43\xa1\x01\x26\xa0\x40\x40"
    spaces = cbor.encode("nameSpaces")
    start = b"\xa1" + cbor.encode("issuerSigned") + b"\xa2" + auth + spaces
    many = (size - 400) // 9
    found = {
        "spaces": start
        + _head(5, many)
        + b"".join(cbor.encode(f"{place:07}")[:8] + b"\x80" for place in range(many)),
        "elements": start + b"\xa1\x61a" + _head(4, size // 4) + b"\xd8\x18\x41\x00" * (size // 4),
        "documents": b"\xa1"
        + cbor.encode("documents")
        + _head(4, size // 2)
        + b"\xa0" * (size // 2),
    }
    for name, item in _maps(size - 100).items():
        found[name] = start + b"\xa1\x61a" + item
        found[f"top: {name}"] = b"\xa2" + cbor.encode("issuerSigned") + item + b"\x61a\x00"
    return found


def worst_texts() -> dict[str, str]:
    """Return the worst texts of each format, by name."""
    found = _compact() | _compressed() | _in_tokens() | _presented()
    for name, data in _messages(TEXT_CHARACTERS * 5 // 8 - 8).items():
        found[f"nzcp, {name}"] = "NZCP:/1/" + base32.encode(b"\xd2" + data)
    for name, data in _objects(TEXT_CHARACTERS - 2).items():
        found[f"vds_nc, {name}"] = data.decode()
    found["vds_nc, sealed"] = _sealed()
    for name, data in _documents().items():
        found[f"mdoc, {name}"] = base64url.encode(data)
    for junk in ("A", " ", "é", "\x00", "~", "eyJ", "https://", "{", "NL2:", "%"):
        found[f"junk of {junk!r}"] = (junk * MESSAGE_CHARACTERS)[:MESSAGE_CHARACTERS]
    return found


def worst_payloads() -> dict[str, Envelope]:
    """Return envelopes, signed for all that is known, with the worst payload of each format."""
    found = {}
    for name, data in _maps(INFLATED_BYTES).items():
        for form in ("hcert", "claim_169", "nzcp", "mdoc"):
            found[f"{form}, {name}"] = _signed(form, data)
    for name, data in _maps(TEXT_CHARACTERS * 2 // 3).items():
        found[f"compact, {name}"] = _signed("compact", data)
    for name, data in _objects(INFLATED_BYTES - 40).items():
        found[f"sd_jwt, {name}"] = _signed("sd_jwt", data)
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        found[f"shc, {name}"] = _signed("shc", packer.compress(data) + packer.flush())
    for name, data in _objects(TEXT_CHARACTERS * 3 // 4).items():
        found[f"jwt, {name}"] = _signed("jwt", data)
    return found


def _signed(form: str, payload: bytes) -> Envelope:
    return Envelope(
        format=form,
        kid=b"",
        algorithms=(),
        signed=b"",
        signature=b"s",
        payload=payload,
        attached=(b"",) if form == "mdoc" else (),
        variant="HC1:",
    )


def _compact() -> dict[str, str]:
    size = TEXT_CHARACTERS * 2 // 3 - 28
    return {f"compact, {n}": "TC1:" + base45.encode(data) for n, data in _messages(size).items()}


def _compressed() -> dict[str, str]:
    """Return those formats that are inflated: what compresses well inflates to the limit."""
    found = {}
    for name, data in _messages(INFLATED_BYTES).items():
        packed = zlib.compress(data, 9)
        if 3 * len(packed) // 2 < TEXT_CHARACTERS - 8:
            found[f"hcert, {name}"] = "HC1:" + base45.encode(packed)
            found[f"claim 169, {name}"] = base45.encode(packed)
    return found


def _in_tokens() -> dict[str, str]:
    found = {f"jwt, {name}": text for name, text in _tokens(TEXT_CHARACTERS).items()}
    for name, text in _tokens(MESSAGE_CHARACTERS // 2 - 8).items():
        found[f"shc, {name}"] = "shc:/" + digit_pairs.encode(text)
    for name, text in _tokens(MESSAGE_CHARACTERS - 2).items():
        found[f"sd_jwt, {name}"] = text + "~"
    token = _tokens(2_000)["payload: nested"]
    found["sd_jwt, tildes"] = token + "~" * (MESSAGE_CHARACTERS - len(token))
    shown = (token + "~W10" * MESSAGE_CHARACTERS)[: MESSAGE_CHARACTERS - 1]
    found["sd_jwt, disclosures"] = shown + "~"
    return found


def _presented() -> dict[str, str]:
    found = {}
    for name, data in _maps(640).items():
        part = base45.encode(data)
        found[f"presentation, {name}"] = f"TCL1:{len(part):03}{part}TC1:0"
    return found


def _sealed() -> str:
    """Return a seal with many names to sort and a certificate that is none."""
    names = {f"{place:03}": 0 for place in range(500)}
    data = {"hdr": {"is": "UTO", "t": "icao.vacc"}, "msg": names}
    seal = {"alg": "ES256", "sigvl": "AA", "cer": base64url.encode(signer().public_key.spki)}
    return json.encode({"data": data, "sig": seal}).decode()
