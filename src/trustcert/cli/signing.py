"""Keys that sign, as a command names them: a PEM file, or the URI of a key on a token.

A PIN comes from the file that the URI names (``pin-source``), from ``$TRUSTCERT_PIN``, or from a
prompt; never from an argument, which every list of processes shows.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import click

from trustcert.cli.options import (
    FILE,
    PASSWORD_VARIABLE,
    as_path,
    ask_secret,
    load_private_key,
    read_bounded,
    read_password,
    read_secret,
)
from trustcert.errors import MalformedError, TrustcertError
from trustcert.keys import Signer
from trustcert.keys.pkcs11 import uri
from trustcert.limits import KEY_FILE_BYTES
from trustcert.values import Value

PIN_VARIABLE: Final = "TRUSTCERT_PIN"
KEY_HELP: Final = "Private key: a PEM file, or a pkcs11: URI of a token's"


class Key(click.ParamType[Path | uri.KeyUri]):
    """A private key's file, or the URI of one on a token."""

    name = "file|uri"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path | uri.KeyUri:
        """Return the path or the parts of the URI."""
        if isinstance(value, str) and value.startswith(uri.SCHEME):
            try:
                return uri.parse(value)
            except TrustcertError as error:
                self.fail(str(error), param, ctx)
        return as_path(FILE.convert(value, param, ctx))


KEY: Final = Key()


def load_signer(key: Path | uri.KeyUri, password_file: Path | None) -> Signer:
    """Return what signs with ``key``; a token is closed when the command ends.

    Raises:
        MalformedError: no private key, or not its password.
        SigningError: the token or its key is not there, or the PIN is wrong.
        UnsupportedError: the extra for tokens is not installed.
    """
    if isinstance(key, Path):
        return load_private_key(key, password_file)
    from trustcert.keys.pkcs11 import Pkcs11Signer

    pin = read_pin(key.token, Path(key.pin_file) if key.pin_file else None)
    signer = Pkcs11Signer(key.module, token=key.token, key=key.key, pin=pin)
    click.get_current_context().call_on_close(signer.close)
    return signer


class KeyOpener(Value, frozen=True, kw_only=True):
    """A function that opens a key where it is used: in another process, or on another machine.

    The key itself never travels. ``secret``, its password or PIN, goes only to processes of this
    machine; elsewhere it comes from the file or the environment there.
    """

    _shown = ("key",)

    key: Path | uri.KeyUri
    password_file: Path | None = None
    secret: bytes | None = None

    def __call__(self) -> Signer:
        """Return the key.

        Raises:
            MalformedError: no private key, or there is no password for it here.
            SigningError: the token or its key is not there, or the PIN is wrong.
        """
        if isinstance(self.key, Path):
            if self.secret is None and self.password_file is None and _is_encrypted(self.key):
                _refuse_to_ask(PASSWORD_VARIABLE)
            return load_private_key(self.key, self.password_file, self.secret)
        from trustcert.keys.pkcs11 import Pkcs11Signer

        pin = self.secret.decode() if self.secret is not None else _pin_here(self.key)
        return Pkcs11Signer(self.key.module, token=self.key.token, key=self.key.key, pin=pin)


def opener(key: Path | uri.KeyUri, password_file: Path | None, *, here: bool) -> KeyOpener:
    """Return what opens ``key`` in other processes, on this machine where it says ``here``."""
    secret = None
    if here and isinstance(key, Path):
        secret = read_password(password_file) if _is_encrypted(key) else None
    elif here and not isinstance(key, Path):
        secret = read_pin(key.token, Path(key.pin_file) if key.pin_file else None).encode()
    return KeyOpener(key=key, password_file=password_file, secret=secret)


def _is_encrypted(key: Path) -> bool:
    return b"ENCRYPTED" in read_bounded(key, KEY_FILE_BYTES)


def _pin_here(key: uri.KeyUri) -> str:
    if not key.pin_file:
        _refuse_to_ask(PIN_VARIABLE)
    return read_pin(key.token, Path(key.pin_file) if key.pin_file else None)


def _refuse_to_ask(variable: str) -> None:
    if variable not in os.environ:
        raise MalformedError(f"a worker cannot ask for a password: set ${variable} where it runs")


def read_pin(token: str, file: Path | None) -> str:
    """Return the PIN of ``token``: from a file, the environment, or a prompt.

    Raises:
        MalformedError: it is empty or not UTF-8.
    """
    if file is not None:
        secret = read_secret(file)
    elif PIN_VARIABLE in os.environ:
        secret = os.environ[PIN_VARIABLE].encode()
    else:
        secret = ask_secret(f"PIN of token {token}", f"pin-source or set ${PIN_VARIABLE}").encode()
    try:
        pin = secret.decode()
    except UnicodeDecodeError:
        raise MalformedError("the PIN is not UTF-8") from None
    if not pin:
        raise MalformedError("the PIN is empty")
    return pin
