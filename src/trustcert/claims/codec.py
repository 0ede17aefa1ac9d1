"""Claims to and from the two maps that formats carry: integer labels (CBOR) and names (JSON).

Reading is strict: a label that this version does not know makes the credential unsupported, not
partly read, because the one that is ignored may be the one that restricts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

from trustcert.claims import (
    confirmation,
    external_status,
    labels,
)
from trustcert.claims.labels import BY_NAME, CREDENTIAL, CREDENTIAL_NAME, Label
from trustcert.claims.model import Claims, Holder, StatusReference
from trustcert.claims.plans import (
    ELSEWHERE,
    INDEX,
    ISSUER,
    JSON_NAMES,
    LIST,
    PLANS,
    REGISTERED,
    STATUS,
    TOP_BY_LABEL,
    TOP_BY_NAME,
    Plan,
    Slot,
    Slots,
    placed,
    plan_of,
    unknown,
)
from trustcert.encoding import base64url, cbor, json
from trustcert.encoding.fields import required, typed
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.limits import TEXT_CHARACTERS

_TYPE: Final = BY_NAME["type"].kind
_CREDENTIAL_KEY: Final = cbor.encode(CREDENTIAL)
_WEB: Final = "://"
"""What tells a list at a web address from one of the issuer's registry."""


def to_cbor(claims: Claims) -> dict[int, Any]:
    """Return the CWT map of ``claims`` (RFC 8392 with the labels of :mod:`..labels`).

    Raises:
        MalformedError: a value does not fit its claim; ``where`` names the claim.
    """
    body: dict[int, Any] = {labels.TYPE: _TYPE.pack(claims.type)}
    if claims.status is not None:
        body[labels.STATUS] = list(_checked_status(claims.status))
    for row, value in _values(claims):
        try:
            body[row.label] = row.kind.pack(value)
        except MalformedError as error:
            raise placed(error, f"{CREDENTIAL_NAME}.{row.name}") from None
    out: dict[int, Any] = {}
    for row, value in _registered(claims):
        try:
            out[row.label] = row.kind.pack(value)
        except MalformedError as error:
            raise placed(error, row.name) from None
    if claims.holder_key is not None:
        out[labels.CNF] = confirmation.to_cose(claims.holder_key)
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
        out[JSON_NAMES.get(row.label, row.name)] = show(row, row.name, value)
    if claims.status is not None:
        uri = f"{claims.issuer}/status/{claims.status.list}"
        out["status"] = {"status_list": {"idx": claims.status.index, "uri": uri}}
    if claims.holder_key is not None:
        out["cnf"] = confirmation.to_json(claims.holder_key)
    out[CREDENTIAL_NAME] = body
    return out


def _fitting(row: Label, where: str, value: Any) -> Any:
    try:
        return row.kind.show(value)
    except MalformedError as error:
        raise placed(error, where) from None


def _as_it_is(row: Label, _where: str, value: Any) -> Any:
    try:
        return row.kind.show(value)
    except MalformedError:
        if type(value) is bytes:
            return base64url.encode(value)
        return value.isoformat() if type(value) is date else value


def from_cbor(payload: bytes) -> Claims:
    """Return the claims of a CWT, which must be deterministic CBOR.

    Raises:
        MalformedError: it is not, or a claim is missing or wrong; ``where`` names it.
        UnsupportedError: a type, label or code that this version does not know.
    """
    try:
        return _from_cwt(payload)
    except (IndexError, UnicodeDecodeError):
        raise MalformedError("not well-formed CBOR") from None
    except (MalformedError, UnsupportedError):
        cbor.decode_deterministic(payload)  # what is wrong with the whole goes first
        raise


def _from_cwt(data: bytes) -> Claims:
    found: list[tuple[Slot, Any]] = []
    count, at = cbor.map_head(data, 0)
    at = _pairs(data, at, count - 1, TOP_BY_LABEL, found, depth=1)
    if not data.startswith(_CREDENTIAL_KEY, at):
        raise MalformedError("is missing", where=str(CREDENTIAL))
    try:
        count, at = cbor.map_head(data, at + len(_CREDENTIAL_KEY))
    except MalformedError as error:
        raise placed(error, str(CREDENTIAL)) from None
    code = cbor.item_at(data, at + 1)[0] if count and data[at] == labels.TYPE else None
    plan = plan_of(code, _TYPE.unpack)
    if _pairs(data, at, count, plan.by_label, found, depth=2) != len(data):
        raise MalformedError("bytes behind the claims")
    row = [*plan.blank]
    for (place, read, where, _), value in found:
        try:
            row[place] = read(value)
        except (MalformedError, UnsupportedError) as error:
            raise placed(error, where) from None
    plan.check(row)
    return plan.claims(row)


def _pairs(  # noqa: PLR0913 - where, of what, and where to
    data: bytes, at: int, count: int, slots: Slots, found: list[tuple[Slot, Any]], *, depth: int
) -> int:
    """Find the values of ``count`` pairs, whose labels must rise; return where they end.

    ``depth`` is how many maps are open around them.
    """
    last = -1
    for _ in range(count):
        label, at = cbor.item_at(data, at)
        if type(label) is not int:
            raise unknown(label)
        slot = slots[label]
        if label <= last:
            raise MalformedError("not deterministic CBOR")
        last = label
        value, at = cbor.item_at(data, at, depth)
        found.append((slot, value))
    return at


def from_json(payload: bytes) -> Claims:
    """Return the claims of an untrusted JWT claims set, in UTF-8.

    Raises:
        LimitExceededError: larger than :data:`~trustcert.limits.TEXT_CHARACTERS`.
        MalformedError: not JSON, or a claim is missing or wrong; ``where`` names it.
        UnsupportedError: a type, name or value that this version does not know.
    """
    source = json.decode(payload, limit=TEXT_CHARACTERS)
    plan, row = _from_names(source)
    return plan.claims(row)


def from_names(source: Any) -> Claims:
    """Return the claims of a JWT claims set that is decoded; raises as :func:`from_json`."""
    plan, row = _from_names(source)
    return plan.claims(row)


def _from_names(source: Any) -> tuple[Plan, list[Any]]:
    if type(source) is not dict or type(body := source.get(CREDENTIAL_NAME)) is not dict:
        body = required(typed(source, dict), CREDENTIAL_NAME, dict)
    plan = plan_of(body.get("type"), _TYPE.read)
    row = [*plan.blank]
    _named(source, TOP_BY_NAME, row)
    _named(body, plan.by_name, row)
    plan.check(row)
    if "status" in source:
        try:
            _read_status(source["status"], row)
        except MalformedError as error:
            error.under("status")
            raise
    return plan, row


def _named(source: Mapping[str, Any], slots: Slots, row: list[Any]) -> None:
    for key, value in source.items():
        place, read, where, _ = slots[key]
        try:
            row[place] = read(value)
        except (MalformedError, UnsupportedError) as error:
            raise placed(error, where) from None


def _values(claims: Claims) -> Iterator[tuple[Label, Any]]:
    sources = {Claims: claims, type(claims.details): claims.details, Holder: claims.holder}
    for row, owner in PLANS[claims.type].fields:
        value = getattr(sources[owner], row.name)
        if value is not None:
            yield row, value


def _registered(claims: Claims) -> Iterator[tuple[Label, Any]]:
    for field, row in REGISTERED:
        value = getattr(claims, field)
        if value is not None:
            yield row, value


def _checked_status(status: StatusReference) -> tuple[int, int]:
    try:
        return LIST.pack(status.list), INDEX.pack(status.index)
    except MalformedError as error:
        raise placed(error, f"{CREDENTIAL_NAME}.status") from None


def _read_status(value: Any, row: list[Any]) -> None:
    """Read the status reference: to a list of the registry, or to one at a web address."""
    entry = value.get("status_list") if type(value) is dict else None
    uri = entry.get("uri") if type(entry) is dict else None
    if type(uri) is str and _WEB in uri:
        row[ELSEWHERE] = external_status.from_claim(value)
    else:
        row[STATUS] = _status_uri(value, row[ISSUER])


def _status_uri(value: Any, issuer: Any) -> StatusReference:
    outer = typed(value, dict)
    entry = required(outer, "status_list", dict)
    if len(outer) > 1 or not _STATUS_NAMES.issuperset(entry):
        raise UnsupportedError("claim status holds something that is not known here")
    try:
        number = _list_of(issuer, required(entry, "uri", str))
        return StatusReference(list=number, index=INDEX.read(required(entry, "idx", int)))
    except MalformedError as error:
        error.under("status_list")
        raise


_STATUS_NAMES: Final = frozenset({"idx", "uri"})


@lru_cache(maxsize=256)
def _list_of(issuer: str, uri: str) -> int:
    """Return the number of the issuer's list at ``uri``: many credentials name one list."""
    head, _, number = uri.rpartition("/")
    if head != f"{issuer}/status" or not (number.isascii() and number.isdigit()):
        raise UnsupportedError("status_list.uri is not a list of the issuer's registry")
    if len(number) > 10 or number != str(int(number)):
        raise MalformedError("must end in the number of a list", where="uri")
    listed: int = LIST.read(int(number))
    return listed
