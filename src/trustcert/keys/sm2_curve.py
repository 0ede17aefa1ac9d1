"""Sums of multiples on the curve of SM2 (GB/T 32918.5), for verification only.

Nothing here is constant-time and nothing here may ever touch a secret. For few fixed points a
table holds ``j * 2**(w*i) * P`` for each window of ``w`` bits and ``j`` in 1 to ``2**(w-1)``: with
signed digits any multiple is a sum of one entry a window at most, without a doubling. Entries are
added in pairs in affine form, all pairs of a level over one inversion (Montgomery's trick: six
multiplications a pair), the last few in Jacobian form. A level that meets equal or opposite
points falls back to the Jacobian additions, which are complete.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = [
    "BASE_WINDOW",
    "GX",
    "GY",
    "A",
    "B",
    "Jacobian",
    "N",
    "P",
    "Table",
    "multiple",
    "on_curve",
    "plus",
    "total",
]

P: Final = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N: Final = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
GX: Final = 0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7
GY: Final = 0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0

_KEY_WINDOW: Final = 9
"""Bits of a window of a key's table: 29 entries a multiple, 1 MB."""
BASE_WINDOW: Final = 10
"""Bits of a window of the base point's table, of which there is one: 26 entries, 1.9 MB."""

_SCALAR_BITS: Final = 257
"""What the windows must hold: a multiple and the carry of its signed digits."""
_FEW: Final = 8
"""Points that are added faster one by one than over one more inversion."""


class Jacobian(NamedTuple):
    """The point ``(x / z**2, y / z**3)``; ``z`` 0 is the point at infinity."""

    x: int
    y: int
    z: int

    def has_x(self, value: int) -> bool:
        """Return whether the affine x of the point is ``value``."""
        return self.z != 0 and (value * self.z * self.z - self.x) % P == 0


class Table:
    """The multiples of one point."""

    __slots__ = ("_half", "_shift", "_width", "_xs", "_ys")

    def __init__(self, x: int, y: int, width: int = _KEY_WINDOW) -> None:
        """Take a point that is on the curve, and the bits of a window."""
        bases = _affine(_powers(x, y, width))
        self._width, self._half = width, 1 << (width - 1)
        self._shift = sum(self._half - 1 << width * i for i in range(len(bases)))
        self._xs = [[0, x] for x, _ in bases]
        self._ys = [[0, y] for _, y in bases]
        while len(self._xs[0]) <= self._half:
            self._widen()

    def gather(self, k: int, xs: list[int], ys: list[int]) -> None:
        """Append to ``xs`` and ``ys`` the points whose sum is the multiple ``k``, 0 to n - 1."""
        width, mask, zero = self._width, 2 * self._half - 1, self._half - 1
        rest = k + self._shift
        for row_x, row_y in zip(self._xs, self._ys, strict=True):
            j = (rest & mask) - zero
            rest >>= width
            if j > 0:
                xs.append(row_x[j])
                ys.append(row_y[j])
            elif j:
                xs.append(row_x[-j])
                ys.append(P - row_y[-j])

    def _widen(self) -> None:
        """Add the last entry of each row to those before it: almost twice as many."""
        rows = list(zip(self._xs, self._ys, strict=True))
        last = len(rows[0][0]) - 1
        count = min(last - 1, self._half - last)
        if last == 1:
            points = _affine([_doubled(Jacobian(xs[1], ys[1], 1)) for xs, ys in rows])
            new_xs, new_ys = [x for x, _ in points], [y for _, y in points]
            count = 1
        else:
            pair_xs = [x for xs, _ in rows for low in xs[1 : count + 1] for x in (low, xs[last])]
            pair_ys = [y for _, ys in rows for low in ys[1 : count + 1] for y in (low, ys[last])]
            new_xs, new_ys = _in_pairs(pair_xs, pair_ys)
        for i, (xs, ys) in enumerate(rows):
            xs.extend(new_xs[i * count : (i + 1) * count])
            ys.extend(new_ys[i * count : (i + 1) * count])


def on_curve(x: int, y: int) -> bool:
    """Return whether (x, y) is a point: the group has prime order, so that none is of small."""
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x + A) * x - B) % P == 0


def total(xs: list[int], ys: list[int]) -> Jacobian:
    """Return the sum of the affine points (xs[i], ys[i])."""
    odd: list[tuple[int, int]] = []
    while len(xs) > _FEW:
        if len(xs) % 2:
            odd.append((xs.pop(), ys.pop()))
        try:
            xs, ys = _in_pairs(xs, ys)
        except ValueError:  # equal or opposite points: no inverse of their difference
            break
    out = Jacobian(1, 1, 0)
    for x, y in (*zip(xs, ys, strict=True), *odd):
        out = _plus(out, x, y)
    return out


def multiple(k: int, x: int, y: int) -> Jacobian:
    """Return ``k`` times the point (x, y), without a table."""
    out = Jacobian(1, 1, 0)
    if k == 0:
        return out
    opposite = P - y
    # non-adjacent form: the digits of 3k minus those of k, one apart
    triple = 3 * k
    for bit in range(triple.bit_length() - 1, 0, -1):
        out = _doubled(out)
        mine, more = k >> bit & 1, triple >> bit & 1
        if more > mine:
            out = _plus(out, x, y)
        elif mine > more:
            out = _plus(out, x, opposite)
    return out


def plus(left: Jacobian, xs: list[int], ys: list[int]) -> Jacobian:
    """Return ``left`` plus the sum of the affine points (xs[i], ys[i])."""
    right = total(xs, ys)
    if left.z == 0 or right.z == 0:
        return left if right.z == 0 else right
    ((x, y),) = _affine([right])
    return _plus(left, x, y)


def _in_pairs(xs: list[int], ys: list[int]) -> tuple[list[int], list[int]]:
    """Return the sums of points 0 and 1, 2 and 3 and so on.

    Raises:
        ValueError: the two points of a pair have the same x.
    """
    left, right = xs[::2], xs[1::2]
    differences = [b - a for a, b in zip(left, right, strict=True)]
    before: list[int] = []
    product = 1
    for difference in differences:
        before.append(product)
        product = product * difference % P
    inverse = pow(product, -1, P)
    slopes: list[int] = []
    for difference, product in zip(reversed(differences), reversed(before), strict=True):
        slopes.append(inverse * product % P)
        inverse = inverse * difference % P
    slopes.reverse()
    out_xs: list[int] = []
    out_ys: list[int] = []
    for x, other, y, top, slope in zip(left, right, ys[::2], ys[1::2], slopes, strict=True):
        rise = (top - y) * slope % P
        third = (rise * rise - x - other) % P
        out_xs.append(third)
        out_ys.append((rise * (x - third) - y) % P)
    return out_xs, out_ys


def _affine(points: list[Jacobian]) -> list[tuple[int, int]]:
    """Return points other than infinity in affine form, over one inversion."""
    before: list[int] = []
    product = 1
    for point in points:
        before.append(product)
        product = product * point.z % P
    inverse = pow(product, -1, P)
    out: list[tuple[int, int]] = []
    for point, product in zip(reversed(points), reversed(before), strict=True):
        own = inverse * product % P
        inverse = inverse * point.z % P
        square = own * own % P
        out.append((point.x * square % P, point.y * square * own % P))
    out.reverse()
    return out


def _powers(x: int, y: int, width: int) -> list[Jacobian]:
    """Return 2**(width * i) times the point for each window."""
    out = [Jacobian(x, y, 1)]
    while len(out) * width < _SCALAR_BITS:
        point = out[-1]
        for _ in range(width):
            point = _doubled(point)
        out.append(point)
    return out


def _doubled(point: Jacobian) -> Jacobian:
    x, y, z = point
    square, y_square = z * z % P, y * y % P
    middle = 4 * x * y_square % P
    slope = 3 * (x - square) * (x + square) % P  # a is -3
    x_out = (slope * slope - 2 * middle) % P
    y_out = (slope * (middle - x_out) - 8 * y_square * y_square) % P
    return Jacobian(x_out, y_out, 2 * y * z % P)


def _plus(point: Jacobian, x: int, y: int) -> Jacobian:
    """Return ``point`` plus the affine (x, y); complete."""
    x1, y1, z1 = point
    if z1 == 0:
        return Jacobian(x, y, 1)
    square = z1 * z1 % P
    h = (x * square - x1) % P
    r = (y * square * z1 - y1) % P
    if h == 0:
        return _doubled(point) if r == 0 else Jacobian(1, 1, 0)
    h_square = h * h % P
    h_cube = h * h_square % P
    v = x1 * h_square % P
    x_out = (r * r - h_cube - 2 * v) % P
    return Jacobian(x_out, (r * (v - x_out) - y1 * h_cube) % P, z1 * h % P)
