"""One login a token and process: PKCS #11 logs in the application, not a session.

A token locks itself after a few wrong PINs, for good or until its officer comes. So a wrong PIN
is counted here, the same one is never shown to the token again, and the last try that a token has
left is not taken unless the caller says so.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress
from threading import RLock
from typing import Any, Final, TypeAlias

from trustcert.errors import SigningError
from trustcert.keys.pkcs11.module import Module, translated

__all__ = ["Login", "acquire", "close_quietly", "find_token", "release", "wrong_pins"]

_Name: TypeAlias = tuple[str, bytes]
"""A module's path and a token's serial number."""

_lock: Final = RLock()
_salt: Final = secrets.token_bytes(16)
_logins: dict[tuple[str, str], Login] = {}
_wrong: dict[_Name, list[bytes]] = {}

_LOCKED: Final = "locked after too many wrong PINs; its officer (SO PIN) can open it again"
_FINAL_TRY: Final = "one more wrong PIN locks it; log in with its own tool first"


class Login:
    """A token that a PIN has opened, until the last of its users has gone.

    ``held`` is the session that logged in, None after it broke; ``generation`` counts the logins.
    """

    def __init__(self, module: Module, label: str, pin: str, *, final_try: bool) -> None:
        """Log in.

        Raises:
            SigningError: no such token, it is locked, or the PIN is wrong.
        """
        self.module, self.label, self._pin = module, label, pin
        self.generation = 0
        self.users = 0
        self.held: Any = self._logged_in(final_try=final_try)

    def __repr__(self) -> str:
        return f"<Login at {self.label}>"

    def session(self) -> tuple[Any, int]:
        """Return a new session, and the generation of the login that it belongs to.

        Raises:
            SigningError: the token is not there, or gives no more sessions.
        """
        with _lock, translated(f"token {self.label}"):
            if self.held is None:
                self._log_in_again()
            token = find_token(self.module, self.label)
            with self.module.guard:
                return token.open(), self.generation

    def renew(self, generation: int) -> None:
        """Log in again, unless somebody did since ``generation``.

        Raises:
            SigningError: the token is not there, it is locked, or the PIN is no longer right.
        """
        with _lock:
            if self.generation != generation:
                return
            if self.held is not None:
                close_quietly(self.module, self.held)
            self.held = None
            self._log_in_again()

    def fits(self, pin: str) -> bool:
        """Return whether ``pin`` is the one that opened the token."""
        return hmac.compare_digest(_digest(self._pin), _digest(pin))

    def _log_in_again(self) -> None:
        self.held = self._logged_in(final_try=False)
        self.generation += 1

    def _logged_in(self, *, final_try: bool) -> Any:
        import pkcs11

        token = find_token(self.module, self.label)
        name = (self.module.path, bytes(token.serial))
        _refuse_doubtful(token, name, self._pin, final_try=final_try)
        with translated(f"token {self.label}"):
            try:
                with self.module.guard:
                    return token.open(user_pin=self._pin)
            except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
                _wrong.setdefault(name, []).append(_digest(self._pin))
                raise SigningError(_wrong_pin(self.module, self.label, name)) from None
            except pkcs11.PinLocked:
                raise SigningError(f"token {self.label}: {_LOCKED}") from None


def acquire(module: Module, label: str, pin: str, *, final_try: bool = False) -> Login:
    """Return the login at the token ``label``; :func:`release` gives it back.

    ``final_try`` allows the last try before the token locks itself.

    Raises:
        SigningError: no such token, it is locked, or the PIN is wrong.
    """
    with _lock:
        login = _logins.get((module.path, label))
        if login is None:
            login = Login(module, label, pin, final_try=final_try)
            _logins[module.path, label] = login
        elif not login.fits(pin):
            raise SigningError(f"token {label}: is open in this process under another PIN")
        login.users += 1
        return login


def release(login: Login) -> None:
    """Give ``login`` back; the last user logs out."""
    with _lock:
        login.users -= 1
        if login.users == 0:
            _logins.pop((login.module.path, login.label), None)
            if login.held is not None:
                close_quietly(login.module, login.held)


def find_token(module: Module, label: str) -> Any:
    """Return the one token with this label.

    Raises:
        SigningError: there is none, or several.
    """
    with translated(f"token {label}: cannot be looked for"), module.guard:
        found = list(module.library.get_tokens(token_label=label))
    if len(found) != 1:
        count = "not there" if not found else f"{len(found)} tokens have this label"
        raise SigningError(f"token {label}: {count}")
    return found[0]


def wrong_pins(module: Module, label: str) -> int:
    """Return how many wrong PINs this process has shown to the token."""
    token = find_token(module, label)
    return len(_wrong.get((module.path, bytes(token.serial)), ()))


def close_quietly(module: Module, session: Any) -> None:
    """Close a session that may be broken already."""
    import pkcs11

    with suppress(pkcs11.PKCS11Error), module.guard:
        session.close()


def _refuse_doubtful(token: Any, name: _Name, pin: str, *, final_try: bool) -> None:
    """Return if it is safe to show ``pin`` to the token.

    Raises:
        SigningError: the token refused this PIN before, is locked, or has one try left.
    """
    from pkcs11 import TokenFlag

    if _digest(pin) in _wrong.get(name, ()):
        raise SigningError(f"token {token.label}: refused this PIN before; not tried again")
    if token.flags & TokenFlag.USER_PIN_LOCKED:
        raise SigningError(f"token {token.label}: {_LOCKED}")
    if token.flags & TokenFlag.USER_PIN_FINAL_TRY and not final_try:
        raise SigningError(f"token {token.label}: {_FINAL_TRY}")


def _wrong_pin(module: Module, label: str, name: _Name) -> str:
    from pkcs11 import TokenFlag

    flags = find_token(module, label).flags
    left = ""
    if flags & TokenFlag.USER_PIN_LOCKED:
        left = f"; {_LOCKED}"
    elif flags & TokenFlag.USER_PIN_FINAL_TRY:
        left = f"; {_FINAL_TRY}"
    elif flags & TokenFlag.USER_PIN_COUNT_LOW:
        left = "; the token counts"
    return f"token {label}: wrong PIN, number {len(_wrong[name])} of this process{left}"


def _digest(pin: str) -> bytes:
    return hashlib.sha256(_salt + pin.encode()).digest()
