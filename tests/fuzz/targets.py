"""What is fuzzed: one function of bytes a decoder, with the property that must hold.

Whatever comes in, a decoder returns or raises MalformedError or UnsupportedError; what a strict
codec takes, it writes again as it was; a check never fails of itself and never says VALID.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

from tests.support import NOW, FakeTrust, signer, trusted

from trustcert import cose, formats, jose, presentation
from trustcert.claims import codec
from trustcert.encoding import (
    base32,
    base45,
    base64url,
    cbor,
    cbor_spans,
    deflate,
    digit_pairs,
    json,
)
from trustcert.errors import MalformedError, TrustError, UnsupportedError
from trustcert.formats import (
    claim169,
    compact,
    disclosure,
    hcert,
    jwt,
    mdoc,
    nzcp,
    sdjwt,
    shc,
    vdsnc,
)
from trustcert.formats.content import fhir, vds
from trustcert.formats.inspection import inspect
from trustcert.policy import PINNED, cert_rules, certlogic
from trustcert.registry import revocations
from trustcert.registry.foreign import Listed
from trustcert.registry.model import KeyRecord
from trustcert.report import Reason, Verdict
from trustcert.status import delta, snapshot
from trustcert.verifier import Verifier

Target = Callable[[bytes], None]

_REFUSED = (MalformedError, UnsupportedError)
_LIMIT: Final = 1 << 16
_LISTED: Final = (
    Listed(
        issuer="AT",
        names=frozenset({"AT"}),
        record=KeyRecord(key=signer().public_key, kids=("any",)),
    ),
)
_VERIFIER: Final = Verifier(FakeTrust(keys=(trusted(types=None),)), policy=PINNED)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _strict(decode: Callable[[str], Any], encode: Callable[[Any], str]) -> Target:
    def target(data: bytes) -> None:
        text = _text(data)
        try:
            found = decode(text)
        except MalformedError:
            return
        assert encode(found) == text

    return target


def _form(form: ModuleType, prefix: str = "") -> Target:
    def target(data: bytes) -> None:
        text = prefix + _text(data)
        try:
            envelope = form.decode(text)
            form.claims(envelope)
        except _REFUSED:
            return

    return target


def _packed(form: ModuleType, pack: Callable[[bytes], str]) -> Target:
    """Past the outer codec: the bytes are the message itself."""

    def target(data: bytes) -> None:
        try:
            text = pack(data)
            form.claims(form.decode(text))
        except _REFUSED:
            return

    return target


def _of_json(read: Callable[[Any], Any]) -> Target:
    def target(data: bytes) -> None:
        try:
            read(json.decode(data, limit=_LIMIT))
        except _REFUSED:
            return

    return target


def _cbor(data: bytes) -> None:
    try:
        end = cbor_spans.item_end(data, 0)
    except MalformedError:
        end = None
    try:
        cbor.decode(data)
    except MalformedError:
        return
    assert end == len(data)


def _deterministic(data: bytes) -> None:
    try:
        found = cbor.decode_deterministic(data)
    except MalformedError:
        return
    assert cbor.encode(found) == data


def _claims(data: bytes) -> None:
    """Whatever is read is written back as it came."""
    try:
        found = codec.from_cbor(data)
    except _REFUSED:
        return
    assert cbor.encode(codec.to_cbor(found)) == data


def _claims_json(data: bytes) -> None:
    with suppress(*_REFUSED):
        codec.from_json(data)


def _inflate(data: bytes) -> None:
    for wrapping in deflate.Wrapping:
        try:
            assert len(deflate.inflate(data, wrapping, limit=_LIMIT)) <= _LIMIT
        except MalformedError:
            continue


def _cose(data: bytes) -> None:
    try:
        cose.read(data)
    except _REFUSED:
        return


def _jose(data: bytes) -> None:
    try:
        jose.read(_text(data), "jwt")
    except _REFUSED:
        return


def _zlib45(data: bytes) -> str:
    return base45.encode(deflate.deflate(data, deflate.Wrapping.ZLIB))


def _check(data: bytes) -> None:
    for text in (data, _text(data)):
        report = _VERIFIER.check(text, at=NOW)
        assert report.verdict is not Verdict.VALID
        assert Reason.INTERNAL not in report.reasons


def _disclosures(data: bytes) -> None:
    parts = _text(data).split("~")
    try:
        payload = json.decode(parts[0], limit=_LIMIT)
        if isinstance(payload, dict):
            disclosure.reveal(payload, parts[1:])
    except (*_REFUSED, UnicodeEncodeError):
        return


def _logic(value: Any) -> None:
    if isinstance(value, list) and len(value) == 2:
        certlogic.evaluate(value[0], value[1])


def _parts(data: bytes) -> None:
    try:
        formats.join(_text(data).split("\n"))
    except MalformedError:
        return


def _snapshot(data: bytes) -> None:
    try:
        found = snapshot.decode(data, issuer="CN-51", number=7)
    except (MalformedError, TrustError):
        return
    assert snapshot.encode(found) == data


def _delta(data: bytes) -> None:
    try:
        found = delta.decode(data, issuer="CN-51", number=7, size=1000)
    except (MalformedError, TrustError):
        return
    assert delta.encode(found) == data


def _revocations(data: bytes) -> None:
    try:
        revocations.read(data, keys=_LISTED, at=NOW)
    except (*_REFUSED, TrustError):
        return


def _presentation(data: bytes) -> None:
    try:
        presentation.open_presented(presentation.PREFIX + _text(data))
    except _REFUSED:
        return


def _inspect(data: bytes) -> None:
    inspect(_text(data))


TARGETS: Final[dict[str, Target]] = {
    "base45": _strict(base45.decode, base45.encode),
    "base32": _strict(base32.decode, base32.encode),
    "base64url": _strict(base64url.decode, base64url.encode),
    "digit_pairs": _strict(digit_pairs.decode, digit_pairs.encode),
    "cbor": _cbor,
    "cbor_deterministic": _deterministic,
    "claims": _claims,
    "claims_json": _claims_json,
    "json": _of_json(lambda value: value),
    "inflate": _inflate,
    "cose": _cose,
    "jose": _jose,
    "compact": _form(compact, "TC1:"),
    "compact_message": _packed(compact, lambda data: "TC1:" + base45.encode(data)),
    "jwt": _form(jwt),
    "sd_jwt": _form(sdjwt),
    "disclosures": _disclosures,
    "hcert": _form(hcert, "HC1:"),
    "hcert_message": _packed(hcert, lambda data: "HC1:" + _zlib45(data)),
    "shc": _form(shc, "shc:/"),
    "nzcp": _form(nzcp, "NZCP:/1/"),
    "nzcp_message": _packed(nzcp, lambda data: "NZCP:/1/" + base32.encode(data)),
    "claim_169": _form(claim169),
    "claim_169_message": _packed(claim169, _zlib45),
    "vds_nc": _form(vdsnc),
    "mdoc_message": _packed(mdoc, base64url.encode),
    "parts": _parts,
    "fhir": _of_json(
        lambda value: fhir.read(value, issued_at=0) if isinstance(value, dict) else None
    ),
    "vds": _of_json(
        lambda value: vds.read("icao.vacc", value) if isinstance(value, dict) else None
    ),
    "certlogic": _of_json(_logic),
    "cert_rules": _of_json(cert_rules.CertRules.from_json),
    "snapshot": _snapshot,
    "delta": _delta,
    "revocations": _revocations,
    "presentation": _presentation,
    "inspect": _inspect,
    "check": _check,
}
