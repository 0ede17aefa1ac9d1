"""Keys that an application holds itself: no registry, no age, no clock floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from trustcert.encoding import json
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.keys import PublicKey
from trustcert.limits import REGISTRY_DOCUMENT_BYTES
from trustcert.registry import foreign, model
from trustcert.registry.foreign import Listed, PassedOver
from trustcert.registry.kids import kids_of, ranked
from trustcert.registry.model import KeyRecord
from trustcert.registry.trust import HeldList, Trust, TrustedKey


class PinnedTrust(Trust):
    """Pinned keys in memory; fulfils :class:`trustcert.registry.trust.Trust`.

    Keys are found under every id that their formats give them (:mod:`~trustcert.registry.foreign`)
    and under this library's own. ``lists`` are status lists that the application got itself.
    """

    __slots__ = ("_by_kid", "_lists", "_policies")

    def __init__(
        self,
        keys: Iterable[tuple[bytes, TrustedKey]],
        *,
        lists: Iterable[HeldList] = (),
        policies: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Hold ``keys`` under their kids; the class methods below say it more simply."""
        self._by_kid = ranked(keys)
        self._lists = {(held.list.issuer, held.list.number): held for held in lists}
        self._policies = dict(policies or {})

    @property
    def as_of(self) -> None:
        """None: what an application pinned has no age."""
        return

    def as_of_issuer(self, issuer: str) -> None:  # noqa: ARG002 - the protocol's
        """Return None: what an application pinned has no age."""
        return

    @property
    def clock_floor(self) -> int:
        """0: nothing here was signed at a time."""
        return 0

    def keys_for(self, kid: bytes) -> tuple[TrustedKey, ...]:
        """Return the keys under ``kid``, at most 16; none where it is unknown."""
        return self._by_kid.get(kid, ())

    def status_list(self, issuer: str, number: int) -> HeldList | None:
        """Return the status list of ``issuer`` with this number, or None where there is none."""
        return self._lists.get((issuer, number))

    def contact(self, issuer: str) -> str | None:  # noqa: ARG002 - the protocol's
        """Return None: a key says nothing of whom to ask."""
        return None

    def policy_document(self, destination: str) -> Mapping[str, Any] | None:
        """Return the policy that the application gave for ``destination``, or None."""
        return self._policies.get(destination)

    @classmethod
    def of(cls, keys: Iterable[TrustedKey], *, lists: Iterable[HeldList] = ()) -> PinnedTrust:
        """Return trust in ``keys``, found under this library's own kids."""
        return cls(
            (
                (kid, trusted)
                for trusted in keys
                for kid in (trusted.key.kid, trusted.key.kid.hex().encode())
            ),
            lists=lists,
        )

    @classmethod
    def from_listed(
        cls, listed: Iterable[Listed], *, lists: Iterable[HeldList] = ()
    ) -> PinnedTrust:
        """Return trust in the keys of foreign lists."""
        return cls(
            ((kid, trusted_key(entry)) for entry in listed for kid in kids_of(entry.record)),
            lists=lists,
        )

    @classmethod
    def from_certificates(
        cls,
        *certificates: bytes,
        issuer: str | None = None,
        types: Iterable[str] | None = None,
        lists: Iterable[HeldList] = (),
    ) -> PinnedTrust:
        """Return trust in certificates, each in DER or any number of them in PEM.

        The issuer is the certificate's country (or Chinese province) where none is given, the
        types those of its extended key usage.

        Raises:
            MalformedError: no certificate, or one that does not say whose it is.
            UnsupportedError: a key outside the table of algorithms.
        """
        allowed = None if types is None else frozenset(types)
        return cls.from_listed(
            (
                entry
                for data in certificates
                for entry in foreign.from_certificate_file(data, issuer=issuer, types=allowed)
            ),
            lists=lists,
        )

    @classmethod
    def from_jwks(
        cls, jwks: Mapping[str, Any], *, issuer: str | None = None, lists: Iterable[HeldList] = ()
    ) -> PinnedTrust:
        """Return trust in a JWK set of ``issuer`` (or of the ``issuer`` that it names).

        Raises:
            MalformedError: no JWK set, a private key in it, or nobody says whose it is.
            UnsupportedError: it has keys, but none that is spoken here.
        """
        return cls.from_listed(foreign.from_jwks(jwks, issuer=issuer), lists=lists)

    @classmethod
    def from_did(
        cls, document: Mapping[str, Any], *, lists: Iterable[HeldList] = ()
    ) -> PinnedTrust:
        """Return trust in the assertion methods of a DID document.

        Raises:
            MalformedError: no DID document, or an assertion method that it does not define.
            UnsupportedError: none of its assertion methods is a key that is spoken here.
        """
        return cls.from_listed(foreign.from_did(document), lists=lists)


def load_pinned(sources: Iterable[Path | bytes]) -> PinnedTrust:
    """Return trust in all of ``sources``: certificates, JWK sets, DID documents, our key sets.

    What each is shows in itself; a JWK set must name its ``issuer``.

    Raises:
        MalformedError: one is none of these; ``where`` is its path.
        UnsupportedError: a key outside the table of algorithms.
    """
    return PinnedTrust.from_listed(read_pinned(sources))


def read_pinned(
    sources: Iterable[Path | bytes], *, passed: PassedOver | None = None
) -> tuple[Listed, ...]:
    """Return the keys of all of ``sources``; raises what :func:`load_pinned` does."""
    return tuple(entry for source in sources for entry in read_source(source, passed=passed))


def read_source(
    source: Path | bytes, *, issuer: str | None = None, passed: PassedOver | None = None
) -> tuple[Listed, ...]:
    """Return the keys of one source, whose they are said by ``issuer`` where it is given.

    Raises:
        MalformedError: it is none of what :func:`load_pinned` reads; ``where`` is its path.
        UnsupportedError: none of its keys is of use; the message begins with its path.
    """
    if isinstance(source, bytes):
        return read(source, issuer=issuer, passed=passed)
    mine: PassedOver = []
    try:
        with inside(str(source)):
            return read(_bounded(source), issuer=issuer, passed=mine)
    except UnsupportedError as error:
        raise UnsupportedError(f"{source}: {error}") from None
    finally:
        if passed is not None:
            passed += [f"{source}: {line}" for line in mine]


def read(
    data: bytes, *, issuer: str | None = None, passed: PassedOver | None = None
) -> tuple[Listed, ...]:
    """Return the keys in ``data``: certificates, a JWK set, a DID document or our key set.

    ``issuer`` is a name that counts beside those that the keys themselves give their owner; a JWK
    set needs it where it does not say whose it is. What is passed over goes to ``passed``.

    Raises:
        MalformedError: it is none of these.
        UnsupportedError: none of its keys is of use.
    """
    if data[:1] == b"\x30" or b"-----BEGIN" in data:
        return _also_named(_armoured(data, issuer, passed), issuer)
    document = json.decode(data, limit=REGISTRY_DOCUMENT_BYTES)
    if not isinstance(document, dict):
        raise MalformedError("is no certificate, JWK set or DID document")
    if "proof" in document and "verificationMethod" in document:
        raise UnsupportedError("is a signed list: take it in with `trustcert registry import`")
    if "keys" not in document:
        return _also_named(foreign.from_did(document, passed=passed), issuer)
    keys = document["keys"] if isinstance(document["keys"], list) else ()
    if any(isinstance(key, dict) and "jwk" in key for key in keys):
        owner = str(document.get("issuer"))
        records = model.read_key_set(data, owner).keys
        listed = tuple(
            Listed(issuer=owner, names=frozenset({owner}), record=record) for record in records
        )
        return _also_named(listed, issuer)
    whose = None if document.get("issuer") else issuer
    return _also_named(foreign.from_jwks(document, issuer=whose, passed=passed), issuer)


def _armoured(data: bytes, issuer: str | None, passed: PassedOver | None) -> tuple[Listed, ...]:
    if b"-----BEGIN PUBLIC KEY-----" not in data:
        try:
            return foreign.from_certificate_file(data, passed=passed)
        except UnsupportedError:
            if issuer is None:
                raise
            return foreign.from_certificate_file(data, issuer=issuer, passed=passed)
    if issuer is None:
        raise MalformedError("a public key does not say whose it is; give it as ISSUER=FILE")
    record = KeyRecord(key=PublicKey.from_pem(data))
    return (Listed(issuer=issuer, names=frozenset({issuer}), record=record),)


def _also_named(listed: tuple[Listed, ...], issuer: str | None) -> tuple[Listed, ...]:
    if issuer is None:
        return listed
    return tuple(replace(entry, names=entry.names | {issuer}) for entry in listed)


def trusted_key(entry: Listed) -> TrustedKey:
    """Return a listed key as one to be trusted."""
    record = entry.record
    return TrustedKey(
        key=record.key,
        issuer=entry.issuer,
        names=entry.names,
        types=record.types,
        not_before=record.not_before,
        not_after=record.not_after,
        state=record.state,
        since=record.since,
    )


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(REGISTRY_DOCUMENT_BYTES + 1)
    if len(data) > REGISTRY_DOCUMENT_BYTES:
        raise LimitExceededError(f"is of over {REGISTRY_DOCUMENT_BYTES} bytes")
    return data
