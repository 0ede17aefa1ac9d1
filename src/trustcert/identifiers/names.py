"""Names: signed exactly, matched tolerantly.

What an issuer signs are its code points as they are. Nothing here is for signing: Unicode
normalisation would turn compatibility ideographs of real names into others (U+F900 into U+8C48),
and an encoding step would turn rare characters into question marks. Two names are compared by
keys that never leave this module's callers:

* legacy private-use code points of GBK become the characters of GB 18030 (U+E863 is 䶮);
* compatibility ideographs, full-width and half-width forms, and case are folded (NFKC);
* variation selectors, invisible characters and spaces are dropped;
* every dot that stands between the parts of a name becomes U+00B7; where one of two names has
  no dots at all, dots do not count;
* Latin names lose their diacritics (or spell them out, ä as ae), hyphens, apostrophes and dots;
  ü is also read as v and yu (LÜ, LV, LYU); any rotation of the words is the same name, since
  family names stand first or last.

Which characters one person writes in several ways (惠, 恵, 𠅤) only the issuer knows: it declares
``variants``, groups of characters, or ``aliases``, whole other names such as the pinyin. A match
of names is a hint; the number, or its digest, decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from trustcert.errors import LimitExceededError
from trustcert.identifiers.entry import invisible
from trustcert.limits import NAME_CHARACTERS

__all__ = [
    "DOT",
    "begins",
    "match_key",
    "matches",
]

DOT: Final = "\N{MIDDLE DOT}"
"""The dot that all dots of names are compared as."""

_DOTS: Final = str.maketrans(
    dict.fromkeys("\u2022\u30fb\u2027\u22c5\u2219\u25cf\u2e31\ua78f.", DOT)
)

# GBK's FE50 to FE7E and FE80 to FEA0, in order, which old systems hold as U+E815 to U+E864.
# Fourteen were private in GB 18030-2005 still: eight are U+9FB4 to U+9FBB, six of Extension B.
_GBK_EXTENSION: Final = (
    "⺁\U00020087\U00020089\U000200cc⺄㑳㑇⺈⺋\u9fb4㖞㘚㘎⺌⺗㥮㤘\u9fb5㧏㧟㩳㧐\u9fb6\u9fb7㭎㱮㳠⺧"
    "\U000215d7\u9fb8⺪䁖䅟⺮䌷⺳⺶⺷\U0002298f䎱䎬⺻䏝䓖䙡䙌\u9fb9䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶"
    "\u9fba\U000241fe䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮\u9fbb"
)
_PRIVATE_USE: Final = str.maketrans(
    {0xE815 + i: character for i, character in enumerate(_GBK_EXTENSION)}
    | {0xE7C7: "\u1e3f", 0xE7C8: "\u01f9"}  # ḿ and ǹ of pinyin
)

_LETTERS: Final = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "oe", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ı": "i", "ŋ": "n"}
)
_SPELLED_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"})
_PINYIN_U: Final = re.compile(r"(?<=[ln])(?:[üǖǘǚǜ]|v(?=e?\b))")
_WORD_ENDS: Final = re.compile(rf"[\s,{DOT}\-\u2010-\u2015]+")
_APOSTROPHES: Final = re.compile(r"['\u2018\u2019\u02bc`]")


def match_key(name: str, *, variants: Iterable[str] = ()) -> str:
    """Return the key under which spellings of one name are the same; never sign or show it.

    Each of ``variants`` is a group of characters that the issuer takes for one (``惠恵𠅤``).

    Raises:
        LimitExceededError: longer than :data:`~trustcert.limits.NAME_CHARACTERS`.
    """
    folded = _folded(name, variants)
    return "".join(_words(folded, _pinyin)) if _is_latin(folded) else _joined(folded)


def matches(
    signed: str, shown: str, *, aliases: Iterable[str] = (), variants: Iterable[str] = ()
) -> bool:
    """Decide whether two spellings may be of one name; an empty name matches nothing.

    ``aliases`` are other names of the same holder that the issuer declared, as the pinyin;
    ``variants`` are groups of characters that it takes for one.

    Raises:
        LimitExceededError: one is longer than :data:`~trustcert.limits.NAME_CHARACTERS`.
    """
    groups = tuple(variants)
    other = _folded(shown, groups)
    return any(_same(_folded(name, groups), other) for name in (signed, *aliases))


def begins(words: Sequence[str], name: str) -> bool:
    """Decide whether ``words`` abbreviate ``name``: each begins the word at its place.

    Raises:
        LimitExceededError: longer than :data:`~trustcert.limits.NAME_CHARACTERS`.
    """
    starts = [word.casefold() for word in words if word]
    return bool(starts) and any(
        len(starts) <= len(turned)
        and all(word.startswith(start) for start, word in zip(starts, turned, strict=False))
        for spelled in _spellings(_folded(name, ()))
        for turned in _rotations(spelled)
    )


def _folded(name: str, variants: Iterable[str]) -> str:
    if len(name) > NAME_CHARACTERS:
        raise LimitExceededError(f"name of over {NAME_CHARACTERS} characters")
    text = unicodedata.normalize("NFKC", _compatible(name).casefold())
    text = "".join(c for c in text if c.isspace() or not (invisible(c) or _is_selector(c)))
    text = text.translate(_DOTS)
    for group in variants:
        known = _compatible(group)
        text = text.translate(dict.fromkeys(map(ord, known), known[:1]))
    return text.strip()


def _compatible(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(_PRIVATE_USE))


def _same(a: str, b: str) -> bool:
    if _is_latin(a) and _is_latin(b):
        return not _latin_forms(a).isdisjoint(_latin_forms(b))
    one, two = _joined(a), _joined(b)
    if DOT in one and DOT in two:
        return one == two
    return bool(one) and one.replace(DOT, "") == two.replace(DOT, "")


def _latin_forms(text: str) -> set[str]:
    turned = (words for spelled in _spellings(text) for words in _rotations(spelled))
    return {"".join(words) for words in turned} - {""}


def _spellings(text: str) -> Iterator[list[str]]:
    yield _words(text, _pinyin)
    yield _words(text, str)
    yield _words(text, lambda t: t.translate(_SPELLED_OUT))


def _words(text: str, spell: Callable[[str], str]) -> list[str]:
    """Return the words of a Latin name, without marks."""
    plain = _without_marks(spell(_APOSTROPHES.sub("", text)).translate(_LETTERS))
    return [word for word in _WORD_ENDS.split(plain) if word]


def _rotations(words: list[str]) -> Iterator[list[str]]:
    for turn in range(len(words)):
        yield words[turn:] + words[:turn]


def _pinyin(text: str) -> str:
    return _PINYIN_U.sub("yu", text)


def _joined(text: str) -> str:
    return re.sub(f"{DOT}+", DOT, "".join(text.split())).strip(DOT)


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")


def _is_latin(text: str) -> bool:
    return all(unicodedata.name(c, "").startswith("LATIN") for c in text if c.isalpha())


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
