"""The same claims as a JSON Web Token (RFC 7519) in a compact JWS (RFC 7515).

The header holds exactly ``alg``, ``kid`` and ``typ`` (``tc+jwt``: RFC 8725 section 3.11 asks for
explicit typing); ``crit``, ``jwk``, ``x5u`` and their like are not spoken. Base64url must be
canonical. The key fixes the algorithm; ``alg`` must agree with it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from trustcert.claims import Claims, codec
from trustcert.encoding import base64url, json
from trustcert.encoding.fields import required, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats.envelope import Envelope
from trustcert.keys import ALGORITHMS, Algorithm, Signer
from trustcert.limits import TEXT_CHARACTERS

if TYPE_CHECKING:
    from jwt.api_jws import PyJWS

NAME: Final = "jwt"
TYP: Final = "tc+jwt"

_HEADER_NAMES: Final = frozenset({"alg", "kid", "typ"})
_BY_JOSE: Final[dict[str, Algorithm]] = {row.jose: row for row in ALGORITHMS} | {
    row.jose_polymorphic: row for row in ALGORITHMS if row.jose_polymorphic
}


def recognises(text: str) -> bool:
    """Return whether ``text`` begins like a JSON object in base64url and has three parts."""
    return text.startswith("eyJ") and text.count(".") == 2 and "~" not in text


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not a compact JWS in canonical base64url.
        UnsupportedError: another ``typ``, an algorithm or a header parameter not spoken here.
    """
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    parts = text.split(".")
    if len(parts) != 3:
        raise MalformedError("must have three parts", where="jwt")
    algorithm, kid = _header(parts[0])
    place = "jwt.payload"
    try:
        payload = base64url.decode(parts[1])
        place = "jwt.signature"
        signature = base64url.decode(parts[2])
    except MalformedError as error:
        error.under(place)
        raise
    signed = text[: len(parts[0]) + 1 + len(parts[1])].encode()
    return Envelope(
        format=NAME,
        kid=kid,
        algorithms=(algorithm,),
        signed=signed,
        signature=signature,
        payload=payload,
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: not the JSON claims set of a credential.
        UnsupportedError: a type, name or value that is not known here.
    """
    return codec.from_json(envelope.payload)


def encode(claims: Claims, signer: Signer) -> str:
    """Return ``claims`` signed by ``signer`` as text.

    Raises:
        MalformedError: a claim has a value that does not fit.
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    key = signer.public_key
    text: str = _writer(key.algorithm.jose).encode(
        json.encode(codec.to_json(claims)),
        key=signer,  # type: ignore[arg-type]  # handed through to the algorithm above
        algorithm=key.algorithm.jose,
        headers={"kid": key.kid.hex(), "typ": TYP},
    )
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    return text


@lru_cache(maxsize=1024)
def _header(part: str) -> tuple[Algorithm, bytes]:
    with inside("jwt.header"):
        found = typed(json.decode(base64url.decode(part), limit=TEXT_CHARACTERS), dict)
        if not _HEADER_NAMES.issuperset(found):
            raise UnsupportedError("jwt.header holds a parameter that is not known here")
        alg, kid, typ = (required(found, name, str) for name in ("alg", "kid", "typ"))
        if not kid.isascii():
            raise MalformedError("must be ASCII", where="kid")
    algorithm = _BY_JOSE.get(alg)
    if algorithm is None:
        raise UnsupportedError("jwt.header.alg is not an algorithm of this format")
    if typ != TYP:
        raise UnsupportedError(f"jwt.header.typ must be {TYP}")
    return algorithm, kid.encode()


@cache
def _writer(algorithm: str) -> PyJWS:
    """Return PyJWT's writer for what it calls an algorithm: here, a signer that keeps its key."""
    from jwt.algorithms import Algorithm as JwsAlgorithm
    from jwt.api_jws import PyJWS

    class Signing(JwsAlgorithm):
        def prepare_key(self, key: Any) -> Any:
            return key

        def sign(self, msg: bytes, key: Any) -> bytes:
            signature: bytes = key.sign(msg)
            return signature

        def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:  # noqa: ARG002 - PyJWT's own
            return False

        @staticmethod
        def to_jwk(key_obj: Any, as_dict: bool = False) -> Any:  # noqa: FBT001, FBT002
            raise NotImplementedError

        @staticmethod
        def from_jwk(jwk: Any) -> Any:
            raise NotImplementedError

    writer = PyJWS(algorithms=[])
    writer.register_algorithm(algorithm, Signing())
    return writer
