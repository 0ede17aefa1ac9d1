"""What starting costs: importing the library, and the command line cold, as whole processes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Row, compare, main
from trustcert import PrivateKey, issue
from trustcert.encoding import json

IMPORTS = {
    "python alone": "pass",
    "import cryptography": "import cryptography",
    "import trustcert": "import trustcert",
    "from trustcert import Verifier": "from trustcert import Verifier",
    "cryptography's own keys": "from cryptography.hazmat.primitives.asymmetric import ec, ed25519",
    "import requests": "import requests",
    "import jwt": "import jwt",
}


def run(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    rows = compare(
        "a new process",
        {name: lambda code=code: python("-c", code) for name, code in IMPORTS.items()},  # type: ignore[misc]
        limit="python alone",
        quick=quick,
        unit="ms",
        rounds=3 if quick else 15,
    )
    with tempfile.TemporaryDirectory() as folder:
        key = PrivateKey.generate()
        keys = Path(folder) / "keys.json"
        keys.write_bytes(json.encode({"issuer": "CN-51", "keys": [key.public_key.to_jwk()]}))
        from verify import NOW, claims

        text = issue(claims(), key)
        arguments = ("-m", "trustcert", "verify", text, "--trust", str(keys), "--at", str(NOW))
        rows += compare(
            "the command line, cold",
            {
                "python alone": lambda: python("-c", "pass"),
                "trustcert --version": lambda: python("-m", "trustcert", "--version"),
                "trustcert verify TEXT --trust FILE": lambda: python(*arguments),
            },
            limit="python alone",
            quick=quick,
            unit="ms",
            rounds=3 if quick else 15,
        )
    return rows


def python(*arguments: str) -> None:
    """Run the interpreter once."""
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(run))
