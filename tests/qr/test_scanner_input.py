from __future__ import annotations

import base64
import random
import re
import sys
import unicodedata
from collections import Counter
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support import NOW, proof, signer

from trustcert.encoding import base45
from trustcert.issuer import issue
from trustcert.limits import TEXT_CHARACTERS
from trustcert.presentation import present
from trustcert.qr import heal, other_layouts, signed_reading, split
from trustcert.qr.scanner_input import LAYOUTS

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


@each
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\\000026", "\r"), ("]Q2\\000026", ""), ("、000026", ""), ("“", "”"), ('"', '"'),
        ("'", "'"), ("【", "】"), ("「", "」"), ("", "。"), ("【", "。】"), ("\u200e", "\u200f"),
        ("\u2066", "\u2069"),
    ],
)  # fmt: skip
def test_what_people_and_input_methods_put_around_is_dropped(
    before: str, after: str, text: str
) -> None:
    assert heal(before + text + after) == text


@pytest.mark.parametrize("text", [TC1, HC1, NZCP, SHC])
@pytest.mark.parametrize(
    "before", ["2026-11-29 17:05:33 ", "20261129170533,", "Q", "s", "8J3%A0 ", "scan: ", "P00"]
)
def test_what_stands_in_front_of_a_prefix_is_dropped(before: str, text: str) -> None:
    assert heal(before + text) == text
    assert heal(before + text.lower()) == text


def test_what_binds_a_presentation_is_never_cut_off() -> None:
    shown = "TCL1:" + base45.encode(_RNG.randbytes(40)) + TC1
    for text in (shown, "8J3" + shown, shown.lower(), shown + TC1):
        assert heal(text) not in {TC1, TC1.lower()}
        assert split(text) == (heal(text),)
    long = "0" * 65 + TC1
    assert heal(long) == long


def test_a_prefix_in_a_sentence_is_no_credential() -> None:
    for text in ("see TC1: the format", "about HC1:ABC, and more", "shc:/ is a scheme"):
        assert heal("on " + text) == "on " + text


def test_signs_of_input_methods_have_one_reading_in_base45() -> None:
    text = "TC1:" + base45.encode(b"\x84" + bytes(range(256)) * 2)
    assert set("/*-") <= set(text)
    typed = text.translate({ord("/"): "、", ord("*"): "×", ord("-"): "－"})
    assert heal(typed) == text
    for dash in "‐‑‒–—―−⸺﹣":
        assert heal(text.replace("-", dash).replace("/", "÷")) == text


def test_invisible_marks_inside_are_dropped() -> None:
    marked = "\u2060".join(TC1[:40]) + "\u00ad" + TC1[40:80] + "\ufe0f\u200d" + TC1[80:]
    assert heal(marked) == TC1


@pytest.mark.parametrize("text", [JWT, SD_JWT])
def test_a_token_typed_with_caps_lock_gets_its_case_back(text: str) -> None:
    assert heal(text.swapcase()) == text


def test_two_texts_without_an_end_between_them_are_two() -> None:
    assert split(TC1 + HC1) == (TC1, HC1)
    assert split(HC1.lower() + "\r" + TC1 + "\n") == (HC1, TC1)
    assert split(SHC + SHC) == (SHC,)
    for text in TEXTS.values():
        assert split(text + "\r\n") == (text,)
    assert split("nothing at all") == ("nothing at all",)


_US_KEYS = (
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
)


@each
@pytest.mark.parametrize("layout", LAYOUTS)
def test_another_keyboard_layout_is_undone_where_the_signature_says_so(
    layout: str, text: str
) -> None:
    typed = text.translate(dict(zip(map(ord, _US_KEYS), LAYOUTS[layout], strict=True)))
    if text == CLAIM_169:
        return  # no prefix says what it is
    assert typed != text
    assert dict(other_layouts(typed))[layout] == text
    assert signed_reading(typed + "\r\n", text.__eq__) == (text, layout)
    assert signed_reading(typed, lambda _: False) == (heal(typed), "")
    assert signed_reading(text, text.__eq__) == (text, "")


def test_a_dead_key_s_letter_is_taken_apart() -> None:
    text = "TC1:" + base45.encode(b"\x84" + _RNG.randbytes(4_000))
    assert "+A" in text
    typed = text.translate(dict(zip(map(ord, _US_KEYS), LAYOUTS["QWERTZ (German)"], strict=True)))
    composed = unicodedata.normalize("NFC", re.sub("`([AEIOU])", "\\1\u0300", typed))
    assert "À" in composed
    assert dict(other_layouts(composed))["QWERTZ (German)"] == text


@given(st.text(max_size=300))
def test_any_text_splits_and_is_tried_on_other_layouts(text: str) -> None:
    assert all(isinstance(part, str) for part in split(text))
    list(other_layouts(text))


def test_many_prefixes_cost_no_more_than_other_characters() -> None:
    calls: Counter[str] = Counter()
    for length in (1_000, 4_000):
        text = "tc1:" * length

        def profile(_frame: object, event: str, _arg: object, key: str = str(length)) -> None:
            calls[key] += event in {"call", "c_call"}

        sys.setprofile(profile)
        try:
            heal(text)
        finally:
            sys.setprofile(None)
    assert calls["4000"] < 2 * calls["1000"]


def test_a_huge_text_is_left_alone() -> None:
    text = "tc1:" + "a" * (4 * TEXT_CHARACTERS)
    assert heal(text) is text
    heal("https://x/?" + "&".join("a" * 10 for _ in range(2_000)))


@given(st.text(max_size=300))
def test_any_text_heals_to_a_text(text: str) -> None:
    assert isinstance(heal(text), str)


def test_a_presentation_stays_whole_whatever_a_scanner_did_to_it() -> None:
    key = signer("holder")
    claims = replace(proof(), holder_key=key.public_key)
    shown = present(issue(claims, signer()), key, at=NOW)
    assert shown.startswith("TCL1:")
    for typed in (shown, shown.lower(), f"]Q1{shown}\r\n", f"{shown}\n"):
        assert heal(typed) == shown
