"""Compact JSON Web Signatures (RFC 7515): read without trusting them, and written.

Three parts of canonical base64url with two dots between them. PyJWT writes them, with a
:class:`~trustcert.keys.Signer` as its algorithm, so that a key in hardware signs too. They are
read here, since PyJWT takes base64url that is not canonical and names that stand twice. A header
has at most :data:`~trustcert.limits.HEADER_BYTES` and :data:`~trustcert.limits.HEADER_ITEMS`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from trustcert.encoding import base64url, json
from trustcert.encoding.fields import each, optional, required, text, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.keys import ALGORITHMS, Algorithm, Signer
from trustcert.limits import CHAIN_CERTIFICATES, HEADER_BYTES, HEADER_ITEMS
from trustcert.values import Value

if TYPE_CHECKING:
    from jwt.algorithms import Algorithm as PyJwtAlgorithm

__all__ = ["Jws", "read", "read_header", "sign"]

_BY_NAME: Final[dict[str, Algorithm]] = {
    name: row for row in ALGORITHMS for name in (row.jose, row.jose_polymorphic) if name
}


class Jws(Value, frozen=True, kw_only=True):
    """A parsed JWS: ``header`` and its ``algorithm``; ``payload`` is not parsed."""

    header: Mapping[str, Any]
    algorithm: Algorithm
    signed: bytes
    payload: bytes
    signature: bytes

    @property
    def kid(self) -> bytes:
        """The key id as UTF-8 bytes; empty where the header has none."""
        kid: str = self.header.get("kid", "")
        return kid.encode()

    def certificates(self, where: str) -> tuple[bytes, ...]:
        """Return the certificates of ``x5c`` (DER), the signer's first.

        Raises:
            MalformedError: not a list of certificates in base64.
            LimitExceededError: over :data:`~trustcert.limits.CHAIN_CERTIFICATES`.
        """
        with inside(f"{where}.header"):
            return each(self.header, "x5c", _certificate, limit=CHAIN_CERTIFICATES)


def read(
    token: str,
    where: str,
    *,
    parameters: Collection[str] | None = None,
    header_bytes: int = HEADER_BYTES,
) -> Jws:
    """Return the JWS that ``token`` is; ``where`` is what errors call it, as ``jwt``.

    ``parameters`` are the header parameters that are known; None lets everything pass but
    ``crit``. ``header_bytes`` is larger for formats whose header carries certificates.

    Raises:
        LimitExceededError: the header is too large.
        MalformedError: not a JWS; ``where`` is the part.
        UnsupportedError: an algorithm or a header parameter that is not known here.
    """
    if token.count(".") != 2:
        raise MalformedError("must have three parts", where=where)
    head, body, tail = token.split(".")
    header = read_header(head, where, parameters=parameters, limit=header_bytes)
    algorithm = _BY_NAME.get(header["alg"])
    if algorithm is None:
        raise UnsupportedError(f"{where}.header.alg is not an algorithm of this format")
    with inside(f"{where}.payload"):
        payload = base64url.decode(body)
    with inside(f"{where}.signature"):
        signature = base64url.decode(tail)
    return Jws(
        header=header,
        algorithm=algorithm,
        signed=f"{head}.{body}".encode("ascii"),
        payload=payload,
        signature=signature,
    )


def read_header(
    part: str,
    where: str,
    *,
    parameters: Collection[str] | None = None,
    limit: int = HEADER_BYTES,
) -> dict[str, Any]:
    """Return the header in the first part of a JWS: ``alg`` is there, ``kid`` and ``typ`` texts.

    Raises:
        LimitExceededError: over ``limit`` bytes or :data:`~trustcert.limits.HEADER_ITEMS` items.
        MalformedError: not a JSON object with these; ``where`` is the parameter.
        UnsupportedError: a header parameter that is not known here.
    """
    with inside(f"{where}.header"):
        if 3 * len(part) > 4 * limit:
            raise LimitExceededError(f"header of over {limit} bytes")
        data = base64url.decode(part)
        header = typed(json.decode(data, limit=limit, items=HEADER_ITEMS), dict)
        unknown = {"crit"} & header.keys() if parameters is None else header.keys() - parameters
        if unknown:
            raise UnsupportedError(f"{where}.header holds a parameter that is not known here")
        required(header, "alg", str)
        for name in ("kid", "typ"):
            optional(header, name, str)
    return header


def sign(payload: bytes, signer: Signer, header: Mapping[str, Any]) -> str:
    """Return ``payload`` signed by ``signer``; ``header`` are the parameters beside ``alg``."""
    from jwt.api_jws import PyJWS

    name = signer.public_key.algorithm.jose
    writer = PyJWS(algorithms=[])
    writer.register_algorithm(name, _pyjwt_algorithm())
    return writer.encode(
        payload,
        key=signer,  # type: ignore[arg-type]  # handed through to the algorithm below
        algorithm=name,
        headers={"typ": None, **header},  # without a type PyJWT writes one of its own
    )


def _pyjwt_algorithm() -> PyJwtAlgorithm:
    """Return what PyJWT calls an algorithm: it asks the signer that stands in for the key."""
    from jwt.algorithms import Algorithm as PyJwtAlgorithm

    class Signing(PyJwtAlgorithm):
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

    return Signing()


def _certificate(value: Any) -> bytes:
    try:
        return base64.b64decode(text(value).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise MalformedError("must be base64 of a certificate") from None
