"""Keys that sign, as a command names them: a PEM file, or the URI of a key on a token.

A PIN comes from the file that the URI names (``pin-source``), from ``$TRUSTCERT_PIN``, or from a
prompt; never from an argument, which every list of processes shows.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import click

from trustcert.cli.options import FILE, as_path, ask_secret, load_private_key, read_secret
from trustcert.errors import MalformedError, TrustcertError
from trustcert.keys import Signer
from trustcert.keys.pkcs11 import uri

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
