"""Every memory of the package that lives longer than a call, and what fills it.

Nothing that was not verified may fill one: an attacker would choose what stays in memory. A new
memory fails here until it is listed with the input that fills it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import trustcert

SOURCE = Path(str(trustcert.__file__)).parent
CACHES = {"cache", "lru_cache", "cached_property"}
MUTABLE = {"dict", "list", "set", "OrderedDict", "defaultdict", "deque", "WeakKeyDictionary"}
CHANGES = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "move_to_end", "pop",
    "popitem", "remove", "setdefault", "update",
}  # fmt: skip

KNOWN = {
    "bulk/checking.py:_made": "the verifiers that a batch was given, by their digest",
    "claims/lifetimes.py:begins": "a date and a number of days, as an issuer signed them",
    "encoding/cbor.py:_fence": "the tags that a format lets pass: constants",
    "keys/public.py:_heads": "the lengths of two integers, at most 49: 10,000 short texts at most",
    "keys/pkcs11/login.py:_logins": "slots of tokens that are open",
    "keys/pkcs11/login.py:_wrong": "slots of tokens whose PIN was wrong",
    "keys/pkcs11/module.py:_loaded": "the modules that an application names",
    "keys/sm2.py:_base_table": "nothing: one table",
    "qr/fonts.py:is_simple": "a character, of at most 4,096",
    "qr/fonts.py:system_fonts": "the fonts of the machine",
    "qr/pages.py:_boxes": "the layout of a sheet",
    "qr/placement.py:blocks": "the version and level of a symbol: 160",
    "qr/placement.py:data_path": "the version of a symbol: 40",
    "qr/placement.py:function_modules": "the version of a symbol: 40",
    "qr/search.py:pyzbar": "one module, or that it is not installed",
    "qr/symbol.py:_masks": "the version of a symbol: 40",
    "qr/symbol.py:_starts": "the version of a symbol: 40",
    "encoding/documents.py:_described": "the classes of documents of this library",
    "ledger/permutation.py:permutation": "an issuer's own secret",
    "ledger/publishing.py:said_of": "an issuer's own histories, for one publication",
    "wording.py:_traditional": "nothing: one catalogue",
}


def _name_of(node: ast.expr) -> str:
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _assigned(node: ast.AST) -> tuple[str, ast.expr] | None:
    """Return the name and the value of an assignment to one name."""
    target: ast.expr
    if isinstance(node, ast.AnnAssign):
        target, value = node.target, node.value
    elif isinstance(node, ast.Assign):
        target, value = node.targets[0], node.value
    else:
        return None
    return (target.id, value) if isinstance(target, ast.Name) and value is not None else None


def _cached(tree: ast.Module) -> Iterator[str]:
    """Yield functions that remember what they returned."""
    for node in ast.walk(tree):
        assigned = _assigned(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if any(_name_of(decorator) in CACHES for decorator in node.decorator_list):
                yield node.name
        elif assigned and isinstance(assigned[1], ast.Call) and _name_of(assigned[1]) in CACHES:
            yield assigned[0]


def _filled(tree: ast.Module) -> Iterator[str]:
    """Yield containers of a module that functions of it change."""
    held = {name for name, value in filter(None, map(_assigned, tree.body)) if _is_mutable(value)}
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    for node in (node for function in functions for node in ast.walk(function)):
        changed: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            changed = node.func.value if node.func.attr in CHANGES else None
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            changed = node.value
        if isinstance(changed, ast.Name) and changed.id in held:
            yield changed.id


def _is_mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict | ast.List | ast.Set):
        return True
    return isinstance(value, ast.Call) and _name_of(value) in MUTABLE


def memories() -> set[str]:
    found = set()
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        where = path.relative_to(SOURCE).as_posix()
        found |= {f"{where}:{name}" for name in (*_cached(tree), *_filled(tree))}
    return found


def test_each_memory_is_known_with_what_fills_it() -> None:
    assert memories() == set(KNOWN)


def test_a_new_memory_is_noticed() -> None:
    tree = ast.parse(
        "a = {}\nb = lru_cache(maxsize=1)(f)\nd = set()\n"
        "@functools.cache\ndef c(x):\n    a[x] = d.add(x)"
    )
    assert {*_cached(tree), *_filled(tree)} == {"a", "b", "c", "d"}


def test_what_reads_texts_remembers_nothing() -> None:
    rooms = ("formats/", "encoding/", "cose.py", "jose.py", "presentation.py", "verifier/")
    assert {name for name in memories() if name.startswith(rooms)} == {
        "encoding/cbor.py:_fence",
        "encoding/documents.py:_described",
    }
