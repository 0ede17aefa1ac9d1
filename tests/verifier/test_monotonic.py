"""What is left out, added or reordered never makes a credential VALID that was not."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support import NOW, guangdong, proof, signer

from trustcert import presentation
from trustcert.formats import Challenge, compact, sdjwt
from trustcert.policy import Circumstances, Companion
from trustcert.report import Verdict

HOLDER = signer("holder")
GOOD = replace(proof(), holder_key=HOLDER.public_key)
EXPIRED = replace(GOOD, expires=NOW - 1)
BESIDE = Companion(claims=GOOD, issuer="CN-99")  # an issuer that the policy does not recognise
VERIFIER = guangdong()


def verdict(text: str, known: Circumstances | None = None) -> Verdict:
    return VERIFIER.check(text, at=NOW, circumstances=known or Circumstances()).verdict


def shown(form: Any, claims: Any) -> list[str]:
    text = form.encode(claims, signer())
    live = presentation.present(text, HOLDER, at=NOW)
    answered = presentation.answer(text, HOLDER, at=NOW, nonce="n-0S6", audience="gate")
    return [text, live, answered]


FORMS = (compact, sdjwt)
REFUSED = [text for form in FORMS for text in shown(form, EXPIRED)]
ACCEPTED = [text for form in FORMS for text in shown(form, GOOD)]
PLACES = st.integers(0, 10_000)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(REFUSED), PLACES, PLACES, PLACES, st.sampled_from(["drop", "swap", "add"]))
def test_no_cut_order_or_addition_of_a_text_makes_it_valid(
    text: str, first: int, second: int, third: int, how: str
) -> None:
    assert verdict(text) is not Verdict.VALID
    one, two, three = sorted(place % (len(text) + 1) for place in (first, second, third))
    changed = {
        "drop": text[:one] + text[two:],
        "swap": text[:one] + text[two:three] + text[one:two] + text[three:],
        "add": text[:one] + text[two:three] + text[one:],
    }[how]
    assert verdict(changed) is not Verdict.VALID


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=12))
def test_no_choice_or_order_of_disclosures_makes_it_valid(chosen: list[int]) -> None:
    first, *rest = sdjwt.encode(EXPIRED, signer()).split("~")
    disclosures = [part for part in rest if part]
    parts = [disclosures[index % len(disclosures)] for index in chosen if disclosures]
    assert verdict("~".join([first, *parts, ""])) is not Verdict.VALID


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(REFUSED + ACCEPTED),
    st.sampled_from([None, Challenge(audience="gate", nonce="n-0S6")]),
    st.sampled_from([None, "gate", "elsewhere"]),
    st.integers(0, 2),
)
def test_no_more_known_makes_it_valid(
    text: str, challenge: Challenge | None, here: str | None, beside: int
) -> None:
    known = Circumstances(challenge=challenge, here=here, companions=(BESIDE,) * beside)
    if verdict(text) is not Verdict.VALID:
        assert verdict(text, known) is not Verdict.VALID


def test_the_same_texts_are_valid_where_the_credential_is() -> None:
    assert {verdict(text) for text in ACCEPTED} == {Verdict.VALID}
