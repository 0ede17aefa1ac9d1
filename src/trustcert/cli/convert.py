"""``trustcert convert``: a verified foreign credential, issued again as a native one."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert import formats, policy
from trustcert.claims.conversion import converted
from trustcert.cli import EXIT_INVALID, output
from trustcert.cli.codes import texts_in
from trustcert.cli.options import Duration, at_option, password_file_option
from trustcert.cli.signing import KEY, KEY_HELP, load_signer
from trustcert.cli.trust_options import (
    WHAT_IS_PINNED,
    IssuersFile,
    hint,
    pinned_trust,
    revocations_option,
)
from trustcert.errors import VerificationError
from trustcert.formats import WRITABLE
from trustcert.issuer import issue
from trustcert.keys import Signer
from trustcert.verifier import Verifier

__all__ = ["command"]


@click.command(name="convert")
@click.argument("code")
@click.option(
    "--trust",
    "pinned",
    type=IssuersFile(),
    multiple=True,
    required=True,
    help=f"{WHAT_IS_PINNED} of the foreign issuer; repeatable.",
)
@revocations_option
@click.option("--key", type=KEY, required=True, help=f"{KEY_HELP}.")
@password_file_option
@click.option("--issuer", required=True, help="Who issues it again, as CN-51.")
@click.option("--valid-for", "lifetime", type=Duration(), help="Longest life, as 30d.")
@click.option(
    "--format", "format_", type=click.Choice(list(WRITABLE)), default="compact", show_default=True
)
@at_option
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    code: str,
    pinned: tuple[tuple[str | None, Path], ...],
    revocations: tuple[tuple[str | None, Path], ...],
    key: Path,
    password_file: Path | None,
    issuer: str,
    lifetime: int | None,
    format_: str,
    at: int,
) -> int:
    """Issue a foreign CODE again as a native credential, its provenance in the claims.

    CODE is the text of a credential, or the picture or file that holds it. The credential must be
    genuine, in time and not revoked at --at; no policy is asked. One that names a list of what is
    revoked needs that list: --revocations.
    Prints the new text.
    """
    texts = texts_in(code)
    if len(texts) != 1:
        raise click.UsageError(f"CODE must hold one code; {len(texts)} were found")
    (text,) = texts
    verifier = Verifier(pinned_trust(pinned, revocations, at), policy=policy.PINNED)
    try:
        found = verifier.companion(text, at=at)
    except VerificationError as error:
        click.echo(output.report_as_text("code", error.report, "en"), err=True)
        hint(error.report)
        return EXIT_INVALID
    signer: Signer = load_signer(key, password_file)
    expires = None if lifetime is None else at + lifetime
    claims = converted(
        found.claims,
        format=formats.decode(text).format,
        issuer=issuer,
        at=at,
        expires=expires,
    )
    click.echo(issue(claims, signer, format=format_))
    return 0
