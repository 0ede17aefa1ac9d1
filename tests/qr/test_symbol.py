from __future__ import annotations

import itertools
import random
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from trustcert import qr
from trustcert.errors import LimitExceededError, MalformedError

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@pytest.mark.parametrize(
    ("length", "version"), [(262, 9), (263, 10), (311, 10), (312, 11), (3391, 40)]
)
def test_an_alphanumeric_text_takes_the_version_of_the_standards_table_at_m(
    length: int, version: int, credential_text: Callable[[int], str]
) -> None:
    assert qr.matrix(credential_text(length)).version == version


def test_the_levels_take_the_versions_of_the_standards_table(
    credential_text: Callable[[int], str],
) -> None:
    text = credential_text(244)
    versions = [qr.matrix(text, error_correction=level).version for level in qr.LEVELS]
    assert versions == [8, 9, 11, 13]


def test_a_health_card_is_one_byte_and_one_numeric_segment() -> None:
    rng = random.Random(1)  # noqa: S311 - test data
    digits = "".join(rng.choices("0123456789", k=1_200))
    assert qr.matrix("shc:/" + digits, error_correction="L").version == 15
    assert qr.matrix("shc:/" + digits, error_correction="M").version == 18


# Bits of a text, split as well as can be: reckoned here from ISO/IEC 18004:2015 tables 2 and 3,
# in sixths of a bit so that 10 bits for 3 digits and 11 bits for 2 characters stay whole.
_DATA_BITS_M = {1: 128, 2: 224, 3: 352, 4: 512, 5: 688, 6: 864, 7: 992, 8: 1232, 9: 1456, 10: 1728}
_COUNT_BITS = ({"n": 10, "a": 9, "b": 8}, {"n": 12, "a": 11, "b": 16})


def _fewest_bits(text: str, version: int) -> int:
    head = {mode: 6 * (4 + bits) for mode, bits in _COUNT_BITS[version > 9].items()}
    before = dict(head)
    ends: dict[str, int] = {}
    for letter in text:
        ends = {"b": before["b"] + 48}
        if letter in ALPHANUMERIC:
            ends["a"] = before["a"] + 33
        if letter in "0123456789":
            ends["n"] = before["n"] + 20
        best = min(-(-sixths // 6) * 6 for sixths in ends.values())
        before = {mode: min(ends.get(mode, 10**9), best + head[mode]) for mode in head}
    return min(-(-sixths // 6) for sixths in ends.values())


pieces = st.one_of(
    st.text("0123456789", min_size=1, max_size=60),
    st.text(ALPHANUMERIC, min_size=1, max_size=60),
    st.text("abcdefghi/?=&_-", min_size=1, max_size=30),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=5).map("".join))
def test_no_split_into_segments_needs_a_smaller_version(text: str) -> None:
    smallest = next((v for v, bits in _DATA_BITS_M.items() if _fewest_bits(text, v) <= bits), None)
    version = qr.matrix(text).version
    assert version == smallest if smallest else version > 10


def test_a_symbol_has_finder_patterns_and_the_size_of_its_version() -> None:
    symbol = qr.matrix("TC1:HELLO")
    assert symbol.size == 17 + 4 * symbol.version == len(symbol.rows)
    assert {len(row) for row in symbol.rows} == {symbol.size}
    finder = bytes((1, 1, 1, 1, 1, 1, 1, 0))
    assert symbol.rows[0].startswith(finder)
    assert symbol.rows[0].endswith(finder[::-1])
    assert symbol.rows[-1].startswith(finder)


def test_a_text_that_is_too_long_is_refused_with_what_would_fit(
    credential_text: Callable[[int], str],
) -> None:
    with pytest.raises(
        LimitExceededError, match="at error correction M it holds 5596 digits, 3391"
    ):
        qr.matrix(credential_text(3392))
    assert qr.matrix(credential_text(3392), error_correction="L").version == 36
    with pytest.raises(LimitExceededError, match="7089 digits"):
        qr.matrix("1" * 7_090, error_correction="L")
    with pytest.raises(LimitExceededError):
        qr.matrix("1" * 1_000_000)


@pytest.mark.parametrize(("text", "level"), [("", "M"), ("\ud800", "M"), ("A", "X"), ("A", "m")])
def test_what_cannot_be_written_is_refused(text: str, level: str) -> None:
    with pytest.raises(MalformedError):
        qr.matrix(text, error_correction=level)


def test_importing_the_package_loads_no_image_library() -> None:
    heavy = "{'PIL', 'qrcode', 'pyzbar', 'zxingcpp', 'numpy', 'requests'}"
    check = f"import sys, trustcert.qr; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def _penalty_by_the_book(symbol: qr.Symbol) -> int:
    """Follow ISO/IEC 18004:2015 section 7.8.3.1 module by module."""
    rows = [row.translate(bytes.maketrans(b"\0\1", b"01")).decode() for row in symbol.rows]
    columns = ["".join(column) for column in zip(*rows, strict=True)]
    points = 0
    for line in (*rows, *columns):
        points += sum(len(run[0]) - 2 for run in re.finditer("0{5,}|1{5,}", line))
        points += 40 * len(re.findall("(?=10111010000|00001011101)", line))
    for upper, lower in itertools.pairwise(rows):
        pairs = zip(itertools.pairwise(upper), itertools.pairwise(lower), strict=True)
        points += 3 * sum(len({*above, *below}) == 1 for above, below in pairs)
    total = symbol.size**2
    return points + 10 * (abs(20 * symbol.modules.count(1) - 10 * total) // total)


@pytest.mark.parametrize("text", ["A", "TC1:VECTOR", "0" * 300, "A" * 900, "张伟" * 40])
@pytest.mark.parametrize("level", qr.LEVELS)
def test_the_mask_is_the_one_of_least_penalty(text: str, level: str) -> None:
    chosen = qr.matrix(text, error_correction=level)
    options = {} if text.isascii() else {"eci": "UTF-8"}
    penalties = {}
    for mask in range(8):
        code = zxingcpp.create_barcode(
            text, zxingcpp.BarcodeFormat.QRCode, ec_level=level, data_mask=mask, **options
        )
        image = zxingcpp.write_barcode_to_image(code, add_quiet_zones=False)
        grey = bytes(memoryview(image))  # type: ignore[arg-type]
        modules = bytes(1 if value < 128 else 0 for value in grey)
        penalties[modules] = _penalty_by_the_book(
            qr.Symbol(version=0, error_correction=level, size=chosen.size, modules=modules)
        )
    assert len(penalties) == 8
    assert penalties[chosen.modules] == min(penalties.values())
