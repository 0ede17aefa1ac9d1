"""Claims to and from the two maps that formats carry: integer labels (CBOR) and names (JSON).

Reading is strict: a label that this version does not know makes the credential unsupported, not
partly read, because the one that is ignored may be the one that restricts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from trustcert.claims import confirmation, external_status
from trustcert.claims.fields import Label
from trustcert.claims.kinds import Kind
from trustcert.claims.labels import (
    CNF,
    CREDENTIAL,
    CREDENTIAL_NAME,
    INDEX,
    LIST,
    REGISTERED,
    STATUS,
    TYPE,
    TYPE_KIND,
    fields_of,
)
from trustcert.claims.model import Claims, Holder, StatusReference
from trustcert.claims.types import TYPES, CredentialType
from trustcert.encoding import base64url, cbor, json
from trustcert.encoding.fields import required, typed
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.limits import TEXT_CHARACTERS
from trustcert.values import Value

__all__ = ["from_cbor", "from_json", "from_names", "shown", "to_cbor", "to_json"]

_JTI: Final = "jti"
_WEB: Final = "://"
"""What tells a list at a web address from one of the issuer's registry."""
_STATUS_NAMES: Final = frozenset({"idx", "uri"})


def to_cbor(claims: Claims) -> dict[int, Any]:
    """Return the CWT map of ``claims`` (RFC 8392 with the labels of :mod:`..labels`).

    Raises:
        MalformedError: a value does not fit its claim; ``where`` names the claim.
    """
    body: dict[int, Any] = {TYPE: TYPE_KIND.pack(claims.type)}
    if claims.status is not None:
        body[STATUS] = list(_checked_status(claims.status))
    for row, value in _values(claims):
        body[row.label] = _at(f"{CREDENTIAL_NAME}.{row.name}", row.kind.pack, value)
    out: dict[int, Any] = {}
    for row, value in _registered(claims):
        out[row.label] = _at(row.name, row.kind.pack, value)
    if claims.holder_key is not None:
        out[CNF] = confirmation.to_cose(claims.holder_key)
    out[CREDENTIAL] = body
    return out


def to_json(claims: Claims) -> dict[str, Any]:
    """Return the JWT claims set of ``claims`` (RFC 7519 with the names of :mod:`..labels`).

    Raises:
        MalformedError: a value does not fit its claim; ``where`` names the claim.
    """
    out = _by_name(claims, _fitting)
    if claims.status is not None:
        _checked_status(claims.status)
        if _WEB in out["status"]["status_list"]["uri"]:  # read as a list at that address
            raise MalformedError(
                "an issuer with such a name has no list of a registry in this form",
                where=f"{CREDENTIAL_NAME}.status",
            )
    return out


def shown(claims: Claims) -> dict[str, Any]:
    """Return ``claims`` by the names of :func:`to_json`, to be looked at: nothing is refused.

    Issuers of other worlds say what would not fit a claim here (an id of 49 bytes); that is shown
    as it is.
    """
    return _by_name(claims, _as_it_is)


_Show = Callable[[Label, str, Any], Any]


def _by_name(claims: Claims, show: _Show) -> dict[str, Any]:
    body: dict[str, Any] = {"type": claims.type.value}
    for row, value in _values(claims):
        body[row.name] = show(row, f"{CREDENTIAL_NAME}.{row.name}", value)
    out: dict[str, Any] = {}
    for row, value in _registered(claims):
        out[_json_name(row)] = show(row, row.name, value)
    if claims.status is not None:
        uri = f"{claims.issuer}/status/{claims.status.list}"
        out["status"] = {"status_list": {"idx": claims.status.index, "uri": uri}}
    if claims.holder_key is not None:
        out["cnf"] = confirmation.to_json(claims.holder_key)
    out[CREDENTIAL_NAME] = body
    return out


def _json_name(row: Label) -> str:
    return _JTI if row.name == "cti" else row.name


def _fitting(row: Label, where: str, value: Any) -> Any:
    return _at(where, row.kind.show, value)


def _as_it_is(row: Label, _where: str, value: Any) -> Any:
    try:
        return row.kind.show(value)
    except MalformedError:
        if type(value) is bytes:
            return base64url.encode(value)
        return value.isoformat() if type(value) is date else value


def _values(claims: Claims) -> Iterator[tuple[Label, Any]]:
    """Yield what stands inside the credential map, by label."""
    sources = {Claims: claims, Holder: claims.holder, type(claims.details): claims.details}
    for owner, row in sorted(fields_of(claims.type), key=lambda pair: pair[1].label):
        value = getattr(sources[owner], row.name)
        if value is not None:
            yield row, value


def _registered(claims: Claims) -> Iterator[tuple[Label, Any]]:
    for field, row in REGISTERED:
        value = getattr(claims, field)
        if value is not None:
            yield row, value


def _checked_status(status: StatusReference) -> tuple[int, int]:
    where = f"{CREDENTIAL_NAME}.status"
    return _at(where, LIST.pack, status.list), _at(where, INDEX.pack, status.index)


class _Place(NamedTuple):
    """Where a value goes, how it is read, and how an error names it."""

    owner: type[Value]
    field: str
    read: Callable[[Any], Any]
    where: str
    required: bool = False


class _Form(NamedTuple):
    """One of the two forms: its places by key, at the top and in the map of each type."""

    top: Mapping[Any, _Place]
    inside: Mapping[CredentialType, Mapping[Any, _Place]]
    needed: Mapping[CredentialType, tuple[_Place, ...]]
    """The places that must be given, of each type."""
    type_key: Any
    read_type: Callable[[Any], Any]


def from_cbor(payload: bytes) -> Claims:
    """Return the claims of a CWT, which must be deterministic CBOR.

    Raises:
        MalformedError: it is not, or a claim is missing or wrong; ``where`` names it.
        UnsupportedError: a type, label or code that this version does not know.
    """
    source = typed(cbor.decode_deterministic(payload), dict)
    return _read(source, required(source, CREDENTIAL, dict), _CBOR)


def from_json(payload: bytes) -> Claims:
    """Return the claims of an untrusted JWT claims set, in UTF-8.

    Raises:
        LimitExceededError: larger than :data:`~trustcert.limits.TEXT_CHARACTERS`.
        MalformedError: not JSON, or a claim is missing or wrong; ``where`` names it.
        UnsupportedError: a type, name or value that this version does not know.
    """
    return from_names(json.decode(payload, limit=TEXT_CHARACTERS))


def from_names(source: Any) -> Claims:
    """Return the claims of a JWT claims set that is decoded; raises as :func:`from_json`."""
    source = typed(source, dict)
    return _read(source, required(source, CREDENTIAL_NAME, dict), _JSON)


def _read(source: Mapping[Any, Any], body: Mapping[Any, Any], form: _Form) -> Claims:
    kind = _type_of(body, form)
    details = TYPES[kind]
    found: dict[type[Value], dict[str, Any]] = {Claims: {}, Holder: {}, details: {}}
    _fill(found, source, form.top)
    _fill(found, body, form.inside[kind])
    for place in form.needed[kind]:
        if place.field not in found[place.owner]:
            raise MalformedError("is missing", where=place.where)
    top = found[Claims]
    top.pop("", None)  # the type and the map itself, which are read already
    if form is _JSON and "status" in top:
        top |= _at("status", lambda value: _json_status(value, top["issuer"]), top.pop("status"))
    return Claims(details=details(**found[details]), holder=Holder(**found[Holder]), **top)


def _fill(
    found: Mapping[type[Value], dict[str, Any]],
    entries: Mapping[Any, Any],
    places: Mapping[Any, _Place],
) -> None:
    """Read each of ``entries`` into the field of ``found`` that is its place."""
    for key, value in entries.items():
        if key not in places:
            raise UnsupportedError(f"claim {key!r:.40} is not known here")
        owner, field, read, where, _ = places[key]
        try:
            found[owner][field] = read(value)
        except MalformedError as error:
            error.under(where)
            raise
        except UnsupportedError as error:
            raise UnsupportedError(f"{where}: {error}") from None


def _type_of(body: Mapping[Any, Any], form: _Form) -> CredentialType:
    where = f"{CREDENTIAL_NAME}.type"
    if form.type_key not in body or body[form.type_key] is None:
        raise MalformedError("is missing", where=where)
    kind: CredentialType = _at(where, form.read_type, body[form.type_key])
    return kind


def _at(where: str, call: Callable[[Any], Any], value: Any) -> Any:
    """Return what ``call`` returns; an error says ``where``."""
    try:
        return call(value)
    except MalformedError as error:
        error.under(where)
        raise
    except UnsupportedError as error:
        raise UnsupportedError(f"{where}: {error}") from None


def _cbor_status(value: Any) -> StatusReference:
    if type(value) is not list or len(value) != 2:
        raise MalformedError("must be [list, index]")
    return StatusReference(list=LIST.unpack(value[0]), index=INDEX.unpack(value[1]))


def _json_status(value: Any, issuer: str) -> dict[str, Any]:
    """Return the reference to a list of the registry, or to one at a web address, by its field."""
    entry = value.get("status_list") if type(value) is dict else None
    uri = entry.get("uri") if type(entry) is dict else None
    if type(uri) is str and _WEB in uri:
        return {"external_status": external_status.from_claim(value)}
    return {"status": _registry_status(value, issuer)}


def _registry_status(value: Any, issuer: str) -> StatusReference:
    outer = typed(value, dict)
    entry = required(outer, "status_list", dict)
    if len(outer) > 1 or not _STATUS_NAMES.issuperset(entry):
        raise UnsupportedError("holds something that is not known here")
    try:
        number = _list_of(issuer, required(entry, "uri", str))
        return StatusReference(list=number, index=INDEX.read(required(entry, "idx", int)))
    except MalformedError as error:
        error.under("status_list")
        raise


def _list_of(issuer: str, uri: str) -> int:
    """Return the number of the issuer's list at ``uri``."""
    head, _, number = uri.rpartition("/")
    if head != f"{issuer}/status" or not (number.isascii() and number.isdigit()):
        raise UnsupportedError("status_list.uri is not a list of the issuer's registry")
    if len(number) > 10 or number != str(int(number)):
        raise MalformedError("must end in the number of a list", where="uri")
    listed: int = LIST.read(int(number))
    return listed


def _as_given(value: Any) -> Any:
    return value


_READ_ELSEWHERE: Final = _Place(Claims, "", _as_given, "")
"""The type, and the credential map itself."""


def _places(
    rows: Iterable[tuple[type[Value], str, Label]],
    key: Callable[[Label], Any],
    read: Callable[[Kind], Callable[[Any], Any]],
    where: Callable[[Label], str],
) -> dict[Any, _Place]:
    """Return the place of each field, of a class and of a name there, by its key in a form."""
    return {
        key(row): _Place(owner, field, read(row.kind), where(row), row.required)
        for owner, field, row in rows
    }


def _inside(row: Label) -> str:
    return f"{CREDENTIAL_NAME}.{row.name}"


_TOP_ROWS: Final = [(Claims, field, row) for field, row in REGISTERED]
_ROWS: Final = {kind: [(owner, row.name, row) for owner, row in fields_of(kind)] for kind in TYPES}


def _form(
    *,
    top: Mapping[Any, _Place],
    inside: Mapping[CredentialType, Mapping[Any, _Place]],
    type_key: Any,
    read_type: Callable[[Any], Any],
) -> _Form:
    needed = {
        kind: tuple(place for place in (*top.values(), *places.values()) if place.required)
        for kind, places in inside.items()
    }
    return _Form(top, inside, needed, type_key, read_type)


_CBOR: Final = _form(
    top=_places(_TOP_ROWS, lambda row: row.label, lambda kind: kind.unpack, lambda row: row.name)
    | {
        CNF: _Place(Claims, "holder_key", confirmation.from_cose, "cnf"),
        CREDENTIAL: _READ_ELSEWHERE,
    },
    inside={
        kind: _places(rows, lambda row: row.label, lambda kind: kind.unpack, _inside)
        | {
            TYPE: _READ_ELSEWHERE,
            STATUS: _Place(Claims, "status", _cbor_status, f"{CREDENTIAL_NAME}.status"),
        }
        for kind, rows in _ROWS.items()
    },
    type_key=TYPE,
    read_type=TYPE_KIND.unpack,
)
_JSON: Final = _form(
    top=_places(_TOP_ROWS, _json_name, lambda kind: kind.read, _json_name)
    | {
        "cnf": _Place(Claims, "holder_key", confirmation.from_json, "cnf"),
        "status": _Place(Claims, "status", _as_given, "status"),
        CREDENTIAL_NAME: _READ_ELSEWHERE,
    },
    inside={
        kind: _places(rows, lambda row: row.name, lambda kind: kind.read, _inside)
        | {"type": _READ_ELSEWHERE}
        for kind, rows in _ROWS.items()
    },
    type_key="type",
    read_type=TYPE_KIND.read,
)
