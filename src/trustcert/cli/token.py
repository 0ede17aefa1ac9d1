"""``trustcert token``: keys in hardware, by PKCS #11."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert.cli import output
from trustcert.cli.files import write_new
from trustcert.cli.options import FILE, PATH
from trustcert.cli.signing import PIN_VARIABLE, read_pin
from trustcert.encoding import json
from trustcert.keys import ED25519, ESP256, ESP384, named

__all__ = ["command", "keygen", "list_tokens"]

_NAMES = [name for row in (ESP256, ESP384, ED25519) for name in dict.fromkeys((row.name, row.jose))]

_module_option = click.option(
    "--module", type=FILE, required=True, help="The token's PKCS #11 library, as libsofthsm2.so."
)


@click.group(name="token")
def command() -> None:
    """List tokens and make keys on them; other commands name such a key by a pkcs11: URI."""


@command.command(name="list")
@_module_option
def list_tokens(module: Path) -> None:
    """Print the labels of the tokens that MODULE sees, one a line."""
    from trustcert.keys.pkcs11 import tokens

    for label in tokens(str(module)):
        if label:
            click.echo(label)


@command.command(name="keygen")
@click.argument("public", type=PATH)
@_module_option
@click.option("--token", required=True, help="Label of the token.")
@click.option("--label", required=True, help="Label of the new key.")
@click.option("--algorithm", type=click.Choice(_NAMES), default="ESP256", show_default=True)
@click.option(
    "--pin-file", type=FILE, help=f"File with the token's PIN; else ${PIN_VARIABLE}, else a prompt."
)
def keygen(  # noqa: PLR0913, PLR0917 - one parameter an option
    public: Path, module: Path, token: str, label: str, algorithm: str, pin_file: Path | None
) -> None:
    """Make a key on a token, and write its public half into the file PUBLIC.

    The private half can never leave the token. Prints the public key as JWK. Never overwrites.
    """
    from trustcert.keys.pkcs11 import generate, key_uri

    if public.exists():
        raise FileExistsError(17, "exists and is never overwritten", str(public))
    pin = read_pin(token, pin_file)
    row = named(algorithm)
    key = generate(str(module), token=token, label=label, pin=pin, algorithm=row)
    write_new(public, key.to_pem(), mode=0o644)
    click.echo(json.encode(key.to_jwk()).decode())
    output.talk(f"public key in {public}; the private one is {key_uri(str(module), token, label)}")
