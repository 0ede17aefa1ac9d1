from __future__ import annotations

import base64
import random
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustcert.encoding import base45
from trustcert.limits import TEXT_CHARACTERS
from trustcert.qr import heal

_RNG = random.Random(22)  # noqa: S311 - test data
TC1 = "TC1:" + base45.encode(b"\x84" + _RNG.randbytes(160))
HC1 = "HC1:" + base45.encode(b"\x78\x9c" + _RNG.randbytes(300))
CLAIM_169 = base45.encode(b"\x78\xda" + _RNG.randbytes(200))
NZCP = "NZCP:/1/" + base64.b32encode(_RNG.randbytes(200)).decode().rstrip("=")
SHC = "shc:/" + "".join(_RNG.choices("0123456789", k=600))
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln-_"
SD_JWT = JWT + "~WyJzYWx0Il0~WyJhIl0~"
TEXTS = {
    "tc1": TC1, "hc1": HC1, "claim 169": CLAIM_169, "nzcp": NZCP, "shc": SHC,
    "jwt": JWT, "sd-jwt": SD_JWT,
}  # fmt: skip
each = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
caseless = pytest.mark.parametrize("text", [TC1, HC1, CLAIM_169, NZCP])


def _wide(text: str) -> str:
    return "".join("\u3000" if c == " " else chr(ord(c) + 0xFEE0) for c in text)


@each
def test_a_text_in_order_is_unchanged(text: str) -> None:
    assert heal(text) == text


@settings(max_examples=300)
@given(st.binary(min_size=1, max_size=200))
def test_no_base45_text_ends_with_a_space_and_none_is_changed(data: bytes) -> None:
    body = base45.encode(data)
    assert not body.endswith(" ")
    text = "TC1:" + base45.encode(b"\x84" + data)
    assert heal(text) == text


@settings(max_examples=300)
@given(st.text(max_size=60) | st.sampled_from(sorted(TEXTS.values())).flatmap(
    lambda text: st.tuples(
        st.text(max_size=5), st.sampled_from((text, text.lower(), _wide(text))), st.text(max_size=5)
    ).map("".join)
))  # fmt: skip
def test_healing_twice_is_healing_once(text: str) -> None:
    assert heal(heal(text)) == heal(text)


@each
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "\r\n"), ("", "\n"), ("", "\t"), ("", "\0"), ("\ufeff", ""), ("\x02", "\x03\r"),
        ("  ", " "), ("]Q1", "\r"), ("\u200b", "\u200b"),
    ],
)  # fmt: skip
def test_what_scanners_put_around_is_dropped(before: str, after: str, text: str) -> None:
    assert heal(before + text + after) == text


@caseless
def test_lower_case_becomes_upper_where_the_alphabet_has_no_lower(text: str) -> None:
    assert heal(text.lower()) == text
    assert heal(text.swapcase()) == text


def test_a_health_card_s_prefix_becomes_lower_case() -> None:
    assert heal(SHC.upper()) == SHC


def test_a_token_in_another_case_is_beyond_healing() -> None:
    assert heal(JWT.lower()) == JWT.lower()
    assert heal(JWT.upper()) == JWT.upper()


@each
def test_full_width_forms_become_ascii(text: str) -> None:
    assert heal(_wide(text)) == text


def test_full_width_and_lower_case_and_line_ends_together() -> None:
    assert heal("\ufeff" + _wide(TC1.lower()) + "\r\n") == TC1


def test_keys_of_chinese_input_methods_become_ascii() -> None:
    typed = TC1.replace(".", "。").replace("$", "￥").replace(":", "：")
    assert typed != TC1
    assert heal(typed) == TC1
    assert heal(JWT.replace(".", "。").replace("_", "——")) == JWT


@pytest.mark.parametrize("text", [TC1, HC1, NZCP, SHC])
def test_a_doubled_prefix_is_taken_once(text: str) -> None:
    prefix = text[: text.index(":") + 1] + ("/" if text.startswith(("NZCP", "shc")) else "")
    assert heal(prefix + text) == text
    assert heal(prefix * 3 + text) == text


@each
@pytest.mark.parametrize("between", ["", "\r\n", "\n\n"])
def test_a_text_scanned_twice_is_taken_once(text: str, between: str) -> None:
    assert heal(text + between + text) == text


def test_line_breaks_inside_are_dropped_and_spaces_kept() -> None:
    assert " " in TC1
    wrapped = "\n".join(TC1[start : start + 40] for start in range(0, len(TC1), 40))
    assert heal(wrapped) == TC1


@each
@pytest.mark.parametrize(
    "url",
    [
        "https://check.example/#{}", "https://check.example/app?lang=zh#{}",
        "https://check.example/v?c={}", "https://check.example/v?lang=zh&c={}&x=1",
        "https://check.example/#/verify?c={}", "https://check.example/{}", "HTTPS://CHECK.EXAMPLE/#{}",
    ],
)  # fmt: skip
def test_a_text_comes_out_of_a_url(url: str, text: str) -> None:
    assert heal(url.format(quote(text, safe=""))) == text
    assert heal(url.format(quote_plus(text))) == text


@pytest.mark.parametrize("text", [TC1, HC1])
def test_a_bare_text_comes_out_of_a_fragment(text: str) -> None:
    assert heal("https://check.example/#" + text) == text


def test_a_url_that_reads_in_two_ways_is_left_alone() -> None:
    ambiguous = "https://check.example/?c=TC1:0+0"
    assert base45.decode("0 0")
    assert base45.decode("0+0")
    assert heal(ambiguous) == ambiguous


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "https://example.org/page?x=1#top", "WIFI:S:name;P:pass;;", "张三 　李四",
        '{"name":"ＡＢ　Ｃ"}', "A\nB", "6bf is not one, is it? no",
        "ncf party of the four seasons, no credential",
        "ncf party of the four seasons no credential",
        "tc2:abc", "a]Q1b", "shc",
    ],
)  # fmt: skip
def test_what_is_no_credential_is_left_alone(text: str) -> None:
    assert heal(text) == text


def test_a_huge_text_is_left_alone() -> None:
    text = "tc1:" + "a" * (4 * TEXT_CHARACTERS)
    assert heal(text) is text
    heal("https://x/?" + "&".join("a" * 10 for _ in range(2_000)))


@given(st.text(max_size=300))
def test_any_text_heals_to_a_text(text: str) -> None:
    assert isinstance(heal(text), str)
