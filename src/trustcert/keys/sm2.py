"""SM2 with SM3 (GB/T 32918.2, GB/T 32905): verification in plain Python; it never signs.

A signature is r‖s, 32 bytes each. It covers ``e = SM3(Z ‖ message)`` with
``Z = SM3(bits of ID ‖ ID ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA)``, so that both sides must use one ID: here
``1234567812345678`` (GB/T 35276) unless a key names its own. A key travels as
SubjectPublicKeyInfo (ecPublicKey with the curve 1.2.156.10197.1.301) or JWK (``crv`` ``SM2``),
always as an uncompressed point. Nobody has registered identifiers: JOSE ``alg`` is the private
name ``SM2``, COSE alg the private -65537, and so is the curve of a COSE_Key.

Nothing in a verification is secret, and a province has few keys: a table for each key makes
plain Python faster than a general library (:mod:`trustcert.keys.sm2_curve`). A key gets its table
when it has been asked often enough to pay for it; :data:`~trustcert.limits.SM2_TABLES` of them
are kept, the least recently used goes.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from threading import Lock
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes

from trustcert.errors import MalformedError
from trustcert.keys import sm2_curve as curve
from trustcert.limits import SM2_TABLES

__all__ = [
    "DEFAULT_ID",
    "ID_BYTES",
    "OID",
    "SIZE",
    "SPKI_PREFIX",
    "Sm2PublicKey",
    "is_spki",
    "load_spki",
    "sm3",
]

DEFAULT_ID: Final = "1234567812345678"
"""The ID of GB/T 35276 and GM/T 0009, where nothing else was agreed."""
ID_BYTES: Final = 8_191
"""The longest ID: its length in bits fits the two bytes that Z has for it."""
OID: Final = "1.2.156.10197.1.301"
"""The curve (GM/T 0006)."""
SIZE: Final = 32
"""Bytes of a coordinate, of r and of s."""

SPKI_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
"""DER of SubjectPublicKeyInfo before the point: ecPublicKey, curve 1.2.156.10197.1.301."""

_OTHER_PREFIX: Final = bytes.fromhex("305a301406082a811ccf5501822d06082a811ccf5501822d034200")
"""The same, where the algorithm is named by the curve's object id too (seen in China)."""

_DEFAULT: Final = DEFAULT_ID.encode()
_UNCOMPRESSED: Final = 4
_PATIENCE: Final = 8
"""Signatures checked without a table before one is made: by then it would have paid."""


class Sm2PublicKey:
    """A point of the curve, to be asked often."""

    __slots__ = ("_identities", "_uses", "x", "y")

    x: int
    """Affine x."""
    y: int
    """Affine y."""

    def __init__(self, point: bytes) -> None:
        """Take a point as 04‖x‖y.

        Raises:
            MalformedError: another form, or not on the curve.
        """
        if len(point) != 2 * SIZE + 1 or point[0] != _UNCOMPRESSED:
            raise MalformedError("must be a point of SM2 as 04, x and y: 65 bytes")
        self.x = int.from_bytes(point[1 : SIZE + 1], "big")
        self.y = int.from_bytes(point[SIZE + 1 :], "big")
        if not curve.on_curve(self.x, self.y):
            raise MalformedError("not a point of SM2")
        self._uses = 0
        self._identities: dict[bytes, bytes] = {}

    @property
    def point(self) -> bytes:
        """The point as 04‖x‖y."""
        return b"\x04" + self.x.to_bytes(SIZE, "big") + self.y.to_bytes(SIZE, "big")

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return SPKI_PREFIX + self.point

    def verify(self, signature: bytes, message: bytes, identifier: bytes = _DEFAULT) -> None:
        """Return if this key made the raw ``signature`` over ``message`` under ``identifier``.

        Raises:
            InvalidSignature: it did not.
        """
        self.verify_digest(signature, self.digest(message, identifier))

    def digest(self, message: bytes, identifier: bytes = _DEFAULT) -> bytes:
        """Return e, what is signed in the end: for tokens that take a digest.

        Raises:
            MalformedError: the ID is longer than Z can say.
        """
        z = self._identities.get(identifier)
        if z is None:
            z = self.identity(identifier)
            self._identities = {identifier: z}
        return sm3(z + message)

    def identity(self, identifier: bytes = _DEFAULT) -> bytes:
        """Return Z (GB/T 32918.2 section 5.5).

        Raises:
            MalformedError: the ID is longer than Z can say.
        """
        if len(identifier) > ID_BYTES:
            raise MalformedError(f"ID of over {ID_BYTES} bytes")
        bits = (8 * len(identifier)).to_bytes(2, "big")
        return sm3(bits + identifier + _PARAMETERS + self.point[1:])

    def verify_digest(self, signature: bytes, e: bytes) -> None:
        """Return if this key made the raw ``signature`` over the digest ``e``.

        Raises:
            InvalidSignature: it did not.
        """
        if len(signature) != 2 * SIZE:
            raise InvalidSignature
        r = int.from_bytes(signature[:SIZE], "big")
        s = int.from_bytes(signature[SIZE:], "big")
        t = (r + s) % curve.N
        if not (0 < r < curve.N and 0 < s < curve.N and t):
            raise InvalidSignature
        x = (r - int.from_bytes(e, "big")) % curve.N
        found = self._combined(s, t)
        # an affine x is below p, so that n may have been taken off once
        if not (found.has_x(x) or (x + curve.N < curve.P and found.has_x(x + curve.N))):
            raise InvalidSignature

    def _combined(self, s: int, t: int) -> curve.Jacobian:
        """Return s times the base point plus t times this one."""
        xs: list[int] = []
        ys: list[int] = []
        _base_table().gather(s, xs, ys)
        table = self._table()
        if table is None:
            return curve.plus(curve.multiple(t, self.x, self.y), xs, ys)
        table.gather(t, xs, ys)
        return curve.total(xs, ys)

    def _table(self) -> curve.Table | None:
        table = _tables.find((self.x, self.y))
        if table is None:
            self._uses += 1
            if self._uses > _PATIENCE:
                self._uses = 0
                table = _tables.make((self.x, self.y))
        return table


class _Tables:
    """The newest used tables, a bounded number of them."""

    def __init__(self, size: int) -> None:
        self._held: OrderedDict[tuple[int, int], curve.Table] = OrderedDict()
        self._lock = Lock()
        self._size = size

    def find(self, point: tuple[int, int]) -> curve.Table | None:
        with self._lock:
            table = self._held.get(point)
            if table is not None:
                self._held.move_to_end(point)
            return table

    def make(self, point: tuple[int, int]) -> curve.Table:
        table = curve.Table(*point)
        with self._lock:
            self._held[point] = table
            while len(self._held) > self._size:
                self._held.popitem(last=False)
        return table


def sm3(data: bytes) -> bytes:
    """Return the SM3 digest (GB/T 32905)."""
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


def is_spki(spki: bytes) -> bool:
    """Return whether ``spki`` names the curve of SM2."""
    return spki.startswith((SPKI_PREFIX, _OTHER_PREFIX))


def load_spki(spki: bytes) -> Sm2PublicKey:
    """Return the key of a SubjectPublicKeyInfo (DER) that :func:`is_spki`.

    Raises:
        MalformedError: its point is of another form, or not on the curve.
    """
    prefix = SPKI_PREFIX if spki.startswith(SPKI_PREFIX) else _OTHER_PREFIX
    return Sm2PublicKey(spki[len(prefix) :])


@cache
def _base_table() -> curve.Table:
    return curve.Table(curve.GX, curve.GY, curve.BASE_WINDOW)


_PARAMETERS: Final = b"".join(
    value.to_bytes(SIZE, "big") for value in (curve.A, curve.B, curve.GX, curve.GY)
)
_tables: Final = _Tables(SM2_TABLES)
