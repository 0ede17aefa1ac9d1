"""What stands under which key, and where it goes: the tables that :mod:`.codec` reads by.

Claims are read into a row: the fields of the :class:`Claims`, then those of their details, then
those of their holder. The three are made of it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec import structs
from msgspec.structs import replace

from trustcert.claims import confirmation, labels
from trustcert.claims.kinds import INSTANT, integer, octets, text
from trustcert.claims.labels import BY_NAME, CREDENTIAL_NAME, Label
from trustcert.claims.model import Claims, Holder, StatusReference
from trustcert.claims.profiles import PROFILES, Details
from trustcert.claims.vocabulary import CredentialType
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.limits import STATUS_LIST_ID, STATUS_LIST_SIZE
from trustcert.values import PublicValue, Value


def _filler(cls: Any) -> tuple[Callable[[Sequence[Any]], Any], tuple[Any, ...]]:
    names = cls.__struct_fields__
    info = {field.name: field for field in structs.fields(cls)}
    blank = tuple(None if info[n].required else info[n].default for n in names)
    return (lambda row: cls(**dict(zip(names, row, strict=True)))), blank


ISSUER_TEXT: Final = text(128)
LIST: Final = integer(0, STATUS_LIST_ID)
INDEX: Final = integer(0, STATUS_LIST_SIZE - 1)
_CREDENTIAL_ID: Final = octets(8, 32)
_NUMERIC_DATE: Final = replace(INSTANT, read=INSTANT.unpack)
"""RFC 7519 section 2: a number in JSON too."""

HOLDER_FIELDS: Final = frozenset(Holder.__struct_fields__)
COMMON: Final = ("presentation", "source", *HOLDER_FIELDS)

_fill_claims: Callable[[Sequence[Any]], Claims]
_fill_claims, _NO_CLAIMS = _filler(Claims)
_fill_holder, _NOBODY = _filler(Holder)

_OWN, _HOLDER = len(_NO_CLAIMS), len(_NOBODY)
"""How many fields of a row are those of the claims themselves, and of the holder."""


class Slot(NamedTuple):
    """Where the value of one key goes in the row, and how it is read.

    ``where`` is its place in an error; ``bounds`` are those of its kind.
    """

    place: int
    read: Callable[[Any], Any]
    where: str
    bounds: tuple[int, int] | None = None


class Slots(dict[Any, Slot]):
    """Slots by key. What has none makes a credential unsupported: it may be what restricts."""

    def __missing__(self, key: Any) -> Slot:
        """Refuse a key without a slot."""
        raise unknown(key)


def unknown(key: Any) -> UnsupportedError:
    """Return the refusal of a label or name that this version does not know."""
    return UnsupportedError(f"claim {key!r:.40} is not known here")


class Plan(PublicValue, frozen=True, kw_only=True, eq=False):
    """The fields of one profile, with a slot by label and by name.

    ``fields`` are the labels inside the credential map, each with the class that has the field.
    ``required`` are the names of those that must be given, ``needed`` all places of a row that
    must be filled. ``blank`` is a row in which nothing is said yet.
    """

    profile: type[Details]
    fields: tuple[tuple[Label, type], ...]
    by_label: Slots
    by_name: Slots
    required: frozenset[str]
    needed: tuple[tuple[int, str], ...]
    fill: Callable[[Sequence[Any]], Details]
    blank: tuple[Any, ...]

    def check(self, row: Sequence[Any]) -> None:
        """Raise :class:`MalformedError` if a claim is missing that must be there."""
        for place, where in self.needed:
            if row[place] is None:
                raise MalformedError("is missing", where=where)

    def claims(self, row: list[Any]) -> Claims:
        """Return what a row says."""
        end = len(row) - _HOLDER
        top = row[:_OWN]
        top[_WHAT] = self.fill(row[_OWN:end])
        top[_WHO] = _fill_holder(row[end:])
        return _fill_claims(top)


def _place(cls: type[Value], name: str) -> int:
    return cls.__struct_fields__.index(name)


_WHAT: Final = _place(Claims, "details")
_WHO: Final = _place(Claims, "holder")
ISSUER: Final = _place(Claims, "issuer")
STATUS: Final = _place(Claims, "status")
ELSEWHERE: Final = _place(Claims, "external_status")

_NEEDED: Final = ((ISSUER, "iss"), (_place(Claims, "issued_at"), "iat"))
ASIDE: Final = Slot(_WHAT, type, "")
"""What is read elsewhere: it stands where the details will."""


def _status(value: Any) -> StatusReference:
    if type(value) is not list or len(value) != 2:
        raise MalformedError("must be [list, index]")
    return StatusReference(list=LIST.unpack(value[0]), index=INDEX.unpack(value[1]))


def _plan(profile: type[Details]) -> Plan:
    own = profile.__struct_fields__
    begins = {Claims: 0, profile: _OWN, Holder: _OWN + len(own)}
    owner: dict[str, type] = dict.fromkeys(COMMON, Claims) | dict.fromkeys(HOLDER_FIELDS, Holder)
    owner |= dict.fromkeys(own, profile)
    labelled = sorted((BY_NAME[name] for name in owner), key=lambda row: row.label)
    place = {name: begins[cls] + _place(cls, name) for name, cls in owner.items()}
    where = {name: f"{CREDENTIAL_NAME}.{name}" for name in owner}
    required = [field.name for field in structs.fields(profile) if field.required]
    fill, blank = _filler(profile)
    by_label = {
        row.label: Slot(place[row.name], row.kind.unpack, where[row.name], row.kind.bounds)
        for row in labelled
    }
    by_name = {
        row.name: Slot(place[row.name], row.kind.read, where[row.name], row.kind.bounds)
        for row in labelled
    }
    status = Slot(STATUS, _status, f"{CREDENTIAL_NAME}.status")
    return Plan(
        profile=profile,
        fields=tuple((row, owner[row.name]) for row in labelled),
        by_label=Slots({labels.TYPE: ASIDE, labels.STATUS: status} | by_label),
        by_name=Slots({"type": ASIDE} | by_name),
        required=frozenset(required),
        needed=(*_NEEDED, *((place[name], where[name]) for name in required)),
        fill=fill,
        blank=(*_NO_CLAIMS, *blank, *_NOBODY),
    )


PLANS: Final[Mapping[CredentialType, Plan]] = {profile.type: _plan(profile) for profile in PROFILES}


def plan_of(value: Any, read: Callable[[Any], Any]) -> Plan:
    """Return the plan of the type that ``value`` is, by ``read``.

    Raises:
        MalformedError: it is missing, or no type.
        UnsupportedError: a type that is not known here.
    """
    if value is None:
        raise MalformedError("is missing", where=f"{CREDENTIAL_NAME}.type")
    try:
        return PLANS[read(value)]
    except (MalformedError, UnsupportedError) as error:
        raise placed(error, f"{CREDENTIAL_NAME}.type") from None


def placed(error: MalformedError | UnsupportedError, where: str) -> Exception:
    """Return ``error`` with the place where it happened."""
    if isinstance(error, MalformedError):
        error.under(where)
        return error
    return UnsupportedError(f"{where}: {error}")


REGISTERED: Final = (
    ("issuer", Label(label=labels.ISS, name="iss", kind=ISSUER_TEXT)),
    ("issued_at", Label(label=labels.IAT, name="iat", kind=_NUMERIC_DATE)),
    ("subject", Label(label=labels.SUB, name="sub", kind=ISSUER_TEXT)),
    ("expires", Label(label=labels.EXP, name="exp", kind=_NUMERIC_DATE)),
    ("not_before", Label(label=labels.NBF, name="nbf", kind=_NUMERIC_DATE)),
    ("id", Label(label=labels.CTI, name="cti", kind=_CREDENTIAL_ID)),
)
JSON_NAMES: Final = {labels.CTI: "jti"}
_KEY: Final = _place(Claims, "holder_key")

TOP_BY_LABEL: Final = Slots(
    {
        row.label: Slot(_place(Claims, field), row.kind.unpack, row.name, row.kind.bounds)
        for field, row in REGISTERED
    }
    | {labels.CNF: Slot(_KEY, confirmation.from_cose, "cnf")}
)
TOP_BY_NAME: Final = Slots(
    {
        name: Slot(_place(Claims, field), row.kind.read, name, row.kind.bounds)
        for field, row in REGISTERED
        for name in (JSON_NAMES.get(row.label, row.name),)
    }
    | {"cnf": Slot(_KEY, confirmation.from_json, "cnf")}
    | dict.fromkeys((CREDENTIAL_NAME, "status"), ASIDE)
)
