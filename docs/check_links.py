"""Check each link inside the built site: the file and the anchor exist. Asks no network.

``python docs/check_links.py docs/_build`` prints what is broken, and then exits with 1.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse


class Page(HTMLParser):
    """The anchors and the addresses that one page has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors = {""}
        self.addresses: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an ``id`` and an address."""
        for name, value in attrs:
            if name in {"id", "name"} and value:
                self.anchors.add(value)
            elif name in {"href", "src"} and value and tag != "link":
                self.addresses.append(value)


def broken(site: Path) -> list[str]:
    """Return a line for each link inside ``site`` that leads nowhere."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    found = []
    for path, page in pages.items():
        for address in page.addresses:
            target, anchor = urldefrag(address)
            target = target.partition("?")[0]
            if urlparse(target).scheme:
                continue
            where = (path.parent / unquote(target)).resolve() if target else path
            if not where.is_file():
                found.append(f"{path.name}: {address}: no such file")
            elif where in pages and unquote(anchor) not in pages[where].anchors:
                found.append(f"{path.name}: {address}: no such anchor")
    return found


if __name__ == "__main__":
    problems = broken(Path(sys.argv[1]))
    print("\n".join(problems) or "every link inside the site leads somewhere")
    sys.exit(1 if problems else 0)
