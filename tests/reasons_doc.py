"""Write docs/reasons.md from the reasons' entries: ``python -m tests.reasons_doc``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from trustcert.report import Reason

PAGE: Final = Path(__file__).parents[1] / "docs" / "reasons.md"
_HEAD: Final = """# Reasons

Every reason that a report can give, in the order of the source. Each has a stable code, the steps
that may give it, the signals that it may come with, and its words in English and Chinese. Link to a
reason by its code: `reasons.md#expired`.
"""


def page() -> str:
    """Return the text of the page."""
    parts = [_HEAD]
    for reason in Reason:
        steps = "any step" if len(reason.steps) == 7 else ", ".join(s.value for s in reason.steps)
        signals = " or ".join(verdict.signal for verdict in reason.verdicts)
        parts.append(f"## {reason.value}\n\n{signals}; step: {steps}.\n")
        parts += [f"- {words.what} {words.next}".rstrip() for words in (reason.en, reason.zh)]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
