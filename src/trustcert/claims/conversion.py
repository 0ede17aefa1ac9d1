"""Convert verified foreign claims into native ones that record their source."""

from __future__ import annotations

from msgspec.structs import replace

from trustcert.claims.model import Claims
from trustcert.claims.provenance import Source

__all__ = ["converted"]


def converted(
    claims: Claims,
    *,
    format: str,  # noqa: A002 - the word of the field
    issuer: str,
    at: int,
    expires: int | None = None,
) -> Claims:
    """Return verified foreign ``claims`` of ``format`` as claims of ``issuer``, made at ``at``.

    They end when the original does, or at ``expires`` if that is earlier. The original's issuer,
    time of issue and signed id become their ``source``; its own status, ids and name for the holder
    (``subject``) do not carry over, since the new issuer cannot speak for them.
    """
    ends = [end for end in (claims.expires, expires) if end is not None]
    later = claims.not_before if claims.not_before is not None and claims.not_before > at else None
    return replace(
        claims,
        issuer=issuer,
        issued_at=at,
        expires=min(ends, default=None),
        not_before=later,
        subject=None,
        id=None,
        status=None,
        original=None,
        revocation_id=None,
        external_status=(),
        events=(),
        source=Source(
            format=format,
            issuer=claims.issuer,
            issued_at=claims.issued_at,
            id=_text_of(claims.id),
        ),
    )


def _text_of(identifier: bytes | None) -> str | None:
    if identifier is None:
        return None
    try:
        text = identifier.decode("utf-8")
    except UnicodeDecodeError:
        return identifier.hex()
    return text if text.isprintable() and 0 < len(text) <= 128 else identifier.hex()[:128]
