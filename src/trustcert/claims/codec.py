"""Claims to and from the two maps that formats carry: integer labels (CBOR) and names (JSON).

Reading is strict: a label that this version does not know makes the credential unsupported, not
partly read, because the one that is ignored may be the one that restricts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from trustcert.claims import confirmation, external_status, labels
from trustcert.claims.kinds import INSTANT, integer, octets, text
from trustcert.claims.labels import BY_NAME, CREDENTIAL, CREDENTIAL_NAME, Label
from trustcert.claims.model import Claims, Holder, StatusReference
from trustcert.claims.profiles import PROFILES, Details
from trustcert.claims.shapes import SHAPES, Shape, Slot, placed, read, shape_of
from trustcert.claims.vocabulary import CredentialType
from trustcert.encoding.fields import required, typed
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.limits import STATUS_LIST_ID, STATUS_LIST_SIZE
from trustcert.values import maker

ISSUER_TEXT: Final = text(128)
CREDENTIAL_ID: Final = octets(8, 32)
_LIST: Final = integer(0, STATUS_LIST_ID)
_INDEX: Final = integer(0, STATUS_LIST_SIZE - 1)

HOLDER_FIELDS: Final = frozenset(field.name for field in dataclasses.fields(Holder))
COMMON: Final = ("presentation", "source", *HOLDER_FIELDS)

_TOP, _DETAILS, _HOLDER = range(3)

_make_claims, _CLAIMS = maker(Claims)
_make_holder, _NOBODY = maker(Holder)
_make_status, _ = maker(StatusReference)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Plan:
    """The rows that one profile reads and writes, with a slot by label and by name.

    ``make`` makes its details of a row like ``blank``.
    """

    profile: type[Details]
    fields: tuple[tuple[Label, int], ...]
    by_label: Mapping[Any, Slot]
    by_name: Mapping[Any, Slot]
    required: frozenset[str]
    make: Callable[..., Details]
    blank: tuple[Any, ...]


def _plan(profile: type[Details]) -> Plan:
    own = dataclasses.fields(profile)
    rows = [BY_NAME[name] for name in (*COMMON, *(field.name for field in own))]
    rows.sort(key=lambda row: row.label)
    make, blank = maker(profile)
    return Plan(
        profile=profile,
        fields=tuple((row, _row_of(row.name)) for row in rows),
        by_label={row.label: _slot(profile, row.name, row.kind.unpack) for row in rows},
        by_name={row.name: _slot(profile, row.name, row.kind.read) for row in rows},
        required=frozenset(f.name for f in own if f.default is dataclasses.MISSING),
        make=make,
        blank=blank,
    )


def _slot(profile: type[Details], name: str, convert: Callable[[Any], Any]) -> Slot:
    row = _row_of(name)
    place = _place((Claims, profile, Holder)[row], name)
    return Slot(row, place, convert, f"{CREDENTIAL_NAME}.{name}")


def _place(cls: type, name: str) -> int:
    return [field.name for field in dataclasses.fields(cls)].index(name)


def _row_of(name: str) -> int:
    if name in HOLDER_FIELDS:
        return _HOLDER
    return _TOP if name in COMMON else _DETAILS


_ISSUER: Final = _place(Claims, "issuer")
_STATUS: Final = _place(Claims, "status")
_ELSEWHERE: Final = _place(Claims, "external_status")
_WHAT: Final = _place(Claims, "details")
_WHO: Final = _place(Claims, "holder")

PLANS: Final[Mapping[CredentialType, Plan]] = {profile.type: _plan(profile) for profile in PROFILES}
_PLAN_OF_CODE: Final = {code: PLANS[kind] for code, kind in labels.TYPE_CODES.items()}
_TYPE: Final = BY_NAME["type"].kind


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
    body: dict[str, Any] = {"type": claims.type.value}
    for row, value in _values(claims):
        try:
            body[row.name] = row.kind.show(value)
        except MalformedError as error:
            raise placed(error, f"{CREDENTIAL_NAME}.{row.name}") from None
    out: dict[str, Any] = {}
    for row, value in _registered(claims):
        try:
            out[_JSON_NAMES.get(row.label, row.name)] = row.kind.show(value)
        except MalformedError as error:
            raise placed(error, row.name) from None
    if claims.status is not None:
        number, index = _checked_status(claims.status)
        uri = f"{claims.issuer}/status/{number}"
        out["status"] = {"status_list": {"idx": index, "uri": uri}}
    if claims.holder_key is not None:
        out["cnf"] = confirmation.to_json(claims.holder_key)
    out[CREDENTIAL_NAME] = body
    return out


def from_cbor(source: Any) -> Claims:
    """Return the claims of an untrusted CWT map.

    Raises:
        MalformedError: a claim is missing or wrong; ``where`` names it.
        UnsupportedError: a type, label or code that this version does not know.
    """
    if type(source) is not dict or type(body := source.get(CREDENTIAL)) is not dict:
        body = required(typed(source, dict), CREDENTIAL, dict)
    top = [*_CLAIMS]
    read(_cbor_top(tuple(source)), source, (top,))
    code = body.get(labels.TYPE)
    plan = _PLAN_OF_CODE.get(code) if type(code) is int else None
    if plan is None:
        plan = _plan_of(code, _TYPE.unpack)
    return _read_body(plan, body, _cbor_body(plan, tuple(body)), top)


def from_json(source: Any) -> Claims:
    """Return the claims of an untrusted JWT claims set.

    Raises:
        MalformedError: a claim is missing or wrong; ``where`` names it.
        UnsupportedError: a type, name or value that this version does not know.
    """
    if type(source) is not dict or type(body := source.get(CREDENTIAL_NAME)) is not dict:
        body = required(typed(source, dict), CREDENTIAL_NAME, dict)
    top = [*_CLAIMS]
    read(_json_top(tuple(source)), source, (top,))
    if "status" in source:
        try:
            _read_status(source["status"], top)
        except MalformedError as error:
            error.under("status")
            raise
    plan = _plan_of(body.get("type"), _TYPE.read)
    return _read_body(plan, body, _json_body(plan, tuple(body)), top)


def _read_body(plan: Plan, body: Mapping[Any, Any], shape: Shape, top: list[Any]) -> Claims:
    details, holder = [*plan.blank], [*_NOBODY]
    read(shape, body, (top, details, holder))
    top[_WHAT] = plan.make(*details)
    top[_WHO] = _make_holder(*holder)
    return _make_claims(*top)


@lru_cache(maxsize=SHAPES)
def _cbor_body(plan: Plan, keys: tuple[Any, ...]) -> Shape:
    return _body(plan, keys, {**plan.by_label, **_CBOR_ASIDE})


@lru_cache(maxsize=SHAPES)
def _json_body(plan: Plan, keys: tuple[Any, ...]) -> Shape:
    return _body(plan, keys, {**plan.by_name, **_JSON_ASIDE})


def _body(plan: Plan, keys: tuple[Any, ...], slots: Mapping[Any, Slot]) -> Shape:
    return _whole(shape_of(keys, slots), sorted(f"{CREDENTIAL_NAME}.{n}" for n in plan.required))


@lru_cache(maxsize=SHAPES)
def _cbor_top(keys: tuple[Any, ...]) -> Shape:
    return _whole(shape_of(keys, _CBOR_TOP), _REQUIRED)


@lru_cache(maxsize=SHAPES)
def _json_top(keys: tuple[Any, ...]) -> Shape:
    return _whole(shape_of(keys, _JSON_TOP), _REQUIRED)


_REQUIRED: Final = ("iss", "iat")


def _whole(shape: Shape, places: Iterable[str]) -> Shape:
    found = {where for *_, where in shape}
    for where in places:
        if where not in found:
            raise MalformedError("is missing", where=where)
    return shape


def _values(claims: Claims) -> Iterator[tuple[Label, Any]]:
    sources = (claims, claims.details, claims.holder)
    for row, place in PLANS[claims.type].fields:
        value = getattr(sources[place], row.name)
        if value is not None:
            yield row, value


_REGISTERED: Final = (
    ("issuer", Label(label=labels.ISS, name="iss", kind=ISSUER_TEXT)),
    ("issued_at", Label(label=labels.IAT, name="iat", kind=INSTANT)),
    ("subject", Label(label=labels.SUB, name="sub", kind=ISSUER_TEXT)),
    ("expires", Label(label=labels.EXP, name="exp", kind=INSTANT)),
    ("not_before", Label(label=labels.NBF, name="nbf", kind=INSTANT)),
    ("id", Label(label=labels.CTI, name="cti", kind=CREDENTIAL_ID)),
)
_JSON_NAMES: Final = {labels.CTI: "jti"}


def _registered(claims: Claims) -> Iterator[tuple[Label, Any]]:
    for field, row in _REGISTERED:
        value = getattr(claims, field)
        if value is not None:
            yield row, value


def _checked_status(status: StatusReference) -> tuple[int, int]:
    with inside(f"{CREDENTIAL_NAME}.status"):
        return _LIST.pack(status.list), _INDEX.pack(status.index)


def _slots(table: Mapping[Any, tuple[str, str, Callable[[Any], Any]]]) -> dict[Any, Slot]:
    return {
        key: Slot(_TOP, _place(Claims, name), convert, where)
        for key, (where, name, convert) in table.items()
    }


def _aside(*keys: Any) -> dict[Any, Slot]:
    """Return slots of what is read elsewhere: it stands where the details will."""
    return dict.fromkeys(keys, Slot(_TOP, _WHAT, type, ""))


_CBOR_TOP: Final = _aside(CREDENTIAL) | _slots(
    {
        labels.ISS: ("iss", "issuer", ISSUER_TEXT.unpack),
        labels.SUB: ("sub", "subject", ISSUER_TEXT.unpack),
        labels.EXP: ("exp", "expires", INSTANT.unpack),
        labels.NBF: ("nbf", "not_before", INSTANT.unpack),
        labels.IAT: ("iat", "issued_at", INSTANT.unpack),
        labels.CTI: ("cti", "id", CREDENTIAL_ID.unpack),
        labels.CNF: ("cnf", "holder_key", confirmation.from_cose),
    }
)
_JSON_TOP: Final = _aside(CREDENTIAL_NAME, "status") | _slots(
    {
        "iss": ("iss", "issuer", ISSUER_TEXT.read),
        "sub": ("sub", "subject", ISSUER_TEXT.read),
        "exp": ("exp", "expires", INSTANT.unpack),
        "nbf": ("nbf", "not_before", INSTANT.unpack),
        "iat": ("iat", "issued_at", INSTANT.unpack),
        "jti": ("jti", "id", CREDENTIAL_ID.read),
        "cnf": ("cnf", "holder_key", confirmation.from_json),
    }
)


def _plan_of(value: Any, convert: Callable[[Any], Any]) -> Plan:
    if value is None:
        raise MalformedError("is missing", where=f"{CREDENTIAL_NAME}.type")
    try:
        return PLANS[convert(value)]
    except (MalformedError, UnsupportedError) as error:
        raise placed(error, f"{CREDENTIAL_NAME}.type") from None


def _status_pair(value: Any) -> StatusReference:
    if type(value) is not list or len(value) != 2:
        raise MalformedError("must be [list, index]")
    return _make_status(_LIST.unpack(value[0]), _INDEX.unpack(value[1]))


_CBOR_ASIDE: Final = _aside(labels.TYPE) | {
    labels.STATUS: Slot(_TOP, _STATUS, _status_pair, f"{CREDENTIAL_NAME}.status")
}
_JSON_ASIDE: Final = _aside("type")


def _read_status(value: Any, top: list[Any]) -> None:
    """Read the status reference: to a list of the registry, or to one at a web address."""
    entry = value.get("status_list") if type(value) is dict else None
    uri = entry.get("uri") if type(entry) is dict else None
    if type(uri) is str and "://" in uri:
        top[_ELSEWHERE] = external_status.from_claim(value)
    else:
        top[_STATUS] = _status_uri(value, top[_ISSUER])


def _status_uri(value: Any, issuer: Any) -> StatusReference:
    outer = typed(value, dict)
    entry = required(outer, "status_list", dict)
    if len(outer) > 1 or not _STATUS_NAMES.issuperset(entry):
        raise UnsupportedError("claim status holds something that is not known here")
    try:
        return _status_entry(entry, issuer)
    except MalformedError as error:
        error.under("status_list")
        raise


_STATUS_NAMES: Final = frozenset({"idx", "uri"})


def _status_entry(entry: Mapping[Any, Any], issuer: Any) -> StatusReference:
    head, _, number = required(entry, "uri", str).rpartition("/")
    if head != f"{issuer}/status" or not (number.isascii() and number.isdigit()):
        raise UnsupportedError("status_list.uri is not a list of the issuer's registry")
    if len(number) > 10 or number != str(int(number)):
        raise MalformedError("must end in the number of a list", where="uri")
    index = _INDEX.read(required(entry, "idx", int))
    return _make_status(_LIST.read(int(number)), index)
