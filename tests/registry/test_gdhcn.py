"""WHO's development lists: verified offline, each method imported or passed over with a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.registry.simulator import vectors

from trustcert.errors import MalformedError, TrustcertError, TrustError, UnsupportedError
from trustcert.keys import PublicKey
from trustcert.registry import gdhcn, imports

TYPES = ("vaccination", "test_result", "recovery", "health_record")


def folder() -> Path:
    return vectors("gdhcn")


def signer() -> PublicKey:
    document = json.loads((folder() / "who-signing-dev.json").read_text())
    return PublicKey.from_jwk(document["verificationMethod"][0]["publicKeyJwk"])


def test_each_method_of_the_list_is_imported_or_passed_over_with_a_line() -> None:
    document = json.loads((folder() / "trustlist-v2-dev.json").read_text())
    gdhcn.verify(document, signer())
    passed: list[str] = []
    listed = gdhcn.read(document, passed=passed)
    assert len(listed) + len(passed) == 255
    assert len(listed) > 80
    assert all(entry.names for entry in listed)
    data = (folder() / "trustlist-v2-dev.json").read_bytes()
    found = imports.read(data, types=TYPES, signed_by=signer())
    assert {issuer.id for issuer, _ in found.issuers} >= {"CL", "BR"}


def test_a_list_of_references_verifies_and_gives_no_key() -> None:
    document = json.loads((folder() / "trustlist-v2-dev-by-reference.json").read_text())
    gdhcn.verify(document, signer())
    with pytest.raises(UnsupportedError, match="reference to another list"):
        gdhcn.read(document, passed=[])


def test_the_older_list_is_taken_only_unverified() -> None:
    data = (folder() / "trustlist-v1-dev.json").read_bytes()
    with pytest.raises(TrustError, match="--signed-by"):
        imports.read(data, types=TYPES)
    with pytest.raises(TrustcertError):
        imports.read(data, types=TYPES, signed_by=signer())
    found = imports.read(data, types=TYPES, unsigned=True)
    assert "--insecure-unsigned" in found.passed_over[0]
    assert "NL" in {issuer.id for issuer, _ in found.issuers}


@pytest.mark.parametrize("place", [300, 5_000, 60_000, 200_000, 398_000])
def test_one_changed_byte_is_refused(place: int) -> None:
    data = bytearray((folder() / "trustlist-v2-dev.json").read_bytes())
    while not chr(data[place]).isalnum():
        place += 1
    data[place] = ord("B") if data[place] != ord("B") else ord("C")
    with pytest.raises((TrustError, MalformedError, UnsupportedError)):
        imports.read(bytes(data), types=TYPES, signed_by=signer())


def test_an_alias_is_added_to_the_issuer_that_it_names() -> None:
    data = (folder() / "trustlist-v2-dev.json").read_bytes()
    found = imports.read(data, types=TYPES, signed_by=signer())
    named = imports.with_aliases(found, [("CL", "Ministerio de Salud")])
    (issuer,) = [issuer for issuer, _ in named.issuers if issuer.id == "CL"]
    assert {"CL", "CHL", "Ministerio de Salud"} <= issuer.names
    with pytest.raises(MalformedError, match="no issuer ZZ"):
        imports.with_aliases(found, [("ZZ", "x")])
