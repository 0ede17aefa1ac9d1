"""S9: names with characters that old systems do not have."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.scenarios.country import person, policy, proof, signed, t, verifier

from trustcert.claims.holders import same_name
from trustcert.report import Verdict

NOW = t("2026-03-02 09:00")
JUDGE = verifier(policy())
RARE = ["王㛃", "胡𠅤𬭎", "李䶮", "陈\ue863", "\uf900明", "\u9fb4"]


@pytest.mark.parametrize("name", RARE)
def test_names_are_signed_code_point_by_code_point(name: str) -> None:
    credential = JUDGE.verify(signed(proof(NOW - 3600, holder=person(name))), at=NOW)
    assert credential.claims.holder.name == name
    assert credential.report.holder is not None
    assert "?" not in credential.report.holder


def test_what_old_systems_wrote_is_the_same_name_to_a_reader() -> None:
    assert same_name(person("李䶮"), "李\ue863")
    assert same_name(person("\uf900明"), "豈明")


def test_variants_only_the_issuer_can_declare() -> None:
    holder = person("王𠅤")
    assert not same_name(holder, "王惠")
    declared = structs.replace(holder, name_variants=("惠恵𠅤",), name_aliases=("WANG HUI",))
    assert same_name(declared, "王惠")
    assert same_name(declared, "Wang Hui")
    assert not same_name(declared, "王伟")
    credential = JUDGE.verify(signed(proof(NOW - 3600, holder=declared)), at=NOW)
    assert credential.claims.holder.name_variants == ("惠恵𠅤",)
    assert credential.report.verdict is Verdict.VALID


def test_a_screen_without_the_character_has_a_name_to_fall_back_on() -> None:
    holder = person("胡𬭎", name_latin="HU HONG")
    assert (
        JUDGE.verify(signed(proof(NOW - 3600, holder=holder)), at=NOW).claims.holder.name_latin
        == "HU HONG"
    )
