"""``trustcert keygen``: a key pair, the private half encrypted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from trustcert.cli import output
from trustcert.cli.files import write_new
from trustcert.cli.options import PATH, password_file_option, read_password
from trustcert.cli.registry_options import LABEL, checked_label
from trustcert.keys import ALGORITHMS, PrivateKey
from trustcert.registry.naming import meant

_NAMES: Final = {
    alias.lower(): row.name
    for row in ALGORITHMS
    for alias in (row.name, row.jose, row.jose_polymorphic)
    if alias is not None
}


class AlgorithmName(click.ParamType[str]):
    """The name of an algorithm, in any case: ES256 and ESP256 are the same."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name as this program spells it."""
        found = _NAMES.get(value.lower())
        if found is None:
            self.fail(f"{value}: no such algorithm; {meant(value, _NAMES.values())}", param, ctx)
        return found


@click.command(
    name="keygen", epilog="Example: trustcert keygen wang.pem --algorithm Ed25519 --label wang"
)
@click.argument("file", type=PATH)
@click.option(
    "--algorithm",
    type=AlgorithmName(),
    default="ESP256",
    show_default=True,
    help="ESP256 (ES256) verifies fastest; Ed25519 is the usual one for registries.",
)
@click.option("--label", help="Whose it is, for people: stands in FILE.pub and beside the kid.")
@password_file_option
def command(file: Path, algorithm: str, label: str | None, password_file: Path | None) -> None:
    """Make a key pair: FILE, encrypted, for the issuer alone, and FILE.pub for everybody.

    Prints the public key as JWK, with its kid. Never overwrites.
    """
    public = file.with_name(file.name + ".pub")
    for there in (file, public):
        if there.exists():
            raise FileExistsError(17, "exists and is never overwritten", str(there))
    head = b"" if label is None else f"{LABEL}{checked_label(label)}\n".encode()
    password = read_password(password_file, what=f"Password for {file}", confirm=True)
    key = PrivateKey.generate(algorithm)
    write_new(file, key.to_pem(password), mode=0o600)
    write_new(public, head + key.public_key.to_pem(), mode=0o644)
    output.data(key.public_key.to_jwk())
    kid = key.public_key.kid.hex()
    output.talk(f"{algorithm} key {kid}: private key in {file}, public key in {public}")
