"""Write the project's own vectors: ``python -m tests.make_vectors``.

Everything is derived from public labels, so that the same sources always write the same bytes;
``tests/test_vectors.py`` holds the directories to that.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tests.cases_compact import COMPACT
from tests.cases_compact_claims import COMPACT_CLAIMS
from tests.cases_jwt import JWT
from tests.cases_sd_jwt import SD_JWT
from tests.vector import VECTORS, Vector

ALL: Final[dict[str, tuple[Vector, ...]]] = {
    "compact": (*COMPACT, *COMPACT_CLAIMS),
    "jwt": JWT,
    "sd_jwt": SD_JWT,
}


def files() -> dict[Path, bytes]:
    """Return every file of every vector by its path below ``tests/vectors``."""
    return {
        Path(form) / vector.name / name: content
        for form, vectors in ALL.items()
        for vector in vectors
        for name, content in vector.files.items()
    }


def main() -> None:
    """Write them all, and remove those of our forms that are no longer made."""
    for form in ALL:
        shutil.rmtree(VECTORS / form, ignore_errors=True)
    for path, content in files().items():
        whole = VECTORS / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(content)


if __name__ == "__main__":
    main()
