"""List tokens, make key pairs on them, and read the public key of a private one."""

from __future__ import annotations

import secrets
from typing import Any, Final

from trustcert.errors import MalformedError, SigningError, UnsupportedError
from trustcert.keys.algorithms import ED25519, ESP256, ESP384, Algorithm
from trustcert.keys.pkcs11.login import acquire, find_token, release
from trustcert.keys.pkcs11.module import load, translated
from trustcert.keys.public import PublicKey

__all__ = ["find_key", "generate", "public_of", "read_public", "tokens"]

_P256: Final = bytes.fromhex("06082a8648ce3d030107")
_P384: Final = bytes.fromhex("06052b81040022")
_EDWARDS_OID: Final = bytes.fromhex("06032b6570")
_EDWARDS_NAME: Final = b"\x13\x0cedwards25519"
"""The curve as a PrintableString, which PKCS #11 v3.0 allows beside the OID."""

_ROWS: Final = {_P256: ESP256, _P384: ESP384, _EDWARDS_OID: ED25519, _EDWARDS_NAME: ED25519}
_PARAMETERS: Final = {ESP256: _P256, ESP384: _P384, ED25519: _EDWARDS_NAME}
_SPKI: Final = {
    ESP256: bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    ESP384: bytes.fromhex("3076301006072a8648ce3d020106052b81040022036200"),
    ED25519: bytes.fromhex("302a300506032b6570032100"),
}
_POINT_BYTES: Final = {ESP256: 65, ESP384: 97, ED25519: 32}
_OCTET_STRING: Final = 4
_ID_BYTES: Final = 8


def tokens(path: str) -> tuple[str, ...]:
    """Return the labels of the tokens that the module ``path`` sees.

    Raises:
        SigningError: the module does not start.
        UnsupportedError: ``python-pkcs11`` is not installed.
    """
    module = load(path)
    with translated("looking for tokens"), module.guard:
        return tuple(token.label for token in module.library.get_tokens())


def generate(
    path: str, *, token: str, label: str, pin: str, algorithm: Algorithm = ESP256
) -> PublicKey:
    """Make a key pair on a token and return the public key; the private one can never leave it.

    Raises:
        SigningError: the token is not there, locked or full, the PIN is wrong, or a key has this
            label already.
        UnsupportedError: no kind of key that is made on tokens.
    """
    if algorithm not in _PARAMETERS:
        raise UnsupportedError("a key on a token must be Ed25519, ESP256 or ESP384")
    module = load(path)
    login = acquire(module, token, pin)
    try:
        with translated(f"token {token}"), module.guard:
            session = find_token(module, token).open(rw=True)
            try:
                return _generate(session, label, algorithm)
            finally:
                session.close()
    finally:
        release(login)


def find_key(session: Any, label: str) -> Any:
    """Return the one private key with this label.

    Raises:
        SigningError: there is none, or several.
    """
    from pkcs11 import Attribute, ObjectClass

    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: label}
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        count = "no private key has" if not found else f"{len(found)} private keys have"
        raise SigningError(f"{count} the label {label} on this token")
    return found[0]


def public_of(session: Any, private: Any, label: str) -> PublicKey:
    """Return the public key that stands beside ``private``.

    Raises:
        SigningError: the token does not hold it.
        UnsupportedError: a curve outside the table.
    """
    from pkcs11 import Attribute, ObjectClass

    for name, value in ((Attribute.ID, private.id), (Attribute.LABEL, label)):
        wanted = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, name: value}
        found = list(session.get_objects(wanted)) if value else []
        if len(found) == 1:
            return read_public(found[0])
    raise SigningError(f"the token holds no public key beside {label}: name it, as PEM")


def read_public(public: Any) -> PublicKey:
    """Return a public key object of a token.

    Raises:
        MalformedError: its point is none of its curve.
        UnsupportedError: a curve outside the table.
    """
    from pkcs11 import Attribute

    row = _ROWS.get(bytes(public[Attribute.EC_PARAMS]))
    if row is None:
        raise UnsupportedError("a key on a token must be Ed25519, P-256 or P-384")
    point, size = bytes(public[Attribute.EC_POINT]), _POINT_BYTES[row]
    if len(point) == size + 2 and point[:2] == bytes((_OCTET_STRING, size)):
        point = point[2:]  # the standard's OCTET STRING, which some tokens leave out
    if len(point) != size:
        raise MalformedError(f"must have {size} bytes", where="EC_POINT")
    return PublicKey(_SPKI[row] + point)


def _generate(session: Any, label: str, algorithm: Algorithm) -> PublicKey:
    from pkcs11 import Attribute, KeyType, ObjectClass

    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: label}
    if list(session.get_objects(wanted)):
        raise SigningError(f"a key has the label {label} on this token already")
    kind = KeyType.EC_EDWARDS if algorithm is ED25519 else KeyType.EC
    curve = {Attribute.EC_PARAMS: _PARAMETERS[algorithm]}
    parameters = session.create_domain_parameters(kind, curve, local=True)
    public, _ = parameters.generate_keypair(
        store=True,
        label=label,
        id=secrets.token_bytes(_ID_BYTES),
        private_template={
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
        },
    )
    return read_public(public)
