"""Samples of ISO 18013-5 documents: seven good ones, one altered, two that end in a reason."""

from __future__ import annotations

from typing import Any

import pytest
from tests.formats.vectors import judged, listed, needs

from trustcert import formats
from trustcert.claims import CredentialType
from trustcert.encoding import base64url, cbor, cbor_spans
from trustcert.errors import MalformedError
from trustcert.formats import mdoc
from trustcert.keys import certificate
from trustcert.registry.anchors import Anchor, ForeignTrust
from trustcert.registry.pinned import PinnedTrust
from trustcert.report import Reason, Step, Verdict

VECTORS = listed("mdoc/vectors.json")
OUTCOMES = {
    "example/example3.tests.ts": Reason.CLAIMS_MALFORMED,
    "parser/deviceResponse.tests.ts": Reason.CLAIMS_MALFORMED,
    "parser/deviceResponse2.tests.ts": Reason.KEY_UNKNOWN,
}
"""What is wrong with those that are not good, as the vectors' own page says."""


def text_of(vector: dict[str, Any]) -> str:
    return base64url.encode(bytes.fromhex(vector["hex"]))


def trust(text: str) -> ForeignTrust:
    """The authorities are not among the vectors: each signer's certificate is pinned."""
    chain = formats.decode(text).certificates
    country = certificate.read(chain[0]).country if chain else None
    anchors = [
        Anchor(certificate=chain[0], issuer=country, names=frozenset({country}))
        for _ in range(1)
        if chain and country
    ]
    return ForeignTrust(PinnedTrust([]), anchors=anchors)


def moment(text: str) -> int:
    """A second after the document was signed."""
    outer = cbor.decode(formats.decode(text).payload, tags=mdoc._TAGS)
    if type(outer) is dict:
        return 1_693_411_065
    mso = cbor.decode(outer.value, tags=mdoc._TAGS)
    return mdoc._time(mso["validityInfo"], "signed") + 1


def test_there_are_nine() -> None:
    assert not VECTORS or len(VECTORS) == 9


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["source"])
def test_each_has_its_outcome(vector: dict[str, Any]) -> None:
    text = text_of(vector)
    report, claims = judged(trust(text), text, moment(text))
    expected = OUTCOMES.get(vector["source"])
    if expected is not None:
        assert report.verdict is not Verdict.VALID
        assert expected in report.reasons, report
        return
    assert {finding.step for finding in report.objections} <= {Step.POLICY}, report
    assert claims is not None
    assert claims.type is CredentialType.LICENCE
    assert claims.holder_key is not None


@needs(VECTORS)
def test_the_altered_element_is_named() -> None:
    vector = next(v for v in VECTORS if v["source"] == "example/example3.tests.ts")
    text = text_of(vector)
    report, _ = judged(trust(text), text, moment(text))
    place = "claims.nameSpaces.org.iso.18013.5.1.family_name"
    assert [f.where for f in report.objections] == [place]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["source"])
def test_a_chain_that_nobody_pinned_proves_nothing(vector: dict[str, Any]) -> None:
    report, _ = judged(PinnedTrust([]), text_of(vector), 1_700_000_000)
    assert report.reasons == (Reason.KEY_UNKNOWN,)


@needs(VECTORS)
def test_an_issuer_signed_alone_is_read_too() -> None:
    data = bytes.fromhex(VECTORS[0]["hex"])
    document = cbor_spans.array_spans(data, cbor_spans.map_spans(data, 0)["documents"][0])[0][0]
    span = cbor_spans.map_spans(data, document)["issuerSigned"]
    text = base64url.encode(data[slice(*span)])
    whole = text_of(VECTORS[0])
    report, claims = judged(trust(text), text, moment(text))
    assert report.reasons == judged(trust(whole), whole, moment(whole))[0].reasons
    assert claims is not None


@needs(VECTORS)
def test_bytes_behind_it_are_refused() -> None:
    data = bytes.fromhex(VECTORS[0]["hex"])
    with pytest.raises(MalformedError):
        formats.decode(base64url.encode(data + b"\x00"))
