"""Tokens of SoftHSM2 for tests, or a skip that says what to install."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

PIN = "4711-pin"
OFFICER_PIN = "0815-officer"

_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """A folder of tokens; ``environment`` is what a process that uses them needs."""

    module: str
    folder: Path
    utility: str

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def add_token(self, label: str) -> Path:
        """Make a token and return the folder that it is."""
        before = set(self.tokens())
        subprocess.run(
            [self.utility, "--init-token", "--free", "--label", label,
             "--pin", PIN, "--so-pin", OFFICER_PIN],
            check=True, capture_output=True, env=os.environ | self.environment,
        )  # fmt: skip
        (made,) = set(self.tokens()) - before
        return made

    def tokens(self) -> list[Path]:
        return list((self.folder / "tokens").iterdir())


def softhsm(folder: Path) -> SoftHsm:
    """Return a SoftHSM2 without tokens in ``folder``, or skip."""
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed (the extra pkcs11)")
    places = (os.environ.get("TRUSTCERT_SOFTHSM", ""), *_PLACES)
    module = next((place for place in places if place and Path(place).exists()), None)
    utility = shutil.which("softhsm2-util")
    if module is None or utility is None:
        pytest.skip("SoftHSM2 is not installed (Debian: apt-get install softhsm2)")
    (folder / "tokens").mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n"
        "log.level = ERROR\nslots.removable = false\n"
    )
    return SoftHsm(module, folder, utility)
