"""``trustcert key``: what is done to a private key's file after it was made."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert.cli import output
from trustcert.cli.options import FILE, load_private_key, password_file_option, read_password
from trustcert.files import write_whole


@click.group(name="key")
def command() -> None:
    """Change the password of a private key."""


@command.command(name="passwd", epilog="Example: trustcert key passwd wang.pem")
@click.argument("file", type=FILE)
@password_file_option
@click.option("--new-password-file", type=FILE, help="File with the new password; else a prompt.")
@click.option("--json", "as_json", is_flag=True, help="Say what was done as one JSON object.")
def passwd(
    file: Path,
    password_file: Path | None,
    new_password_file: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Give the private key in FILE another password; the key and its kid stay the same."""
    key = load_private_key(file, password_file)
    new = read_password(new_password_file, what=f"New password of {file}", confirm=True, new=True)
    mode = file.stat().st_mode & 0o700
    write_whole(file, key.to_pem(new), mode=mode)
    kid = key.public_key.kid.hex()
    told = f"{file}: has a new password; copies of the file elsewhere still have the old one"
    output.result("key-passwd/1", {"file": str(file), "kid": kid}, [told], as_json=as_json)
