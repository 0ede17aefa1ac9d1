"""The check characters of identifiers, each of what precedes it.

====================== ===================================== ===========================
function               rule                                  used by
====================== ===================================== ===========================
:func:`mod_11_2`       ISO 7064:2003, MOD 11-2 (pure)        GB 11643 citizen ids
:func:`mod_37_36`      ISO 7064:2003, MOD 37,36 (hybrid)     electronic licence ids
:func:`mod_31_3`       GB 32100-2015, powers of 3 mod 31     unified social credit codes
:func:`weights_731`    ICAO Doc 9303-3, 4.9: 7 3 1 mod 10    machine-readable zones
====================== ===================================== ===========================

The caller has checked the alphabet: a character outside it is a ``ValueError`` or ``KeyError``.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ALPHANUMERIC",
    "CREDIT",
    "mod_11_2",
    "mod_31_3",
    "mod_37_36",
    "weights_731",
]

ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The alphabet of MOD 37,36."""

CREDIT: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The alphabet of GB 32100-2015: no I, O, S, V, Z."""

_VALUE: Final = {c: i for i, c in enumerate(ALPHANUMERIC)}
_CREDIT_VALUE: Final = {c: i for i, c in enumerate(CREDIT)}
_CREDIT_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))
_MRZ_VALUE: Final = _VALUE | {"<": 0}


def mod_11_2(digits: str) -> str:
    """Return the check character of ``digits``: ``0`` to ``9`` or ``X``."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total) % 11]


def mod_37_36(text: str) -> str:
    """Return the check character of ``text``, a text of digits and capitals."""
    product = 36
    for character in text:
        total = (product + _VALUE[character]) % 36 or 36
        product = total * 2 % 37
    return ALPHANUMERIC[(37 - product) % 36]


def mod_31_3(text: str) -> str:
    """Return the check character of the first 17 of a unified social credit code."""
    total = sum(
        _CREDIT_VALUE[character] * weight
        for character, weight in zip(text, _CREDIT_WEIGHTS, strict=True)
    )
    return CREDIT[-total % 31]


def weights_731(field: str) -> str:
    """Return the check digit of a field of a machine-readable zone."""
    return str(sum(_MRZ_VALUE[c] * (7, 3, 1)[i % 3] for i, c in enumerate(field)) % 10)
