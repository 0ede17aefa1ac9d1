"""``trustcert keygen``: a key pair, the private half encrypted."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert.cli.files import write_new
from trustcert.cli.options import PATH, password_file_option, read_password
from trustcert.encoding import json
from trustcert.keys import ALGORITHMS, PrivateKey

_NAMES = [name for row in ALGORITHMS for name in (row.name, row.jose)]


@click.command(name="keygen")
@click.argument("file", type=PATH)
@click.option(
    "--algorithm",
    type=click.Choice(sorted(set(_NAMES))),
    default="ESP256",
    show_default=True,
    help="ESP256 (the same as ES256) verifies fastest; Ed25519 is the usual one for registries.",
)
@password_file_option
def command(file: Path, algorithm: str, password_file: Path | None) -> None:
    """Make a key pair: FILE, encrypted, for the issuer alone, and FILE.pub for everybody.

    Prints the public key as JWK. Never overwrites.
    """
    public = file.with_name(file.name + ".pub")
    if public.exists():
        raise FileExistsError(17, "exists and is never overwritten", str(public))
    password = read_password(password_file, confirm=True)
    key = PrivateKey.generate(algorithm)
    write_new(file, key.to_pem(password), mode=0o600)
    write_new(public, key.public_key.to_pem(), mode=0o644)
    click.echo(json.encode(key.public_key.to_jwk()).decode())
    click.echo(f"private key in {file}, public key in {public}", err=True)
