"""The one place where python-tuf's metadata meets this library: keys, signers, bytes, errors."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

from securesystemslib import signer as sslib
from tuf.api import exceptions
from tuf.api.metadata import (
    TOP_LEVEL_ROLE_NAMES,
    Metadata,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization import DeserializationError, SerializationError

from trustcert.errors import MalformedError, RollbackError, TrustError, UnsupportedError
from trustcert.keys import PublicKey, Signer
from trustcert.limits import (
    REGISTRY_METADATA_BYTES,
    REGISTRY_ROOT_BYTES,
    REGISTRY_TIMESTAMP_BYTES,
    TIME_MAX,
)
from trustcert.registry import schemes
from trustcert.registry.layout import AS_OF

LABEL: Final = "x-trustcert-label"
"""Field of a key in metadata: what its owner called it, for people."""

T = TypeVar("T", Root, Timestamp, Snapshot, Targets)

_LIMITS: Final = {Root: REGISTRY_ROOT_BYTES, Timestamp: REGISTRY_TIMESTAMP_BYTES}

FOREIGN: Final = (exceptions.RepositoryError, DeserializationError, SerializationError, ValueError,
                  KeyError, TypeError, AttributeError, RecursionError)  # fmt: skip
"""What python-tuf raises on metadata that it does not accept."""


class TufSigner(sslib.Signer):
    """A securesystemslib signer over any :class:`~trustcert.keys.Signer`."""

    def __init__(self, signer: Signer) -> None:
        """Take the signer; its key id is securesystemslib's for the same public key."""
        self._signer = signer
        self._key = tuf_key(signer.public_key)

    @property
    def public_key(self) -> sslib.Key:
        """The public part as TUF metadata holds it."""
        return self._key

    @classmethod
    def from_priv_key_uri(
        cls,
        priv_key_uri: str,
        public_key: sslib.Key,
        secrets_handler: sslib.SecretsHandler | None = None,
    ) -> TufSigner:
        """Refuse: a key comes as a :class:`~trustcert.keys.Signer`, never by a URI."""
        raise NotImplementedError

    def sign(self, payload: bytes) -> sslib.Signature:
        """Return the signature over ``payload``, in the form that TUF wants."""
        signature = schemes.signature_of(self._signer, payload)
        return sslib.Signature(self._key.keyid, signature.hex())


def tuf_key(key: PublicKey, label: str | None = None) -> sslib.Key:
    """Return ``key`` as TUF metadata holds it, with the label that its owner gave it.

    Raises:
        UnsupportedError: no key that signs a registry.
    """
    made = schemes.key_of(key)
    if label is not None:
        made.unrecognized_fields[LABEL] = label
    return made


def kid_of(key: sslib.Key) -> str:
    """Return the kid of a key in metadata, as ``keygen`` prints it.

    TUF's own key id, cut short, where this library does not speak the kind of key.
    """
    try:
        return schemes.public_key_of(key).kid.hex()
    except (MalformedError, UnsupportedError):
        return str(key.keyid[:8])


def name_of(key: sslib.Key) -> str:
    """Return how a key is shown to people: ``wang (1f2e3d4c)``, or its kid alone."""
    label = key.unrecognized_fields.get(LABEL)
    return f"{label} ({kid_of(key)})" if isinstance(label, str) and label else kid_of(key)


def parse(kind: type[T], data: bytes, name: str) -> Metadata[T]:
    """Return the metadata that ``data`` holds, unverified; ``name`` is its file.

    Raises:
        TrustError: larger than its kind may be, not metadata, or of another kind.
    """
    limit = _LIMITS.get(kind, REGISTRY_METADATA_BYTES)
    if len(data) > limit:
        raise TrustError(f"{name}: over {limit} bytes")
    schemes.enable()
    with translated(name):
        metadata = Metadata[T].from_dict(
            json.loads(data.decode(), parse_float=_no_number, parse_constant=_no_number)
        )
        if metadata.signed.type != kind.type:
            raise TrustError(f"{name}: is {metadata.signed.type} metadata, not {kind.type}")
        return metadata


def parse_role(role: str, data: bytes, name: str) -> Metadata[Any]:
    """Return the metadata of ``role`` that ``data`` holds, unverified.

    Raises:
        TrustError: as :func:`parse`.
    """
    kind: Any = kind_of(role)
    found: Metadata[Any] = parse(kind, data, name)
    return found


def signed_bytes(signed: Signed) -> bytes:
    """Return ``signed`` in canonical JSON (OLPC): sorted, minified, escaped as little as can be.

    This is the form that TUF signs, written some ten times faster than by python-tuf, for metadata
    that :func:`parse` returned.

    Raises:
        ValueError: a text with half of a surrogate pair.
    """
    text = json.dumps(signed.to_dict(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if "\\" in text:
        text = _ESCAPE.sub(_least_escaped, text)
    return text.encode()


def signed_file(data: bytes, signer: Signer, name: str) -> bytes:
    """Return the metadata file ``data`` with one signature more (or anew).

    Raises:
        TrustError: not metadata.
    """
    with translated(name):
        metadata: Metadata[Any] = Metadata.from_bytes(data)
        metadata.sign(TufSigner(signer), append=True)
        return metadata.to_bytes()


def kind_of(role: str) -> type[Root | Timestamp | Snapshot | Targets]:
    """Return the class of the metadata of ``role``; every delegated role has targets."""
    kinds = {kind.type: kind for kind in (Root, Timestamp, Snapshot, Targets)}
    return kinds[role] if role in TOP_LEVEL_ROLE_NAMES else Targets


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn what python-tuf raises about the file ``name`` into a :class:`TrustError`."""
    try:
        yield
    except TrustError:
        raise
    except exceptions.BadVersionNumberError as error:
        raise RollbackError(f"{name}: {error}") from None
    except exceptions.RepositoryError as error:
        raise TrustError(f"{name}: {error}") from None
    except FOREIGN as error:
        raise TrustError(f"{name}: not TUF metadata ({type(error).__name__})") from None


def signers_of(delegator: Root | Targets, role: str) -> dict[str, sslib.Key]:
    """Return the keys, by TUF key id, that ``delegator`` names for ``role``; none if not any."""
    try:
        keyids = delegator.get_delegated_role(role).keyids
        return {keyid: delegator.get_key(keyid) for keyid in keyids}
    except ValueError:
        return {}


def check_signed(delegator: Root | Targets, role: str, metadata: Metadata[Any], name: str) -> None:
    """Return if the threshold of ``delegator``'s keys for ``role`` signed ``metadata``.

    Raises:
        TrustError: it did not; the error says how many of how many did.
    """
    with translated(name):
        result = delegator.get_verification_result(
            role, signed_bytes(metadata.signed), metadata.signatures
        )
    if not result.verified:
        raise TrustError(
            f"{name}: signed by {len(result.signed)} of the {result.threshold} keys that role "
            f"{role} needs"
        )


def check_bytes(data: bytes, length: int | None, hashes: dict[str, str] | None, name: str) -> None:
    """Return if ``data`` is what the metadata above it names.

    Raises:
        TrustError: another length or hash, or no SHA-256 among the hashes of a target.
    """
    if length is not None and len(data) != length:
        raise TrustError(f"{name}: has {len(data)} bytes where {length} are signed for")
    for algorithm, digest in (hashes or {}).items():
        if algorithm not in _HASHES:
            raise TrustError(f"{name}: hash {algorithm} is not spoken here")
        if hashlib.new(algorithm, data).hexdigest() != digest:
            raise TrustError(f"{name}: its {algorithm} is not the one that is signed for")


def _no_number(digits: str) -> Any:
    raise ValueError(f"{digits[:8]} is no integer")


def _least_escaped(match: re.Match[str]) -> str:
    found = match[0]
    return found if found[1] in '\\"' else str(json.loads(f'"{found}"'))


_ESCAPE: Final = re.compile(r"\\(?:u.{4}|.)")
_HASHES: Final = frozenset({"sha256", "sha512"})


def sha256_of(target: TargetFile, path: str) -> str:
    """Return the SHA-256 of a target.

    Raises:
        TrustError: its metadata names none.
    """
    digest = target.hashes.get("sha256")
    if digest is None:
        raise TrustError(f"{path}: its metadata names no SHA-256")
    return digest


def as_of(signed: Timestamp | Snapshot, name: str) -> int:
    """Return when ``signed`` was made, Unix seconds.

    Raises:
        TrustError: the field is missing or no time.
    """
    value = signed.unrecognized_fields.get(AS_OF)
    if type(value) is not int or not 0 <= value <= TIME_MAX:
        raise TrustError(f"{name}: {AS_OF} must be Unix seconds")
    return value


def seconds_of(moment: datetime) -> int:
    """Return an expiry of metadata as Unix seconds."""
    return int(moment.timestamp())
