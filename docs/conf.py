"""The documentation as a site: ``make docs``. The pages are the Markdown files beside this one."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import trustcert

project = "trustcert"
author = "The trustcert authors"
project_copyright = author
release = version = trustcert.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
suppress_warnings = ["myst.xref_missing"]  # links out of the site; a test checks that files exist

html_theme = "furo"
html_title = "trustcert"
html_copy_source = False
html_show_sourcelink = False

autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False

ROOMS = ("bulk", "gate", "policy", "qr", "registry", "status", "sync", "wording")


def _directive(module: str, name: str) -> str:
    """Return the directive that documents one public name."""
    value = getattr(importlib.import_module(module), name)
    kind = "autodata"
    if inspect.isclass(value):
        kind = "autoexception" if issubclass(value, Exception) else "autoclass"
    elif callable(value):
        kind = "autofunction"
    members = "   :members:\n" if kind in {"autoclass", "autoexception"} else ""
    hidden = "   :no-value:\n" if kind == "autodata" else ""
    return f".. {kind}:: {module}.{name}\n{members}{hidden}"


def _public(module: str) -> list[str]:
    """Return what a module's page documents: its ``__all__``, or what it defines itself."""
    found = importlib.import_module(module)
    listed = getattr(found, "__all__", None)
    if listed is None:
        own = vars(found).items()
        listed = [n for n, v in own if n[0] != "_" and getattr(v, "__module__", "") == module]
    elsewhere = set(ROOMS) | (set(trustcert.__all__) if module != "trustcert" else set())
    return [name for name in listed if name not in elsewhere]


def _write_reference() -> None:
    """Write a page for the package and each room, with its ``__all__`` and nothing else."""
    folder = Path(__file__).parent / "api"
    folder.mkdir(exist_ok=True)
    for module in ("trustcert", *(f"trustcert.{room}" for room in ROOMS)):
        parts = [f"{module}\n{'=' * len(module)}\n\n.. automodule:: {module}\n   :no-members:\n"]
        parts += [_directive(module, name) for name in _public(module)]
        page = folder / f"{module.replace('.', '-')}.rst"
        text = "\n".join(parts)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


_write_reference()
