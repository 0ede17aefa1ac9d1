"""Adding a type of credential touches its entry alone: tried in a copy of the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import trustcert

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
PROGRAM = """
from trustcert import PINNED, PinnedTrust, PrivateKey, TrustedKey, Verifier, formats
from trustcert import from_application, issue
from trustcert.claims import CredentialType, MarriageCertificate, codec
from trustcert.claims.labels import LABELS
from trustcert.formats import jwt
from trustcert.keys import ESP256
from trustcert.ledger.publishing import TYPES_WITH_CAUSES

key = PrivateKey.generate(ESP256)
claims = from_application(
    {"type": "marriage_certificate", "name": "张伟", "number": "J110105-2026-000001",
     "spouse": "李娜", "married_on": "2026-05-20"},
    issuer="CN-11", issued_at=1_780_000_000,
)
assert isinstance(claims.details, MarriageCertificate)
trust = PinnedTrust.of(
    [TrustedKey(key=key.public_key, issuer="CN-11", names=frozenset({"CN-11"}), types=None)]
)
for text in (issue(claims, key), jwt.encode(claims, key)):
    report = Verifier(trust, policy=PINNED).check(text, at=1_780_000_001)
    assert formats.open_claims(formats.decode(text)).details == claims.details
    assert report.type == "marriage_certificate", report
assert codec.to_json(claims)["credential"]["spouse"] == "李娜"
assert codec.to_cbor(claims)[-65537][66] == 20_593
assert "marriage_certificate" in TYPES_WITH_CAUSES
assert [row.name for row in LABELS][-2:] == ["spouse", "married_on"]
print(formats.__file__)
"""


def worked_example() -> dict[str, str]:
    """Return the four insertions that the page shows, by the line that each stands before."""
    text = PAGE.read_text(encoding="utf-8").partition("## A new credential type")[2]
    section = text.partition("\n## ")[0]
    found = {}
    for block in section.split("```py\n")[1:]:
        code = block.partition("```")[0]
        anchor, _, inserted = code.partition("\n")
        found[anchor.removeprefix("# before: ")] = inserted
    return found


def test_the_worked_example_adds_a_type(tmp_path: Path) -> None:
    home = tmp_path / "trustcert"
    source = Path(trustcert.__file__).parent
    shutil.copytree(source, home, ignore=shutil.ignore_patterns("__pycache__"))
    entry = home / "claims" / "types.py"
    text = entry.read_text(encoding="utf-8")
    example = worked_example()
    assert len(example) == 4
    for anchor, inserted in example.items():
        assert text.count(f"\n{anchor}\n") == 1, anchor
        text = text.replace(f"\n{anchor}\n", f"\n{inserted}{anchor}\n")
    entry.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))
