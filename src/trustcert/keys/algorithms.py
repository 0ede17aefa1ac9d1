"""The closed table of signature algorithms.

A key has exactly one row; a message never chooses. Signatures are raw: r‖s for ECDSA (RFC 9053
section 2.1, RFC 7518 section 3.4) and SM2, the octets of RFC 8032 for Ed25519 and of FIPS 204,
without a context, for ML-DSA (RFC 9964). Nobody has registered SM2: its COSE id is of the private
range, its JOSE name this library's own. The other identifiers are the fully
specified ones of RFC 9864; the polymorphic ones (COSE -7, -8, -35, JOSE ``EdDSA``) stand beside
them for formats that still write those.
"""

from __future__ import annotations

from typing import Final

from trustcert.errors import MalformedError
from trustcert.values import Value

__all__ = [
    "ALGORITHMS",
    "ED25519",
    "ES256_P384",
    "ESP256",
    "ESP384",
    "FOREIGN",
    "ML_DSA_44",
    "ML_DSA_65",
    "PS256",
    "SM2",
    "Algorithm",
    "named",
]


class Algorithm(Value, frozen=True, kw_only=True, eq=False):
    """One row: its names, its identifiers on the wire, the curve and the size of a signature.

    ``cose`` and ``jose`` are what this library writes; ``cose_polymorphic`` and
    ``jose_polymorphic`` what a format may read besides. ``signature_bytes`` is 0 where the size
    depends on the key. ``instead_of`` is the row of the keys that a compatibility row borrows.
    """

    name: str
    cose: int
    cose_polymorphic: int | None = None
    jose: str
    jose_polymorphic: str | None = None
    kty: str
    crv: str | None = None
    signature_bytes: int = 0
    instead_of: Algorithm | None = None

    def __repr__(self) -> str:
        return f"<Algorithm {self.name}>"

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return named, (self.name,)


ED25519: Final = Algorithm(
    name="Ed25519",
    cose=-19,
    cose_polymorphic=-8,
    jose="Ed25519",
    jose_polymorphic="EdDSA",
    kty="OKP",
    crv="Ed25519",
    signature_bytes=64,
)
ESP256: Final = Algorithm(
    name="ESP256",
    cose=-9,
    cose_polymorphic=-7,
    jose="ES256",
    kty="EC",
    crv="P-256",
    signature_bytes=64,
)
ESP384: Final = Algorithm(
    name="ESP384",
    cose=-51,
    cose_polymorphic=-35,
    jose="ES384",
    kty="EC",
    crv="P-384",
    signature_bytes=96,
)

PS256: Final = Algorithm(name="PS256", cose=-37, jose="PS256", kty="RSA")
"""RSASSA-PSS with SHA-256 (RFC 8230, RFC 7518 section 3.5): read in foreign formats only."""

ES256_P384: Final = Algorithm(
    name="ES256-P384",
    cose=-7,
    jose="ES256",
    kty="EC",
    crv="P-384",
    signature_bytes=96,
    instead_of=ESP384,
)
"""ECDSA with SHA-256 on P-384: what COSE -7 may mean by RFC 8152 section 8.1, and some EU
certificates do; spoken only where a compatibility switch of a format says so."""

FOREIGN: Final = (PS256, ES256_P384)
"""Rows that only foreign formats read; nothing native is signed with them."""

SM2: Final = Algorithm(
    name="SM2", cose=-65_537, jose="SM2", kty="EC", crv="SM2", signature_bytes=64
)
"""SM2 with SM3 (GB/T 32918.2): private identifiers, since -48 means ML-DSA-44 everywhere else."""

ML_DSA_44: Final = Algorithm(
    name="ML-DSA-44", cose=-48, jose="ML-DSA-44", kty="AKP", signature_bytes=2_420
)
ML_DSA_65: Final = Algorithm(
    name="ML-DSA-65", cose=-49, jose="ML-DSA-65", kty="AKP", signature_bytes=3_309
)

ALGORITHMS: Final = (ED25519, ESP256, ESP384, SM2, ML_DSA_44, ML_DSA_65)

_NAMED: Final = {
    name: row for row in ALGORITHMS for name in (row.name, row.jose, row.jose_polymorphic) if name
} | {row.name: row for row in FOREIGN}


def named(name: str) -> Algorithm:
    """Return the row with this name (``ESP256``, ``ES256``, ``Ed25519``, ``EdDSA`` …).

    Raises:
        MalformedError: there is none; the error lists the names.
    """
    row = _NAMED.get(name)
    if row is None:
        raise MalformedError(f"algorithm must be one of: {', '.join(_NAMED)}")
    return row
