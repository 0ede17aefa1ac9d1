"""Metadata of TUF, read and written back to what is signed as python-tuf does, but faster."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.simulator import world
from tuf.api.metadata import Root, Snapshot, Targets, Timestamp
from tuf.api.serialization.json import CanonicalJSONSerializer

from trustcert.errors import TrustError
from trustcert.registry.metadata import kind_of, parse, signed_bytes

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
MADE = world(at=1_700_000_000)


@given(VALUES, st.sampled_from(sorted(MADE.repository.metadata)))
def test_what_is_signed_is_the_canonical_form_of_python_tuf(value: Any, role: str) -> None:
    document = json.loads(MADE.repository.metadata[role].to_bytes())
    document["signed"]["x-more"] = value
    kind: type[Any] = kind_of(role)
    signed = parse(kind, json.dumps(document).encode(), role).signed
    assert signed_bytes(signed) == CanonicalJSONSerializer().serialize(signed)


@pytest.mark.parametrize("text", ["a\nb", '"', "\\", "\\n", '\\"\n', "\x00\x1f\x7f", "\\u000a"])
def test_each_escape_is_undone_but_those_that_must_stay(text: str) -> None:
    document = json.loads(MADE.repository.metadata["targets"].to_bytes())
    document["signed"]["x-more"] = {text: text}
    signed = parse(Targets, json.dumps(document).encode(), "targets").signed
    assert signed_bytes(signed) == CanonicalJSONSerializer().serialize(signed)


@pytest.mark.parametrize("number", ["1.5", "1e3", "NaN", "-Infinity"])
def test_a_number_that_the_canonical_form_does_not_know_is_refused(number: str) -> None:
    text = MADE.repository.metadata["timestamp"].to_bytes().decode()
    with pytest.raises(TrustError, match="not TUF metadata"):
        parse(Timestamp, text.replace('"signed":{', f'"signed":{{"x-more":{number},').encode(), "t")


@pytest.mark.parametrize("kind", [Root, Snapshot, Timestamp])
def test_metadata_of_another_kind_or_encoding_is_refused(kind: type[Any]) -> None:
    data = MADE.repository.metadata["targets"].to_bytes()
    with pytest.raises(TrustError, match=f"is targets metadata, not {kind.type}"):
        parse(kind, data, "targets.json")
    with pytest.raises(TrustError, match="not TUF metadata"):
        parse(Targets, data.decode().encode("utf-16"), "targets.json")


@given(st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(TrustError):
        parse(Targets, data, "targets.json")
