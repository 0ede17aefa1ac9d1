"""``trustcert quickstart``: a registry, an office and a checkpoint in one folder."""

from __future__ import annotations

import secrets
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import click

from trustcert.cli import cli, output
from trustcert.cli.files import write_new
from trustcert.cli.options import PATH
from trustcert.encoding import json
from trustcert.encoding.instants import rfc3339
from trustcert.errors import TrustcertError

__all__ = ["command"]

_SCRIPT: Final = """
# Keys. Each signs one kind of thing; FILE is private, FILE.pub is for everybody.
keygen hub.pem --algorithm Ed25519 --password-file password.txt
keygen online.pem --algorithm Ed25519 --password-file password.txt
keygen sichuan.pem --algorithm Ed25519 --password-file password.txt
keygen guangdong.pem --algorithm Ed25519 --password-file password.txt
keygen lists.pem --algorithm Ed25519 --password-file password.txt
keygen issuing.pem --password-file password.txt

# The registry: a folder of signed files that says whose keys count.
registry init registry --root-key hub.pem.pub --targets-key hub.pem.pub \
  --online-key online.pem.pub
registry add-issuer registry CN-51 --key sichuan.pem.pub --status-key lists.pem.pub \
  --type health_proof
registry add-issuer registry CN-44 --key guangdong.pem.pub --type health_proof
registry key add registry CN-51 issuing.pem.pub

# The policy of Guangdong (CN-44): whom it recognises, for what. See policy.json.
registry set-policy registry CN-44 policy.json
registry sign registry --key hub.pem --key sichuan.pem --key guangdong.pem --yes \
  --password-file password.txt

# A health proof of Sichuan (CN-51) for the person in claims.json, drawn as proof.png.
status create sichuan.ledger --issuer CN-51
issue claims.json --key issuing.pem --ledger sichuan.ledger --valid-for 7d --qr proof.png \
  --password-file password.txt

# Publish: www is what a web server serves. It holds no secret.
status publish sichuan.ledger --registry registry --key lists.pem --password-file password.txt
registry publish registry www --key online.pem --password-file password.txt

# The checkpoint fetches www. Its first root file is brought by hand.
sync ADDRESS --root www/metadata/1.root.json --store store

# It verifies the picture without a network.
verify proof.png --store store --destination CN-44
"""
"""The commands that are run, and the comments that explain them."""

_POLICY: Final = {
    "destination": "CN-44",
    "recognises": [{"issuer": "CN-51", "types": ["health_proof"]}],
    "rules": {"health_proof": {"colours": ["green"]}},
}


@click.command(name="quickstart")
@click.argument("folder", type=PATH, default=Path("trustcert-quickstart"))
@click.option("--gate", is_flag=True, help="Open the checkpoint's page at the end.")
def command(folder: Path, gate: bool) -> int:  # noqa: FBT001 - a flag
    r"""Make a registry, a province, a code and a policy in FOLDER, and verify the code.

    \b
    trustcert quickstart

    Each command is shown with what it is for, and can be typed by hand. FOLDER must not exist.
    The keys are for trying out: their password lies beside them.
    """
    if folder.exists():
        raise click.UsageError(f"{folder} exists already; name another folder, or delete it")
    folder.mkdir(parents=True)
    with chdir(folder):
        _write_files(int(time.time()))
        Path("www").mkdir()
        with _served(Path("www")) as address:
            for line in _SCRIPT.splitlines():
                if line.startswith("#"):
                    output.talk("")
                    output.talk(line)
                elif line:
                    _run(line.replace("ADDRESS", address))
    _say_what_is_next(folder)
    if gate:
        _run(f"gate --destination CN-44 --store {folder}/store --folder {folder}/gate")
    return 0


def _write_files(now: int) -> None:
    """Write what a person would write: a password, an application and a policy."""
    write_new(Path("password.txt"), secrets.token_urlsafe(16).encode(), mode=0o600)
    claims = {
        "issuer": "CN-51",
        "type": "health_proof",
        "name": "张伟",
        "colour": "green",
        "sampled_at": rfc3339(now - 3600),
    }
    write_new(Path("claims.json"), json.encode_pretty(claims), mode=0o644)
    write_new(Path("policy.json"), json.encode_pretty(_POLICY), mode=0o644)


def _run(line: str) -> None:
    """Show one command and run it in this process.

    Raises:
        TrustcertError: it did not end with exit code 0; it said why.
    """
    arguments = line.split()
    output.talk(" ".join(("$ trustcert", *arguments)))
    code = cli.main(args=arguments, prog_name="trustcert", standalone_mode=False)
    if code not in {None, 0}:
        raise TrustcertError(f"the command above ended with exit code {code}")


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve ``folder`` on this machine, at a free port; yield its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            """Say nothing of each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder.resolve()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _say_what_is_next(folder: Path) -> None:
    python = Path(sys.executable).name
    for line in (
        "",
        f"Everything is in {folder}. Next:",
        "- open the checkpoint's page, and hold proof.png into the camera or drop it there:",
        f"    trustcert gate --destination CN-44 --store {folder}/store",
        "- serve the registry for other machines:",
        f"    {python} -m http.server 8000 --directory {folder}/www",
    ):
        output.talk(line)
