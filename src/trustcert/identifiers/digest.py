"""A salted digest of an identity number: confirms one that is shown, hinders finding it.

::

    digest = first 8 bytes of scrypt(number, salt, N, r = 8, p = 1)      (RFC 7914)

A credential may carry the digest, its salt and its ``cost`` instead of the number. A checkpoint
that sees the card types its number and :func:`confirm` tells at once whether it is the one that
was signed: two people of one name and one birth date are kept apart, and no number is printed.

The ``cost`` is one small integer on the wire. Its parameters never change; a higher one is added
when machines grow. Approximate times on one core of a server:

====  =====================  ========  ========  ==============================================
cost  function               memory    a digest  for
====  =====================  ========  ========  ==============================================
0     HMAC-SHA-256           none      10 µs     hides the number from a reader, from nobody who
                                                 tries numbers
1     scrypt, N = 2^8        256 KiB   0.8 ms    issuing in bulk; the default
2     scrypt, N = 2^14       16 MiB    52 ms     a digest made once a person, or one at a time
====  =====================  ========  ========  ==============================================

What it protects, honestly. The number has few unknowns, and no digest that answers a guard at
once can resist whoever holds the credential and can guess most of them. Time of one core to try
all that are left (3,000 counties; the check digit is known from the rest):

=====================================================  ==========  ========  ==========
known to the attacker                                  candidates  cost 1    cost 2
=====================================================  ==========  ========  ==========
birth date and county                                  10^3        1 s       50 s
birth date and city (ten counties)                     10^4        8 s       9 min
county only (90 years of births)                       3 * 10^7    7 h       20 days
nothing                                                10^11       3 years   160 years
last four characters (the usual mask), birth date      3 * 10^2    0.2 s     14 s
last four characters only                              9 * 10^6    2 h       5 days
=====================================================  ==========  ========  ==========

So a lost or photographed code does not show the number, a stranger needs hours at cost 1 and days
at cost 2 to find it, and since the salt makes every code a search of its own, a pile of codes does
not become a list of numbers cheaply. It does not hide the number of somebody known from somebody
determined; where that matters, issue without a digest, or without the visible tail.

Why 1 is the default: an issuer signs and draws hundreds of codes a second on a core, a budget of
5 ms each of which a QR symbol takes 2; cost 2 would take ten times that. An issuer that keeps
a person's salt and digest with the person's record pays cost 2 once a person and should use it;
credentials of that person then share the salt, and can be linked by it as they can by the name.
"""

from __future__ import annotations

import hashlib
import hmac
import types
from collections.abc import Mapping
from typing import Final

from trustcert.errors import MalformedError, UnsupportedError
from trustcert.identifiers.entry import normalise

__all__ = [
    "DEFAULT_COST",
    "DIGEST_BYTES",
    "SALT_BYTES",
    "SALT_BYTES_MAX",
    "SCRYPT_N",
    "confirm",
    "digest",
]

DIGEST_BYTES: Final = 8
"""Bytes of a digest: a wrong number passes once in 2^64."""

SALT_BYTES: Final = 8
"""Fewest bytes of a salt: among 10^8 credentials two share one with a chance of 1 in 3,700."""

SALT_BYTES_MAX: Final = 32
"""Most bytes of a salt; more would say nothing more."""

DEFAULT_COST: Final = 1
"""The cost for issuing in bulk; see the module's text for why."""

SCRYPT_N: Final[Mapping[int, int]] = types.MappingProxyType({1: 1 << 8, 2: 1 << 14})
"""The scrypt work factor of each cost but 0. Entries are added, never changed."""

_MEMORY_BYTES: Final = 32 * 1024 * 1024


def digest(number: str, salt: bytes, *, cost: int = DEFAULT_COST) -> bytes:
    """Return the 8-byte digest of an identity number.

    The number is normalised (half-width, capitals, no spaces) and is otherwise taken as it is:
    validate it first. Take ``salt`` from ``secrets.token_bytes``.

    Raises:
        LimitExceededError: the number is longer than any identifier.
        MalformedError: the number is empty, or the salt is not of 8 to 32 bytes.
        UnsupportedError: a cost that is not in the table.
    """
    text = normalise(number).text.encode("utf-8", "surrogatepass")
    if not text:
        raise MalformedError("an empty number has no digest")
    if not SALT_BYTES <= len(salt) <= SALT_BYTES_MAX:
        raise MalformedError(f"a salt has {SALT_BYTES} to {SALT_BYTES_MAX} bytes")
    if cost == 0:
        return hmac.digest(salt, text, "sha256")[:DIGEST_BYTES]
    if cost not in SCRYPT_N:
        raise UnsupportedError(f"cost {cost} of a number's digest is not known here")
    return hashlib.scrypt(
        text, salt=salt, n=SCRYPT_N[cost], r=8, p=1, maxmem=_MEMORY_BYTES, dklen=DIGEST_BYTES
    )


def confirm(number: str, salt: bytes, expected: bytes, *, cost: int = DEFAULT_COST) -> bool:
    """Decide whether ``number`` as typed has the digest ``expected``, in constant time.

    Raises:
        LimitExceededError: the number is longer than any identifier.
        MalformedError: the number is empty, or the salt is not of 8 to 32 bytes.
        UnsupportedError: a cost that is not in the table.
    """
    return hmac.compare_digest(digest(number, salt, cost=cost), expected)
