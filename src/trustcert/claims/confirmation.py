"""The holder's key in ``cnf``: a COSE_Key in CWT (RFC 8747), a JWK in JWT (RFC 7800)."""

from __future__ import annotations

from typing import Any, Final

from trustcert.encoding import base64url
from trustcert.encoding.fields import only, required, typed
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.keys import PublicKey

_COSE_KEY: Final = 1
_KTY: Final = 1
_CRV: Final = -1
_X: Final = -2
_Y: Final = -3
_KINDS: Final = {(1, 6): ("OKP", "Ed25519"), (2, 1): ("EC", "P-256"), (2, 2): ("EC", "P-384")}
_CODES: Final = {crv: codes for codes, (_, crv) in _KINDS.items()}


def to_cose(key: PublicKey) -> dict[int, Any]:
    """Return ``{1: COSE_Key}`` (RFC 8747 section 3.2, RFC 9053 section 7)."""
    jwk = key.to_jwk()
    kty, crv = _CODES[jwk["crv"]]
    out: dict[int, Any] = {_KTY: kty, _CRV: crv, _X: base64url.decode(jwk["x"])}
    if "y" in jwk:
        out[_Y] = base64url.decode(jwk["y"])
    return {_COSE_KEY: out}


def from_cose(value: Any) -> PublicKey:
    """Return the key of ``{1: COSE_Key}``.

    Raises:
        MalformedError: it is something else.
        UnsupportedError: a kind of key outside the table.
    """
    outer = typed(value, dict)
    only(outer, {_COSE_KEY})
    cose = required(outer, _COSE_KEY, dict)
    only(cose, {_KTY, _CRV, _X, _Y})
    kind = _KINDS.get((required(cose, _KTY, int), required(cose, _CRV, int)))
    if kind is None:
        raise UnsupportedError("a holder key must be Ed25519, P-256 or P-384")
    jwk = {"kty": kind[0], "crv": kind[1], "x": base64url.encode(required(cose, _X, bytes))}
    if kind[0] == "EC":
        jwk["y"] = base64url.encode(required(cose, _Y, bytes))
    elif _Y in cose:
        raise MalformedError("has no place in this kind of key", where="-3")
    return PublicKey.from_jwk(jwk)


def to_json(key: PublicKey) -> dict[str, Any]:
    """Return ``{"jwk": JWK}`` (RFC 7800 section 3.2) with the key alone."""
    jwk = key.to_jwk()
    return {"jwk": {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}}


def from_json(value: Any) -> PublicKey:
    """Return the key of ``{"jwk": JWK}``.

    Raises:
        MalformedError: it is something else.
        UnsupportedError: a kind of key outside the table.
    """
    outer = typed(value, dict)
    only(outer, {"jwk"})
    with inside("jwk"):
        return PublicKey.from_jwk(required(outer, "jwk", dict))
