"""The generated parts of ``docs/format.md``: ``python -m tests.format_doc`` writes them again."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.samples import NAMES, full_proof
from tests.support import PublicTestSigner, binary, parts_of, signer

from trustcert import limits
from trustcert.claims.fields import labels_of
from trustcert.claims.kinds import Kind
from trustcert.claims.labels import HOLDER, LABELS
from trustcert.claims.types import TYPES
from trustcert.encoding import cbor
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats import compact, jwt
from trustcert.keys import ALGORITHMS

PAGE: Final = Path(__file__).parents[1] / "docs" / "format.md"
_BLOCK: Final = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
_REGISTERED: Final = {1: "iss", 2: "sub", 4: "exp", 5: "nbf", 6: "iat", 7: "cti", 8: "cnf"}

KEY: Final[PublicTestSigner] = signer()
NAME: Final = next(iter(NAMES))
TEXT: Final = compact.encode(full_proof(NAME), KEY)


def problem(call: Callable[[Any], Any], value: Any) -> str:
    """Return what a reader says of a value that it refuses."""
    try:
        call(value)
    except MalformedError as error:
        return error.problem
    raise AssertionError(value)


def codes(kind: Kind) -> dict[int, str]:
    """Return the codes of an enumeration and the words of its JSON form."""
    found = {}
    for code in range(64):
        try:
            found[code] = kind.show(kind.unpack(code))
        except UnsupportedError:
            continue
    return found


def described(unpack: Callable[[Any], Any]) -> str:
    """Return what a claim's value is, found by asking its reader for what it refuses."""
    said = problem(unpack, object())
    if said == "must be a text":
        most = re.findall(r"\d+", problem(unpack, "x" * 100_000))[0]
        return f"text of 1 to {most} characters"
    if said == "must be a list":
        most = re.findall(r"\d+", problem(unpack, []))[1]
        return f"list of 1 to {most}: {described(lambda value: unpack([value]))}"
    if said == "must be an integer":
        return "code, see below"
    if said.startswith("must be Unix seconds"):
        return "instant"
    if said.startswith("must be days"):
        return "date"
    size = re.fullmatch(r"must be (\d+) to \1 bytes", said)
    return f"{size[1]} bytes" if size else said.removeprefix("must be ").removeprefix("an ")


def claims() -> str:
    """Return the table of labels."""
    rows = ["| label | name | value | what it says | hidable |", "|---:|---|---|---|---|"]
    for row in LABELS:
        hidable = "yes" if row.hidable else ""
        value = "`[list, index]`" if row.name == "status" else described(row.kind.unpack)
        rows.append(f"| {row.label} | `{row.name}` | {value} | {row.says} | {hidable} |")
    return "\n".join(rows)


def types() -> str:
    """Return the table of types, each with its own claims."""
    rows = [
        "| code | type | required | may have | health | of a body | causes |",
        "|---:|---|---|---|---|---|---|",
    ]
    for kind, details in TYPES.items():
        fields = labels_of(details)
        must = " ".join(f"`{field.name}`" for field in fields if field.required)
        may = " ".join(f"`{field.name}`" for field in fields if not field.required)
        flags = (details.is_health, details.of_bodies, details.tells_causes)
        marks = " | ".join("yes" if flag else "" for flag in flags)
        rows.append(f"| {details.code} | `{kind.value}` | {must} | {may} | {marks} |")
    common = " ".join(f"`{field.name}`" for field in HOLDER)
    return "\n".join([*rows, "", f"Every type may have `presentation`, `source` and {common}."])


def enumerations() -> str:
    """Return the codes of every enumeration but ``type``."""
    rows = ["| claim | codes |", "|---|---|"]
    for row in LABELS[2:]:
        if problem(row.kind.unpack, object()) == "must be an integer":
            words = ", ".join(f"{code} `{word}`" for code, word in codes(row.kind).items())
            rows.append(f"| `{row.name}` | {words} |")
    return "\n".join(rows)


def algorithms() -> str:
    """Return the table of the native algorithms."""
    rows = ["| algorithm | COSE `alg` | JWS `alg` | signature |", "|---|---:|---|---|"]
    for row in ALGORITHMS:
        also = f" (read also: `{row.jose_polymorphic}`)" if row.jose_polymorphic else ""
        rows.append(
            f"| {row.name} | {row.cose} | `{row.jose}`{also} | {row.signature_bytes} bytes |"
        )
    return "\n".join(rows)


def bounds() -> str:
    """Return the table of limits."""
    rows = ["| bound | |", "|---|---:|"]
    for said, value in (
        ("characters of a text, prefix included", limits.TEXT_CHARACTERS),
        ("nesting of CBOR and of JSON", limits.DEPTH),
        ("characters of a JSON integer, sign included", limits.INTEGER_DIGITS),
        ("keys tried under one kid", limits.KEYS_PER_KID),
        ("largest instant", limits.TIME_MAX),
        ("characters of a name", limits.NAME_CHARACTERS),
        ("characters of any other text claim, if not said otherwise", limits.CLAIM_CHARACTERS),
        ("largest number of a status list", limits.STATUS_LIST_ID),
        ("largest index of a status list", limits.STATUS_LIST_SIZE - 1),
    ):
        rows.append(f"| {said} | {value:,} |")
    return "\n".join(rows)


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _line(indent: int, data: str, comment: str) -> str:
    left = textwrap.wrap(data, 42 - indent, break_on_hyphens=False)
    lines = [" " * indent + part for part in left]
    return "\n".join([f"{lines[0]:<44}{comment}", *lines[1:]])


def _pairs(found: dict[Any, Any], names: dict[int, str], indent: int) -> list[str]:
    lines = []
    for label, value in found.items():
        head = cbor.encode(label).hex()
        if isinstance(value, dict):
            size = cbor.encode(value)[:1].hex()
            lines.append(_line(indent, f"{head} {size}", f"{label}: map of {len(value)}"))
            lines += _pairs(value, {row.label: row.name for row in LABELS}, indent + 2)
        else:
            body = cbor.encode(value).hex()
            lines.append(_line(indent, f"{head} {body}", f"{names[label]}: {_shown(value)}"))
    return lines


def dump() -> str:
    """Return the worked example: the parts of one code, byte by byte."""
    data = binary(TEXT)
    protected, payload, signature, signed = parts_of(data)
    found = cbor.decode(payload)
    head = data[2 + len(protected) + 1 :][: -len(signature) - 2 - len(payload)]
    parts = [
        _line(0, "84", "array of 4"),
        _line(2, f"{data[1]:02x}", f"protected header: {len(protected)} bytes"),
        _line(4, protected[:1].hex(), "map of 2"),
        _line(6, protected[1:3].hex(" "), f"alg: {KEY.public_key.algorithm.cose}"),
        _line(6, protected[3:4].hex() + " " + protected[4:].hex(),
              f"kid: {_shown(KEY.public_key.kid)}"),
        _line(2, "a0", "unprotected header: empty"),
        _line(2, head.hex(" "), f"payload: {len(payload)} bytes"),
        _line(4, payload[:1].hex(), f"map of {len(found)}"),
        *_pairs(found, _REGISTERED, 6),
        _line(2, "58 40", f"signature: {len(signature)} bytes"),
        _line(4, signature.hex(), "r, s"),
    ]  # fmt: skip
    jwk = {name: KEY.public_key.to_jwk()[name] for name in ("kty", "crv", "x", "y")}
    sections = (
        ("The public key", "\n".join(f"{name}: {value}" for name, value in jwk.items())),
        ("The COSE_Sign1", "\n".join(parts)),
        ("The signed bytes (Sig_structure)", _wrapped(signed.hex())),
        (f"The code, {len(TEXT)} characters in one line", _wrapped(TEXT)),
        ("The same claims as a JWT, in one line", _wrapped(jwt.encode(full_proof(NAME), KEY))),
    )
    return "\n\n".join(f"{title}:\n\n```text\n{text}\n```" for title, text in sections)


def _wrapped(text: str) -> str:
    return "\n".join(text[at : at + 76] for at in range(0, len(text), 76))


def sizes() -> str:
    """Return the table of sizes."""
    rows = ["| name | binary | `TC1:` text | JWT | QR version at M |", "|---|---:|---:|---:|---:|"]
    for name, version in NAMES.items():
        text = compact.encode(full_proof(name), KEY)
        token = jwt.encode(full_proof(name), KEY)
        rows.append(f"| {name} | {len(binary(text))} | {len(text)} | {len(token)} | {version} |")
    return "\n".join(rows)


PARTS: Final[dict[str, Callable[[], str]]] = {
    "claims": claims,
    "types": types,
    "enumerations": enumerations,
    "algorithms": algorithms,
    "bounds": bounds,
    "dump": dump,
    "sizes": sizes,
}


def generated(page: str) -> str:
    """Return the page with every generated part written again."""
    return _BLOCK.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}\n{found[3]}", page)


def main() -> None:
    """Write the page again."""
    PAGE.write_text(generated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
