"""Inspection shows every layer of every format, and never raises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.vectors import listed, vectors
from tests.support import proof, signer

from trustcert import formats
from trustcert.encoding import base64url, json
from trustcert.formats import compact, jwt, sdjwt
from trustcert.formats.inspection import Inspection, inspect


def layer(found: Inspection, name: str) -> Any:
    return next(entry.content for entry in found.layers if entry.name == name)


@pytest.mark.parametrize("form", [compact, jwt, sdjwt])
def test_native_forms(form: Any) -> None:
    found = inspect(form.encode(proof(), signer()))
    assert (found.format, found.problems) == (form.NAME, ())
    assert len(found.layers) >= 4
    json.encode([entry.content for entry in found.layers])


def test_an_eu_certificate() -> None:
    vectors("eu-dcc")
    text = next(v["PREFIX"] for v in listed("eu-dcc/vectors.json") if "AT/" in v["name"])
    found = inspect(text)
    assert [entry.name for entry in found.layers[:4]] == ["text", "base45", "zlib", "cose"]
    assert layer(found, "cose")["tags"] == [18]
    assert layer(found, "cose.payload")["1"] == "AT"
    assert found.problems == ()


def test_a_health_card_is_inflated() -> None:
    folder = vectors("shc")
    text = (folder / "example-00-f-qr-code-numeric-value-0.txt").read_text().strip()
    found = inspect(text)
    assert layer(found, "jws.header")["zip"] == "DEF"
    assert "vc" in layer(found, "jws.payload")


def test_a_mobile_document_shows_its_elements() -> None:
    vectors("mdoc")
    text = base64url.encode(bytes.fromhex(listed("mdoc/vectors.json")[0]["hex"]))
    found = inspect(text)
    names = [e.content["elementIdentifier"] for e in found.layers if "org.iso" in e.name]
    assert "family_name" in names


def test_what_is_wrong_is_said() -> None:
    assert inspect("hello").problems == ("refused: no credential format begins like this",)
    broken = inspect("HC1:6BF%%%%")
    assert broken.format == "hcert"
    assert any(problem.startswith("refused: ") for problem in broken.problems)
    unsigned = next(iter((vectors("claim-169") / "valid").glob("minimal.json")))
    text = json.decode(unsigned.read_bytes(), limit=1 << 20)["qr_data"]
    assert "nobody signed it" in inspect(text).problems


@given(
    st.text()
    | st.sampled_from(["TC1:", "HC1:", "shc:/", "NZCP:/1/", "6BF", "{"]).flatmap(
        lambda prefix: st.text().map(lambda rest: prefix + rest)
    )
)
def test_it_never_raises(text: str) -> None:
    found = inspect(text)
    assert (found.format is None) is (formats.recognise(text) is None)
    json.encode([entry.content for entry in found.layers])
