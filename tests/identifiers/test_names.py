from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.errors import LimitExceededError
from trustcert.identifiers.names import begins, match_key, matches

UYGHUR = "古丽娜尔·阿不都热依木"
NAMES = st.text(max_size=30)
LIKELY_NAMES = st.text(
    st.characters(max_codepoint=0x17F, categories=["Lu", "Ll"])
    | st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
    | st.characters(min_codepoint=0xE815, max_codepoint=0xE864)
    | st.characters(min_codepoint=0xF900, max_codepoint=0xFAD9)
    | st.sampled_from("·•・.- '"),
    max_size=30,
)


@pytest.mark.parametrize("dot", [*"·•・‧⋅．.･∙●", "··", " · "])
def test_every_dot_is_the_same_dot(dot: str) -> None:
    other = UYGHUR.replace("·", dot)
    assert match_key(other) == UYGHUR
    assert matches(UYGHUR, other)


def test_no_dot_at_all_matches_any_dot() -> None:
    assert matches(UYGHUR, UYGHUR.replace("·", ""))
    assert matches(UYGHUR.replace("·", ""), UYGHUR.replace("·", "•"))
    assert not matches("古丽·娜尔", "古丽娜·尔")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("张伟", "张 伟"),
        ("张伟", "　张伟\t"),
        ("张伟", "\ufeff张\u200b伟"),
        ("葛城", "葛\U000e0100城"),  # an ideographic variation sequence
        ("䶮", "\ue863"),  # GBK's private use
        ("\U00020087", "\ue816"),
        ("\u9fbb", "\ue864"),
        ("\u8c48", "\uf900"),  # compatibility ideographs
        ("\u8046", "\uf9b0"),
        ("\u5140", "\ufa0c"),
        ("成都某某（集团）有限公司", "成都某某(集团)有限公司"),
        ("ＺＨＡＮＧ ＷＥＩ", "zhang wei"),
        ("ZHANG WEI", "Wei Zhang"),
        ("ZHANG, WEI", "ZhangWei"),
        ("XI'AN LI", "LI XIAN"),
        ("LI XI’AN", "LI XI'AN"),
        ("O´NEIL", "ONEIL"),
        ("Hu Zhi-Ming", "HU ZHIMING"),
        ("Müller", "MUELLER"),
        ("Müller", "MULLER"),
        ("MU\u0308LLER", "Müller"),
        ("Jørgen Åsa", "JOERGEN AASA"),
        ("Strauß", "STRAUSS"),
        ("Łukasz", "LUKASZ"),
        ("LÜ MING", "LYU MING"),
        ("LÜ MING", "LV MING"),
        ("LÜ MING", "LU MING"),
        ("LYU MING", "LV MING"),
        ("Nǚ Lǜe", "NV LVE"),
        ("J. R. SMITH", "J R SMITH"),
        ("Ḿ", "\ue7c7"),
    ],
)
def test_spellings_of_one_name(a: str, b: str) -> None:
    assert matches(a, b)
    assert matches(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("张伟", "张玮"),
        ("张伟", "伟张"),
        ("张伟", "张伟伟"),
        ("张伟", "ZHANG WEI"),
        ("惠", "恵"),
        ("ZHANG WEI", "ZHANG WEN"),
        ("JOHN A SMITH", "A SMITH B JOHN"),
        ("LV", "LU"),
        ("", ""),
        ("", "张伟"),
        (" ", " "),
        ("·", "·"),
        ("·", "张"),
        ("-", "'"),
    ],
)
def test_different_names(a: str, b: str) -> None:
    assert not matches(a, b)
    assert not matches(b, a)


def test_what_only_the_issuer_can_declare() -> None:
    assert matches("胡志君", "HU ZHIJUN", aliases=("HU ZHIJUN",))
    assert not matches("胡志君", "HU ZHIMING", aliases=("HU ZHIJUN",))
    assert matches("王𠅤", "王惠", variants=("惠恵𠅤",))
    assert matches("王恵", "王𠅤", variants=("惠恵𠅤",))
    assert match_key("王𠅤", variants=("惠恵𠅤",)) == match_key("王惠")
    assert not matches("王恵", "王慧", variants=("惠恵𠅤",))
    assert matches("王𠅤", "WANG HUI", aliases=("王恵", "Wang Hui"), variants=iter(["惠恵𠅤"]))
    assert matches("王惠", "王惠", variants=("",))
    assert matches("王\ufa0c", "王\ue863", variants=("\ufa0c\ue863",))


def test_the_whole_gbk_extension_agrees_with_the_codec_of_gb18030() -> None:
    pairs = [bytes([0xFE, low]) for low in (*range(0x50, 0x7F), *range(0x80, 0xA1))]
    private = 0
    for offset, pair in enumerate(pairs):
        character = pair.decode("gb18030")
        if "\ue000" <= character <= "\uf8ff":  # the codec is of 2005: mapped since
            private += 1
            assert ord(character) == 0xE815 + offset
            assert unicodedata.category(match_key(character)) == "Lo"
        else:
            assert match_key(chr(0xE815 + offset)) == match_key(character)
    assert (len(pairs), private) == (80, 14)


@pytest.mark.parametrize(
    ("words", "name", "fits"),
    [
        (["NILAVADHANANANDA", "CHAYAPA", "DEJ"], "Nilavadhanananda Chayapa Dejthamrong", True),
        (["N", "C"], "Chayapa Nilavadhanananda", True),
        (["SMITH", "JOHN"], "John Smith", True),
        (["SMITH", "JOHN", "A"], "John Smith", False),
        (["SMYTH"], "John Smith", False),
        ([], "John Smith", False),
        ([""], "John Smith", False),
        (["A"], "", False),
    ],
)
def test_a_cut_name_fits_what_it_begins(words: list[str], name: str, fits: bool) -> None:  # noqa: FBT001
    assert begins(words, name) is fits


@given(NAMES)
def test_a_name_matches_itself_in_every_normal_form(name: str) -> None:
    if not match_key(name):
        assert not matches(name, name)
        return
    assert matches(name, name)
    for form in ("NFC", "NFD"):
        assert matches(name, unicodedata.normalize(form, name)[:120])


@given(NAMES, NAMES)
def test_matching_is_symmetric_and_follows_the_key(a: str, b: str) -> None:
    assert matches(a, b) == matches(b, a)
    if match_key(a) and match_key(a) == match_key(b):
        assert matches(a, b)


@given(LIKELY_NAMES)
def test_case_width_and_invisible_characters_do_not_count(name: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "A" <= c <= "z" and c.isalpha() else c for c in name)
    loud = "".join(c.upper() if c.isascii() else c for c in name)
    for other in (wide, loud, f"\u3000{name}\ufe0f\u200b "):
        assert match_key(other) == match_key(name)


def test_a_name_beyond_the_limit_is_refused() -> None:
    long = "古" * 121
    for act in (lambda: match_key(long), lambda: matches("古", long), lambda: begins(["G"], long)):
        with pytest.raises(LimitExceededError):
            act()
