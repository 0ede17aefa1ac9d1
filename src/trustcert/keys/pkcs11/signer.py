"""Signing with a key on a token: several sessions, each reopened when it breaks.

A session breaks when the token was taken out, when another program logged it out, or when the
network to an HSM fell; then the login is renewed and the signature asked for once more. Every
signature is verified before it leaves: what a faulty token or a wrong public key gives is never
handed on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from queue import Empty, LifoQueue
from threading import BoundedSemaphore
from types import TracebackType
from typing import Any, Final, Self

from trustcert.errors import SigningError, UnsupportedError
from trustcert.keys.algorithms import ED25519, ESP256, ESP384
from trustcert.keys.pkcs11.login import acquire, close_quietly, release
from trustcert.keys.pkcs11.module import load
from trustcert.keys.pkcs11.objects import find_key, public_of
from trustcert.keys.public import PublicKey
from trustcert.keys.remote import checked
from trustcert.values import PublicValue

__all__ = ["SESSIONS", "Pkcs11Signer"]

SESSIONS: Final = 4
"""Sessions at most, where nothing else is said: network HSMs overlap requests, smart cards
answer one at a time anyhow."""

_DIGESTS: Final[dict[Any, Callable[[bytes], Any]]] = {
    ESP256: hashlib.sha256,
    ESP384: hashlib.sha384,
}


class _Open(PublicValue, frozen=True, kw_only=True, eq=False):
    """One session, the key in it, and the login that it came from."""

    session: Any
    key: Any
    generation: int


class Pkcs11Signer:
    """A signer whose private key is on a token; for several threads, for one process."""

    __slots__ = ("_idle", "_label", "_login", "_process", "_slots", "public_key")

    public_key: PublicKey
    """The public part."""

    def __init__(  # noqa: PLR0913 - what names a key on a token
        self,
        module: str,
        *,
        token: str,
        key: str,
        pin: str,
        sessions: int = SESSIONS,
        public_key: PublicKey | None = None,
        final_try: bool = False,
    ) -> None:
        """Open the private key with the label ``key`` on the token with the label ``token``.

        ``module`` is the path of the token's PKCS #11 library. ``public_key`` is for tokens that
        do not hold it. ``final_try`` shows the PIN even where a wrong one would lock the token.

        Raises:
            SigningError: no such token or key, the token is locked, or the PIN is wrong.
            UnsupportedError: a key outside the table, or ``python-pkcs11`` is not installed.
        """
        self._process = os.getpid()
        self._label = key
        self._idle: LifoQueue[_Open] = LifoQueue()
        self._slots = BoundedSemaphore(sessions)
        self._login = acquire(load(module), token, pin, final_try=final_try)
        try:
            first = self._opened()
            self.public_key = _spoken(public_key or self._public(first))
        except BaseException:
            release(self._login)
            raise
        self._idle.put(first)

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature over ``message``.

        Raises:
            SigningError: the token is gone, or does not sign; nothing was signed.
        """
        if os.getpid() != self._process:
            raise SigningError("a token's sessions end at a fork: open the key in this process")
        with self._slots:
            return checked(self.public_key, message, self._signed(message))

    def close(self) -> None:
        """Close every session; the last signer of a token logs out."""
        while True:
            try:
                close_quietly(self._login.module, self._idle.get_nowait().session)
            except Empty:
                break
        release(self._login)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Pkcs11Signer {self.public_key.algorithm.name} {self.public_key.kid.hex()}>"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a key on a token does not travel between processes")

    def _signed(self, message: bytes) -> bytes:
        import pkcs11

        try:
            held = self._idle.get_nowait()
        except Empty:
            held = self._opened()
        try:
            signature = self._ask(held, message)
        except pkcs11.PKCS11Error as error:
            close_quietly(self._login.module, held.session)
            held = self._reopened(held, error)
            try:
                signature = self._ask(held, message)
            except pkcs11.PKCS11Error as again:
                close_quietly(self._login.module, held.session)
                raise self._failed(again) from None
        self._idle.put(held)
        return signature

    def _ask(self, held: _Open, message: bytes) -> bytes:
        from pkcs11 import Mechanism

        row = self.public_key.algorithm
        data = message if row is ED25519 else _DIGESTS[row](message).digest()
        mechanism = Mechanism.EDDSA if row is ED25519 else Mechanism.ECDSA
        with self._login.module.guard:
            return bytes(held.key.sign(data, mechanism=mechanism))

    def _opened(self) -> _Open:
        import pkcs11

        session, generation = self._login.session()
        try:
            with self._login.module.guard:
                key = find_key(session, self._label)
        except pkcs11.PKCS11Error as error:
            close_quietly(self._login.module, session)
            raise self._failed(error) from None
        except SigningError:
            close_quietly(self._login.module, session)
            raise
        return _Open(session=session, key=key, generation=generation)

    def _reopened(self, broken: _Open, error: Exception) -> _Open:
        """Return a new session after ``error``; the old login may have gone with the old one."""
        try:
            self._login.renew(broken.generation)
            return self._opened()
        except SigningError as reason:
            raise SigningError(f"{self._failed(error)}; reopening: {reason}") from None

    def _public(self, held: _Open) -> PublicKey:
        import pkcs11

        try:
            with self._login.module.guard:
                return public_of(held.session, held.key, self._label)
        except pkcs11.PKCS11Error as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> SigningError:
        kind = type(error).__name__
        return SigningError(f"token {self._login.label}: nothing was signed: {kind}")


def _spoken(key: PublicKey) -> PublicKey:
    """Return ``key`` if it is of a kind that tokens sign with here."""
    if key.algorithm not in {ED25519, ESP256, ESP384}:
        raise UnsupportedError("a key on a token must be Ed25519, P-256 or P-384")
    return key
