"""How a field of claims is declared: its label, its kind and what it says, beside its type.

::

    Title = Annotated[str, Field(label=23, kind=text(), says="What the licence is called.")]

    class Degree(Details, frozen=True, kw_only=True):
        title: Title
        major: Major | None = None

The attribute's name is the claim's name in JSON, ``label`` its integer in CBOR; the kind holds the
bounds. A field without a default is required. The tables of labels, of the codec and of
``docs/format.md`` are made from these declarations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import structs

from trustcert.claims.kinds import Kind
from trustcert.values import PublicValue

__all__ = ["Field", "Label", "labels_of"]


class Field(PublicValue, frozen=True, kw_only=True):
    """What a field's type is annotated with: its label, its kind, and what it says.

    ``hidable`` says that the holder of an SD-JWT may hold it back: it describes, and nobody can
    pass by leaving it out. What may restrict (a birth date, a result, a colour) never is.
    """

    label: int
    kind: Kind
    says: str
    hidable: bool = False


class Label(PublicValue, frozen=True, kw_only=True):
    """One declared field of a class: its label, name and kind, and whether it must be given."""

    label: int
    name: str
    kind: Kind
    says: str = ""
    required: bool = False
    hidable: bool = False


def labels_of(cls: Any) -> tuple[Label, ...]:
    """Return the declared fields of a class, in their order; fields without a label are none."""
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        Label(
            label=field.label,
            name=info.name,
            kind=field.kind,
            says=field.says,
            required=info.required,
            hidable=field.hidable and not info.required,
        )
        for info in structs.fields(cls)
        for field in _declared(hints[info.name])
    )


def _declared(hint: Any) -> Iterator[Field]:
    """Yield the declaration in a type, which may be optional."""
    if get_origin(hint) is Annotated:
        yield from (extra for extra in hint.__metadata__ if isinstance(extra, Field))
    else:
        for inner in get_args(hint):
            yield from _declared(inner)
