"""S10: names with a dot, which every system writes as another character."""

from __future__ import annotations

import pytest
from tests.scenarios.country import person, policy, proof, signed, t, verifier

from trustcert.claims.holders import same_name

NOW = t("2026-03-02 09:00")
NAME = "古丽娜尔·阿不都热依木"


@pytest.mark.parametrize("dot", ["·", "•", "・", "‧", "⋅", "．", ".", ""])
def test_every_dot_is_the_same_name(dot: str) -> None:
    assert same_name(person(NAME), NAME.replace("·", dot))


def test_it_is_signed_with_the_dot_that_the_issuer_wrote() -> None:
    written = NAME.replace("·", "•")
    found = verifier(policy()).verify(signed(proof(NOW - 3600, holder=person(written))), at=NOW)
    assert found.claims.holder.name == written
    assert found.report.holder == "古***木"


def test_thirty_characters_and_more() -> None:
    name = "阿卜杜热西提·" * 5 + "买买提"
    assert len(name) > 30
    text = signed(proof(NOW - 3600, holder=person(name)))
    assert verifier(policy()).verify(text, at=NOW).claims.holder.name == name
