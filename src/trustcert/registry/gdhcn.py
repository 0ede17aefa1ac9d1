"""Trust lists of WHO's Global Digital Health Certification Network: signed DID documents.

Each method's id says whose its key is and what for:
``<list>:<domain>:<participant>:<usage>#<kid>``.
The key is taken from the certificate in ``x5c``. The document's proof is a JsonWebSignature2020
(detached ES256, its signature in DER) over SHA-256 of the proof's options and SHA-256 of the
document, both as canonical N-Quads (URDNA2015). The lists have no blank nodes, so the statements
only have to be written and sorted; a document of any other shape is refused.

A list has neither version nor expiry: who imports it into a registry gives it both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from trustcert.encoding import base64url, jcs, json
from trustcert.encoding.fields import only, required, typed
from trustcert.errors import (
    MalformedError,
    TrustError,
    UnsupportedError,
    VerificationError,
    inside,
)
from trustcert.identifiers.countries import ALPHA_2
from trustcert.keys import ESP256, PublicKey
from trustcert.keys.der import raw_from_der
from trustcert.registry import foreign
from trustcert.registry.foreign import Listed, PassedOver

__all__ = ["read", "recognises", "verify"]

_CONTEXTS: Final = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/suites/jws-2020/v1",
)
_WHO_CONTEXT: Final = re.compile(
    r"https://smart\.who\.int/trust/tng-context/v1(?P<stage>|-DEV|-UAT)\.jsonld"
)
_VALUE_SETS: Final = {"domain": "Domains", "participant": "Participants", "keyusage": "KeyUsage"}
_METHOD_FIELDS: Final = frozenset({"id", "type", "controller", "publicKeyJwk", *_VALUE_SETS})
_PROOF_FIELDS: Final = frozenset(
    {"type", "created", "nonce", "proofPurpose", "verificationMethod", "jws"}
)
_SECURITY: Final = "https://w3id.org/security#"
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_JSON: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"
_CREATED: Final = "http://purl.org/dc/terms/created"
_DATE_TIME: Final = "http://www.w3.org/2001/XMLSchema#dateTime"
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_CODE: Final = re.compile(r"#[A-Za-z0-9-]+")
_SIGNS: Final = "DSC"
_TYPES: Final = {
    "DCC": frozenset({"vaccination", "test_result", "recovery"}),
    "DDCC": frozenset({"vaccination", "test_result"}),
    "RACSEL-DDVC": frozenset({"vaccination"}),
    "IPS": frozenset({"health_record"}),
    "IPS-PILGRIMAGE": frozenset({"health_record"}),
    "PH4H": frozenset({"health_record", "vaccination", "test_result", "recovery"}),
    "-": frozenset({"vaccination", "test_result", "recovery"}),
}
"""What the signers of each domain may sign."""


def recognises(document: Mapping[str, Any]) -> bool:
    """Return whether ``document`` is a trust list of this network."""
    return "proof" in document and "verificationMethod" in document


def read(document: Mapping[str, Any], *, passed: PassedOver) -> tuple[Listed, ...]:
    """Return the keys of the signers that a list names; all else is passed over with a line.

    Nothing is verified here: :func:`verify` does that.

    Raises:
        MalformedError: no list of this network.
        UnsupportedError: no key in it is of use.
    """
    base = required(document, "id", str)
    mine: PassedOver = []
    listed: list[Listed] = []
    for index, method in enumerate(required(document, "verificationMethod", list)):
        name = method.get("id") if isinstance(method, dict) else method
        shown = name[:120] if isinstance(name, str) else f"verificationMethod[{index}]"
        try:
            listed.append(_method(method, base))
        except (MalformedError, UnsupportedError) as error:
            mine.append(f"{shown}: {error}")
    passed += mine
    return foreign.some(listed, mine)


def verify(document: Mapping[str, Any], key: PublicKey) -> None:
    """Return if ``key`` signed ``document``.

    Raises:
        MalformedError: something in it is not what it should be.
        TrustError: it did not.
        UnsupportedError: the document is of another shape than such lists have.
    """
    proof = required(document, "proof", dict)
    with inside("proof"):
        parts = required(proof, "jws", str).split(".")
        if len(parts) != 3:
            raise MalformedError("must have three parts", where="jws")
        head, middle, signature = parts
        header = json.decode(base64url.decode(head), limit=1024)
        if middle or header != {"alg": "ES256", "b64": False, "crit": ["b64"]}:
            raise UnsupportedError("its proof is not a detached ES256 signature (RFC 7797)")
        der = base64url.decode(signature)
        raw = raw_from_der(der, 32)
    digests = b"".join(
        hashlib.sha256("".join(sorted(set(lines))).encode()).digest()
        for lines in (_options(proof), _statements(document))
    )
    try:
        key.verify(raw, head.encode() + b"." + digests, ESP256)
    except VerificationError:
        raise TrustError("was not signed by the key that was given") from None


def _method(value: Any, base: str) -> Listed:
    if isinstance(value, str):
        raise UnsupportedError("is a reference to another list, which is not followed")
    method = typed(value, dict)
    name, _, _ = required(method, "id", str).partition("#")
    parts = name.removeprefix(base + ":").split(":")
    if not name.startswith(base + ":") or len(parts) not in (1, 3):
        raise MalformedError("does not say whose key it is", where="id")
    domain, participant, usage = parts if len(parts) == 3 else ("DCC", parts[0].upper(), _SIGNS)
    if usage != _SIGNS:
        raise UnsupportedError(f"a key for {usage} signs no documents")
    if domain not in _TYPES:
        raise UnsupportedError(f"the domain {domain} is not known here")
    with inside("publicKeyJwk"):
        found = foreign.certificate_of_jwk(required(method, "publicKeyJwk", dict))
        owner = ALPHA_2.get(participant, participant)
        (entry,) = foreign.from_certificates([found], issuer=owner)
    own = entry.record.types
    types = _TYPES[domain] if own is None else own & _TYPES[domain]
    if not types:
        raise UnsupportedError(f"its certificate signs nothing of the domain {domain}")
    # the certificate's own country is no name: the list says whose key it is
    names = frozenset({owner, participant})
    return replace(entry, names=names, record=replace(entry.record, types=types))


def _options(proof: Mapping[str, Any]) -> Iterator[str]:
    """Yield the statements about the proof; it has no id, so that it is the one blank node."""
    only(proof, _PROOF_FIELDS)
    expected = {"type": "JsonWebSignature2020", "proofPurpose": "assertionMethod"}
    if any(proof.get(name) != value for name, value in expected.items()):
        raise UnsupportedError("its proof is of another kind than such lists have")
    node = "_:c14n0"
    yield _line(node, _TYPE, f"<{_SECURITY}JsonWebSignature2020>")
    yield _line(node, f"{_SECURITY}proofPurpose", f"<{_SECURITY}assertionMethod>")
    yield _line(node, f"{_SECURITY}verificationMethod", _iri(proof.get("verificationMethod")))
    yield _line(node, f"{_SECURITY}nonce", _literal(required(proof, "nonce", str)))
    yield _line(node, _CREATED, _literal(required(proof, "created", str), _DATE_TIME))


def _statements(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the statements of a list."""
    only(document, {"@context", "id", "controller", "verificationMethod", "proof"})
    context = document.get("@context")
    stage = _WHO_CONTEXT.fullmatch(str(context[-1])) if isinstance(context, list) else None
    if not isinstance(context, list) or tuple(context[:2]) != _CONTEXTS or len(context) > 3:
        raise UnsupportedError("its @context is not that of such lists")
    if len(context) == 3 and stage is None:
        raise UnsupportedError("its @context is not that of such lists")
    node = _iri(document.get("id"))
    yield _line(node, f"{_SECURITY}controller", _iri(document.get("controller")))
    seen = {node}
    for value in required(document, "verificationMethod", list):
        name = _iri(value.get("id") if isinstance(value, dict) else value)
        if name in seen:
            raise UnsupportedError("names one method twice")
        seen.add(name)
        yield _line(node, f"{_SECURITY}verificationMethod", name)
        if isinstance(value, dict):
            yield from _of_method(name, value, None if stage is None else stage["stage"])


def _of_method(name: str, method: Mapping[str, Any], stage: str | None) -> Iterator[str]:
    only(method, _METHOD_FIELDS)
    if method.get("type") != "JsonWebKey2020":
        raise UnsupportedError("has a method that is not JsonWebKey2020")
    yield _line(name, _TYPE, f"<{_SECURITY}JsonWebKey2020>")
    yield _line(name, f"{_SECURITY}controller", _iri(method.get("controller")))
    jwk = jcs.canonical(required(method, "publicKeyJwk", dict)).decode()
    yield _line(name, f"{_SECURITY}publicKeyJwk", _literal(jwk, _JSON))
    for field, values in _VALUE_SETS.items():
        if field not in method:
            continue
        code = method[field]
        if stage is None or not isinstance(code, dict) or set(code) != {"code"}:
            raise UnsupportedError(f"has a {field} that is no code")
        if not _CODE.fullmatch(typed(code["code"], str)):
            raise UnsupportedError(f"has a {field} that is no code")
        base = f"https://smart.who.int/trust/ValueSet-{values}{stage}.jsonld"
        yield _line(name, base, f"<{base}{code['code']}>")


def _line(subject: str, predicate: str, value: str) -> str:
    return f"{subject} <{predicate}> {value} .\n"


def _iri(value: Any) -> str:
    if not isinstance(value, str) or not _IRI.fullmatch(value):
        raise UnsupportedError("has an id that is no plain IRI")
    return f"<{value}>"


def _literal(text: str, kind: str | None = None) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return f'"{text}"' if kind is None else f'"{text}"^^<{kind}>'
