"""Issues with a key on a token that is taken out in mid-run; run by test_pkcs11 in a process.

Prints how many credentials came out whole, and the error that ended it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.softhsm import PIN
from tests.support import guangdong, proof, trusted, world

from trustcert.errors import SigningError
from trustcert.issuer import issue
from trustcert.keys.pkcs11 import Pkcs11Signer, generate
from trustcert.report import Verdict

AFTER = 7


def main(module: str, token: Path) -> None:
    generate(module, token="Removable", label="issuing", pin=PIN)
    texts: list[str] = []
    with Pkcs11Signer(module, token="Removable", key="issuing", pin=PIN) as signer:
        try:
            while True:
                if len(texts) == AFTER:
                    shutil.move(token, token.with_name("elsewhere"))
                texts.append(issue(proof(), signer))
        except SigningError as error:
            problem = error
        judge = guangdong(world(keys=(trusted(signer.public_key),)))
        reports = [judge.check(text, at=proof().issued_at + 60) for text in texts]
        assert all(report.verdict is Verdict.VALID for report in reports)
        print(len(texts), problem)  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
