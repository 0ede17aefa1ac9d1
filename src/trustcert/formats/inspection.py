"""What a code is made of, layer by layer, without trusting any of it: for people who debug.

Nothing here verifies a signature. A layer that cannot be opened ends the list with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from trustcert import formats
from trustcert.errors import MalformedError, TrustcertError, UnsupportedError
from trustcert.formats.layers import Layer
from trustcert.values import PublicValue

__all__ = ["Inspection", "inspect"]


class Inspection(PublicValue, frozen=True, kw_only=True):
    """What was found: the format's name, the layers from the outside in, and what looks wrong."""

    format: str | None
    layers: tuple[Layer, ...]
    problems: tuple[str, ...]


def inspect(text: str) -> Inspection:
    """Return what ``text`` is made of; never raises for any text."""
    known = formats.recognise(text)
    layers: list[Layer] = [Layer(name="text", size=len(text))]
    problems: list[str] = []
    if known is not None:
        try:
            layers.extend(known.layers(text))
        except (TrustcertError, ValueError) as error:
            problems.append(f"the next layer does not open: {error}")
    problems += _problems(text)
    return Inspection(
        format=None if known is None else known.NAME,
        layers=tuple(layers),
        problems=tuple(problems),
    )


def _problems(text: str) -> Iterator[str]:
    """Yield what this library objects to in the envelope and in the claims."""
    try:
        envelope = formats.decode(text)
    except (MalformedError, UnsupportedError) as error:
        yield f"refused: {error}"
        return
    if not envelope.signature:
        yield "nobody signed it"
    for row in envelope.algorithms[:1]:
        size = row.signature_bytes
        if size and envelope.signature and len(envelope.signature) != size:
            yield f"a signature of {row.name} has {size} bytes, this one {len(envelope.signature)}"
    yield from (f"needs the switch {switch.value}" for switch in envelope.compatibility)
    try:
        claims = formats.open_claims(envelope)
    except (MalformedError, UnsupportedError) as error:
        yield f"claims refused: {error}"
        return
    if claims.expires is None:
        yield "never expires"
    elif claims.expires <= claims.issued_at:
        yield "expires before it was issued"
