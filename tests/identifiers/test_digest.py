from __future__ import annotations

import hashlib
import hmac

import pytest

from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.identifiers import digest as module
from trustcert.identifiers.digest import confirm, digest

NUMBER = "11010519491231002X"
SALT = bytes(range(8))


@pytest.mark.parametrize(
    ("cost", "expected"),
    [(0, "366718fcb1270ca7"), (1, "660220e2e22efa29"), (2, "575dbb3a8d099f26")],
)
def test_known_answers_that_must_never_change(cost: int, expected: str) -> None:
    assert digest(NUMBER, SALT, cost=cost).hex() == expected


def test_the_functions_are_the_standard_ones() -> None:
    text = NUMBER.encode()
    assert digest(NUMBER, SALT, cost=0) == hmac.new(SALT, text, hashlib.sha256).digest()[:8]
    for cost, n in ((1, 256), (2, 16384)):
        long = hashlib.scrypt(text, salt=SALT, n=n, r=8, p=1, maxmem=1 << 26, dklen=64)
        assert digest(NUMBER, SALT, cost=cost) == long[:8]


@pytest.mark.parametrize("cost", [0, 1, 2])
def test_the_right_number_is_confirmed_and_no_other(cost: int) -> None:
    expected = digest(NUMBER, SALT, cost=cost)
    assert len(expected) == module.DIGEST_BYTES
    assert confirm(NUMBER, SALT, expected, cost=cost)
    assert confirm(" １10105 19491231 002x ", SALT, expected, cost=cost)
    assert not confirm("110105194912310038", SALT, expected, cost=cost)
    assert not confirm(NUMBER, SALT[::-1], expected, cost=cost)
    assert not confirm(NUMBER, SALT, expected[:-1], cost=cost)
    assert not confirm(NUMBER, SALT, expected + b"\0", cost=cost)
    assert not confirm(NUMBER, SALT, b"", cost=cost)


def test_one_cost_never_confirms_another() -> None:
    for made in (0, 1, 2):
        for asked in (0, 1, 2):
            assert confirm(NUMBER, SALT, digest(NUMBER, SALT, cost=made), cost=asked) == (
                made == asked
            )


def test_the_default_is_for_bulk() -> None:
    assert digest(NUMBER, SALT) == digest(NUMBER, SALT, cost=1)


@pytest.mark.parametrize("cost", [-1, 3, 255, 1 << 40])
def test_an_unknown_cost_is_refused_before_any_work(cost: int) -> None:
    with pytest.raises(UnsupportedError):
        digest(NUMBER, SALT, cost=cost)


@pytest.mark.parametrize("salt", [b"", b"1234567", b"1" * 33])
def test_the_salt_is_held_to_its_length(salt: bytes) -> None:
    with pytest.raises(MalformedError):
        digest(NUMBER, salt)


@pytest.mark.parametrize("number", ["", " \u3000"])
def test_an_empty_number_has_no_digest(number: str) -> None:
    with pytest.raises(MalformedError):
        digest(number, SALT)


def test_a_very_long_number_is_refused() -> None:
    with pytest.raises(LimitExceededError):
        confirm("1" * 129, SALT, b"12345678")


def test_any_text_has_a_digest() -> None:
    assert len(digest("军字第1号\ud800", SALT)) == 8


def test_the_memory_of_every_cost_stays_under_32_mib() -> None:
    for n in module.SCRYPT_N.values():
        assert 128 * 8 * n <= 32 * 1024 * 1024 // 2
