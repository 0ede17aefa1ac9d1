"""Options and file reading that several commands share."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any, Final

import click

from trustcert.encoding.instants import DAY, HOUR, instant
from trustcert.errors import LimitExceededError, MalformedError, inside
from trustcert.keys import PrivateKey
from trustcert.limits import KEY_FILE_BYTES

__all__ = [
    "DIRECTORY",
    "FILE",
    "PASSWORD_VARIABLE",
    "PATH",
    "Duration",
    "Instant",
    "Zone",
    "as_path",
    "ask_secret",
    "at_option",
    "at_or_now_option",
    "default_store",
    "destination_option",
    "force_option",
    "json_option",
    "load_private_key",
    "names_file",
    "password_file_option",
    "read_bounded",
    "read_password",
    "read_secret",
    "store_option",
]

PASSWORD_VARIABLE: Final = "TRUSTCERT_PASSWORD"  # noqa: S105 - a name, not a password

_PASSWORD_TRIES: Final = 3
"""How often a prompt asks for a password."""

_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_ZONE: Final = re.compile(r"([+-])([0-9]{2}):([0-9]{2})", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": HOUR, "d": DAY}


class Instant(click.ParamType[int]):
    """A point in time: RFC 3339, or Unix seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return Unix seconds."""
        if isinstance(value, int):
            return value
        try:
            return instant(int(value) if value.isascii() and value.isdigit() else value)
        except (MalformedError, ValueError) as error:
            self.fail(str(error), param, ctx)


class Zone(click.ParamType[timezone]):
    """A time zone, as its distance from UTC: ``+08:00``."""

    name = "zone"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timezone:
        """Return the zone."""
        if isinstance(value, timezone):
            return value
        match = _ZONE.fullmatch(value)
        if match is None or int(match[3]) > 59 or int(match[2]) > 14:
            self.fail("must be a distance from UTC, as +08:00", param, ctx)
        distance = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-distance if match[1] == "-" else distance)


class Duration(click.ParamType[int]):
    """A span of time: ``90m``, ``72h``, ``7d``."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return seconds."""
        if isinstance(value, int):
            return value
        match = _DURATION.fullmatch(value)
        if match is None:
            self.fail("must be a number and s, m, h or d, as 72h", param, ctx)
        return int(match[1]) * _SECONDS[match[2]]


PATH: Final = click.Path(path_type=Path)
FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
DIRECTORY: Final = click.Path(path_type=Path, file_okay=False)

at_option = click.option(
    "--at",
    type=Instant(),
    default=lambda: int(time.time()),
    show_default="now",
    help="The time that counts: RFC 3339 or Unix seconds.",
)
at_or_now_option = click.option(
    "--at",
    type=Instant(),
    default=None,
    show_default="the time of each check",
    help="The time that counts: RFC 3339 or Unix seconds.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Say what was done or found as JSON, for programs."
)
force_option = click.option(
    "--force", is_flag=True, help="Replace the file that is there, whatever it holds."
)
password_file_option = click.option(
    "--password-file",
    type=FILE,
    help=f"File with the key's password; else ${PASSWORD_VARIABLE}, else a prompt.",
)


def as_path(given: str | bytes | os.PathLike[Any]) -> Path:
    """Return what click's path types convert to as a path; their types differ by version."""
    return Path(os.fsdecode(given))


def names_file(text: str) -> bool:
    """Return whether there is a file of this name; a whole code is too long for one."""
    try:
        return bool(text) and Path(text).exists()  # no text would be this folder
    except (OSError, ValueError):
        return False


def read_bounded(path: Path, limit: int) -> bytes:
    """Return the bytes of a file.

    Raises:
        LimitExceededError: it is larger than ``limit``.
    """
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise LimitExceededError(f"is of over {limit} bytes", where=str(path))
    return data


def read_password(
    file: Path | None,
    *,
    what: str = "Password of the key",
    confirm: bool = False,
    new: bool = False,
) -> bytes:
    """Return a password: from a file, the environment (unless it is a ``new`` one), or a prompt.

    ``what`` is what the prompt asks for: it names the file.

    Raises:
        MalformedError: it is empty, or there is no terminal to ask at.
    """
    if file is not None:
        password = read_secret(file)
    elif PASSWORD_VARIABLE in os.environ and not new:
        password = os.environ[PASSWORD_VARIABLE].encode()
    else:
        option = "--new-password-file" if new else f"--password-file or set ${PASSWORD_VARIABLE}"
        typed = ask_secret(what, option, confirm=confirm)
        password = typed.encode()
    if not password:
        raise MalformedError("the password is empty")
    return password


def ask_secret(what: str, option: str, *, confirm: bool = False) -> str:
    """Return what somebody types at the terminal, unseen.

    Raises:
        MalformedError: there is no terminal; ``option`` is what to give instead.
    """
    if not _has_terminal():
        raise MalformedError(f"{what}: there is no terminal to ask at; give {option}")
    typed: str = click.prompt(what, hide_input=True, confirmation_prompt=confirm, err=True)
    return typed


def _has_terminal() -> bool:
    """Return whether somebody can be asked: a password is read from the terminal itself."""
    if sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def read_secret(file: Path) -> bytes:
    """Return a password or PIN from a file; says so where others can read it too."""
    if _shared(file):
        click.echo(f"{file}: others can read this file: chmod 600 {file}", err=True)
    return read_bounded(file, KEY_FILE_BYTES).rstrip(b"\r\n")


def _shared(file: Path) -> bool:
    """Return whether others than its owner may read or write a regular file."""
    status = file.stat()
    return os.name == "posix" and stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o077)


def load_private_key(
    path: Path, password_file: Path | None, password: bytes | None = None
) -> PrivateKey:
    """Return the private key in a PEM file, asking for its password where it must.

    A ``password`` that is known already is not asked for.

    Raises:
        MalformedError: no private key, not its password, or a file that others can read;
            ``where`` is the file.
    """
    with inside(str(path)):
        pem = read_bounded(path, KEY_FILE_BYTES)
        if b"PRIVATE KEY-----" not in pem:
            raise MalformedError("holds no private key")
        if _shared(path):
            raise MalformedError(f"others can read this private key: chmod 600 {path}")
        if password is not None or b"ENCRYPTED" not in pem:
            return PrivateKey.from_pem(pem, password)
        asks = password_file is None and PASSWORD_VARIABLE not in os.environ
        for left in reversed(range(_PASSWORD_TRIES if asks else 1)):
            try:
                return PrivateKey.from_pem(
                    pem, read_password(password_file, what=f"Password of {path}")
                )
            except MalformedError:
                if not left or not sys.stdin.isatty():
                    raise
                click.echo(f"{path}: not its password; {left} more", err=True)
        raise AssertionError


def default_store() -> Path:
    """Return where this user's trust data is kept."""
    import platformdirs

    return platformdirs.user_data_path("trustcert") / "store"


store_option = click.option(
    "--store",
    type=PATH,
    default=default_store,
    envvar="TRUSTCERT_STORE",
    show_default="the user's data directory",
    help="Directory of trust data; or $TRUSTCERT_STORE.",
)
destination_option = click.option(
    "--destination",
    envvar="TRUSTCERT_DESTINATION",
    help="Whose rules count, as CN-44; or $TRUSTCERT_DESTINATION.",
)
