"""Write the catalogues in traditional characters from the simplified ones: OpenCC's s2twp.

``python -m tests.make_locale``, after a change of words; a test compares. A province that adds a
language copies ``web/static/locale/en.json`` and ``locale/sentences.zh.json`` and translates their
values.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from trustcert.reasons import Reason

SOURCE: Final = Path(__file__).parents[1] / "src" / "trustcert"
PAGE: Final = SOURCE / "web" / "static" / "locale"
REASONS: Final = SOURCE / "locale" / "zh-Hant.json"
SENTENCES: Final = SOURCE / "locale" / "sentences.zh.json"


def converted(convert: Any) -> dict[Path, str]:
    """Return the texts of the files, by ``convert`` from simplified to traditional."""
    words = json.loads((PAGE / "zh-Hans.json").read_text(encoding="utf-8"))
    page = {key: convert(value) for key, value in words.items()} | {
        "name": "繁體中文",
        "dir": "ltr",
    }
    reasons = {r.value: [convert(r.zh.what), convert(r.zh.next)] for r in Reason}
    said = json.loads(SENTENCES.read_text(encoding="utf-8"))
    sentences = {template: convert(text) for template, text in said.items()}
    return {
        PAGE / "zh-Hant.json": _text(page),
        REASONS: _text(reasons),
        SENTENCES.with_name("sentences.zh-Hant.json"): _text(sentences),
    }


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    import opencc  # OpenCC, from PyPI

    for path, text in converted(opencc.OpenCC("s2twp").convert).items():
        path.write_text(text, encoding="utf-8")
