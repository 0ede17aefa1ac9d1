"""An application for a credential: the flat JSON (or the CSV row) that an issuer fills in.

::

    {"type": "health_proof", "name": "胡志君", "document_type": "citizen_id",
     "document_number": "51140219880229001…", "colour": "green",
     "sampled_at": "2026-03-01T09:30:00+08:00", "expires": "2026-03-08T00:00:00+08:00"}

The names are those of the label table, and ``expires``, ``not_before`` and ``subject``.
``document_number`` is the only one that is not signed: its last characters and its salted digest
are. A text may stand where an integer belongs, as in CSV.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from trustcert.claims.fields import Label
from trustcert.claims.kinds import INSTANT
from trustcert.claims.labels import BY_NAME, HOLDER_FIELDS, NAME_TEXT, fields_of
from trustcert.claims.model import Claims, Holder
from trustcert.claims.types import TYPES, CredentialType
from trustcert.encoding.fields import only, required
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.identifiers import digest, documents
from trustcert.limits import INTEGER_DIGITS

_TOP: Final = {"expires", "not_before", "subject"}
_COMPUTED: Final = {"document_tail", "document_digest", "source"}

FIELDS: Final = frozenset(BY_NAME) - _COMPUTED - {"status"} | _TOP | {"document_number"}
"""Every field that an application of any type may have."""

Random = Callable[[int], bytes]


def from_application(
    fields: Mapping[str, Any],
    *,
    issuer: str,
    issued_at: int,
    cost: int = digest.DEFAULT_COST,
    random: Random = secrets.token_bytes,
) -> Claims:
    """Return the claims of an application, to be given a status reference and signed.

    ``cost`` is that of the document's digest (:mod:`trustcert.identifiers.digest`), ``random``
    gives its salt.

    Raises:
        MalformedError: a field is missing, unknown or wrong; ``where`` is its name. A wrong
            document number is never repeated in the error.
    """
    kind = _type(fields)
    rows = fields_of(kind)
    allowed = {row.name for _, row in rows} - _COMPUTED
    only(fields, allowed | _TOP | {"type", "document_number"})
    values = {name: _read(BY_NAME[name], fields[name]) for name in fields if name in allowed}
    values |= _document(fields, values, cost, random)
    missing = {row.name for _, row in rows if row.required} - values.keys()
    if missing:
        raise MalformedError("is missing", where=min(missing))
    details = TYPES[kind]
    own = {row.name for owner, row in rows if owner is details}
    return Claims(
        issuer=issuer,
        issued_at=issued_at,
        expires=_instant(fields, "expires"),
        not_before=_instant(fields, "not_before"),
        subject=_subject(fields),
        presentation=values.get("presentation"),
        holder=Holder(**{name: values[name] for name in HOLDER_FIELDS if name in values}),
        details=details(**{name: values[name] for name in own if name in values}),
    )


def fields_of_type(kind: CredentialType) -> dict[str, bool]:
    """Return the fields that an application of one type may have, each with whether it must."""
    rows = {row.name: row.required for _, row in fields_of(kind) if row.name not in _COMPUTED}
    rows |= dict.fromkeys((*_TOP, "document_number"), False)
    return rows | {"type": True, "name": not TYPES[kind].of_bodies}


def confirm_document(holder: Holder, number: str) -> bool:
    """Decide whether ``number``, typed from a card, is the one that was digested for ``holder``.

    False where the credential carries no digest.

    Raises:
        MalformedError: the number is empty or longer than any identifier.
        UnsupportedError: the digest is of a cost that is not known here.
    """
    if holder.document_digest is None:
        return False
    cost, rest = holder.document_digest[0], holder.document_digest[1:]
    salt, expected = rest[: digest.SALT_BYTES], rest[digest.SALT_BYTES :]
    return digest.confirm(number, salt, expected, cost=cost)


def _type(fields: Mapping[str, Any]) -> CredentialType:
    name = required(fields, "type", str)
    with inside("type"):
        kind: CredentialType = _known(BY_NAME["type"], name)
        return kind


def _read(row: Label, value: Any) -> Any:
    with inside(row.name):
        return _known(row, value)


def _known(row: Label, value: Any) -> Any:
    try:
        return row.kind.read(value)
    except UnsupportedError as error:
        raise MalformedError(str(error)) from None
    except MalformedError as error:
        if type(value) is not str:
            raise
        try:
            return row.kind.read(_from_cell(value))
        except MalformedError as second:
            raise (second if second.where else error) from None  # a place: it was a list


def _from_cell(value: str) -> Any:
    """Return what a cell of a table may stand for: an integer, a flag, or a list with ``;``."""
    if value.isascii() and value.isdigit():
        return int(value[:INTEGER_DIGITS])
    return value == "true" if value in {"true", "false"} else value.split(";")


def _document(
    fields: Mapping[str, Any], values: Mapping[str, Any], cost: int, random: Random
) -> dict[str, Any]:
    if "document_number" not in fields:
        return {}
    number = required(fields, "document_number", str)
    kind = values.get("document_type")
    if kind is None:
        raise MalformedError("is missing", where="document_type")
    with inside("document_number"):
        number = documents.validate(kind, number)
        salt = random(digest.SALT_BYTES)
        value = digest.digest(number, salt, cost=cost)
    tail = documents.tail(kind, number)
    return {"document_tail": tail[-8:], "document_digest": bytes((cost,)) + salt + value}


def _instant(fields: Mapping[str, Any], name: str) -> int | None:
    if name not in fields:
        return None
    moment: int = _read(Label(label=0, name=name, kind=INSTANT), fields[name])
    return moment


def _subject(fields: Mapping[str, Any]) -> str | None:
    if "subject" not in fields:
        return None
    with inside("subject"):
        subject: str = NAME_TEXT.read(fields["subject"])
        return subject
