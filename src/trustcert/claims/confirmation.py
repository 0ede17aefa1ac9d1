"""The holder's key in ``cnf``: a COSE_Key in CWT (RFC 8747), a JWK in JWT (RFC 7800).

SM2 has the private curve -65537 in a COSE_Key; an ML-DSA key is one of type AKP (RFC 9964).
"""

from __future__ import annotations

from typing import Any, Final

from trustcert.encoding import base64url
from trustcert.encoding.fields import only, required, typed
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.keys import ALGORITHMS, PublicKey

__all__ = [
    "from_cose",
    "from_json",
    "to_cose",
    "to_json",
]

_COSE_KEY: Final = 1
_KTY: Final = 1
_CRV: Final = -1
_X: Final = -2
_Y: Final = -3
_ALG: Final = 3
_AKP: Final = 7
_PUB: Final = -1
_KINDS: Final = {
    (1, 6): ("OKP", "Ed25519"),
    (2, 1): ("EC", "P-256"),
    (2, 2): ("EC", "P-384"),
    (2, -65_537): ("EC", "SM2"),
}
_ALLOWED: Final = "Ed25519, P-256, P-384, SM2, ML-DSA-44 or ML-DSA-65"
_CODES: Final = {crv: codes for codes, (_, crv) in _KINDS.items()}


def to_cose(key: PublicKey) -> dict[int, Any]:
    """Return ``{1: COSE_Key}`` (RFC 8747 section 3.2, RFC 9053 section 7).

    Raises:
        UnsupportedError: an RSA key, or an SM2 key with an ID of its own, which has no place here.
    """
    jwk = key.to_jwk()
    if "pub" in jwk:
        pub = base64url.decode(jwk["pub"])
        return {_COSE_KEY: {_KTY: _AKP, _ALG: key.algorithm.cose, _PUB: pub}}
    if jwk.get("crv") not in _CODES or "sm2_id" in jwk:
        raise UnsupportedError(f"a holder key must be {_ALLOWED}")
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
    if cose.get(_KTY) == _AKP:
        return _akp(cose)
    only(cose, {_KTY, _CRV, _X, _Y})
    kind = _KINDS.get((required(cose, _KTY, int), required(cose, _CRV, int)))
    if kind is None:
        raise UnsupportedError(f"a holder key must be {_ALLOWED}")
    jwk = {"kty": kind[0], "crv": kind[1], "x": base64url.encode(required(cose, _X, bytes))}
    if kind[0] == "EC":
        jwk["y"] = base64url.encode(required(cose, _Y, bytes))
    elif _Y in cose:
        raise MalformedError("has no place in this kind of key", where="-3")
    return PublicKey.from_jwk(jwk)


def _akp(cose: dict[Any, Any]) -> PublicKey:
    only(cose, {_KTY, _ALG, _PUB})
    alg = required(cose, _ALG, int)
    row = next((row for row in ALGORITHMS if row.cose == alg and row.kty == "AKP"), None)
    if row is None:
        raise UnsupportedError(f"a holder key must be {_ALLOWED}")
    pub = base64url.encode(required(cose, _PUB, bytes))
    return PublicKey.from_jwk({"kty": "AKP", "alg": row.jose, "pub": pub})


def to_json(key: PublicKey) -> dict[str, Any]:
    """Return ``{"jwk": JWK}`` (RFC 7800 section 3.2) with the key alone."""
    jwk = key.to_jwk()
    names = ("kty", "alg", "pub") if "pub" in jwk else ("kty", "crv", "x", "y", "sm2_id")
    return {"jwk": {name: jwk[name] for name in names if name in jwk}}


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
