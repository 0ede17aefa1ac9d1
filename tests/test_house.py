"""The house as a whole: what importing costs, what the public API is, how large the rooms are."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import pydoc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import trustcert
from trustcert._deprecation import renamed

ROOT = Path(__file__).parents[1]
SOURCE = Path(str(trustcert.__file__)).parent
FILES = sorted(SOURCE.rglob("*.py"))
HEAVY = ("requests", "PIL", "qrcode", "pyzbar", "zxingcpp", "click", "jwt", "tuf", "numpy", "rich")
FUNCTION_LINES = 50

Function = ast.FunctionDef | ast.AsyncFunctionDef


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after ``code``."""
    script = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(SOURCE.parent)},
    )
    return set(done.stdout.split())


def test_importing_the_library_loads_no_heavy_one() -> None:
    loaded = loaded_by("import trustcert")
    assert "trustcert" in loaded
    assert loaded.isdisjoint(HEAVY)
    assert loaded.isdisjoint({"cryptography", "cbor2"})


def test_verifying_loads_no_image_network_or_terminal_library() -> None:
    loaded = loaded_by("from trustcert import Verifier, issue, PrivateKey, Policy, Claims")
    assert {"cryptography", "cbor2"} <= loaded
    assert loaded.isdisjoint(HEAVY)


def test_every_public_name_resolves() -> None:
    assert trustcert.__all__
    for name in trustcert.__all__:
        assert getattr(trustcert, name) is not None
        assert name in dir(trustcert)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        trustcert.nothing  # noqa: B018 - asked for on purpose


def test_all_is_sorted_and_is_what_type_checkers_see() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    checking = next(
        node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node)
    )
    seen = {
        alias.asname or alias.name: node.module
        for node in checking.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    homes = {name: home for home, names in trustcert._HOMES.items() for name in names}
    assert seen == homes | dict.fromkeys(trustcert._ROOMS, "trustcert")
    assert set(trustcert.__all__) == {*homes, *trustcert._ROOMS}
    assert len(trustcert.__all__) == len(set(trustcert.__all__))
    for name, home in homes.items():
        assert getattr(importlib.import_module(home), name) is getattr(trustcert, name)


def test_tab_completion_shows_the_public_names_and_nothing_else() -> None:
    shown = {name for name in dir(trustcert) if not name.startswith("__")}
    assert shown == set(trustcert.__all__)
    assert trustcert.__version__ == importlib.metadata.version("trustcert")
    assert trustcert.policy.explain is importlib.import_module("trustcert.policy").explain


def test_help_shows_the_public_names() -> None:
    shown = pydoc.plain(pydoc.render_doc(trustcert))
    assert "class Verifier" in shown
    assert "Offline trust in credentials" in shown


def test_a_renamed_name_works_and_warns() -> None:
    module = {"__name__": "example", "__getattr__": {"new": 2}.__getitem__}
    with pytest.warns(DeprecationWarning, match=r"example\.old is now example\.new"):
        assert renamed("old", "new", module) == 2


def functions() -> Iterator[tuple[Path, Function]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield path, node


def body_lines(node: Function) -> int:
    """Return the lines of a function from its ``def`` on, without its docstring."""
    lines = (node.end_lineno or 0) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{path.relative_to(SOURCE)}:{node.name}": lines
        for path, node in functions()
        if (lines := body_lines(node)) > FUNCTION_LINES
    }
    assert not long


def test_nothing_below_the_edge_reads_a_clock_or_the_environment() -> None:
    edge = {"cli", "gate", "sync", "qr", "bulk", "web", "ledger"}
    forbidden = {"time.time", "datetime.now", "datetime.utcnow", "date.today", "os.environ",
                 "os.getenv", "time.monotonic"}  # fmt: skip
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}: {ast.unparse(node)}"
        for path in FILES
        if path.relative_to(SOURCE).parts[0] not in edge
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in forbidden
    ]
    assert not found
