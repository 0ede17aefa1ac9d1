from __future__ import annotations

import pytest
from hypothesis import given, settings
from tests.strategies import claims, signers, unhurried
from tests.support import (
    PublicTestSigner,
    binary,
    compact,
    parts_of,
    proof,
    sealed,
    signer,
)

from trustcert import cose, formats
from trustcert.claims import Claims
from trustcert.claims.types import TYPES, Details
from trustcert.encoding import cbor
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats import compact as form
from trustcert.formats.envelope import Envelope

TEXT = form.encode(proof(), signer())


@pytest.mark.parametrize("details", TYPES.values())
def test_every_type_reads_back(details: type[Details]) -> None:
    @settings(unhurried, max_examples=20)
    @given(claims(details), signers)
    def reads_back(given_: Claims, key: PublicTestSigner) -> None:
        envelope = form.decode(form.encode(given_, key))
        assert form.claims(envelope) == given_
        assert envelope.kid == key.public_key.kid
        assert envelope.algorithms == (key.public_key.algorithm,)
        key.public_key.verify(envelope.signature, envelope.signed)

    reads_back()


def test_the_text_is_the_prefix_and_base45_of_the_binary() -> None:
    assert TEXT.startswith("TC1:")
    assert compact(binary(TEXT)) == TEXT
    assert set(TEXT) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def test_an_envelope_holds_the_parts_and_shows_nothing_of_them() -> None:
    protected, payload, signature, signed = parts_of(binary(TEXT))
    envelope = form.decode(TEXT)
    assert (envelope.format, envelope.issuer) == ("compact", None)
    assert (envelope.payload, envelope.signature) == (payload, signature)
    assert envelope.signed == signed == cose.to_be_signed(protected, payload)
    assert repr(envelope) == "<Envelope compact>"


def test_the_payload_is_not_looked_at_before_it_is_asked_for() -> None:
    envelope = form.decode(sealed(b"\xff"))
    with pytest.raises(MalformedError):
        form.claims(envelope)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", ""),
        ("TC0:" + TEXT[4:], ""),
        (TEXT[4:], ""),
        ("tc1:" + TEXT[4:], ""),
        (" " + TEXT, ""),
        (TEXT + " ", ""),
        (TEXT + "\n", ""),
        (TEXT.lower(), ""),
        ("TC1:" + TEXT, ""),
        ("TC1:", "cose"),
    ],
)
def test_a_text_that_is_not_just_so_is_refused(text: str, where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        form.decode(text)
    assert caught.value.where == where


def test_a_later_version_is_recognised_and_not_spoken() -> None:
    assert form.recognises("TC2:")
    with pytest.raises(UnsupportedError):
        form.decode("TC2:" + TEXT[4:])


def test_claims_are_deterministic_cbor_or_refused() -> None:
    payload = form.decode(TEXT).payload
    found = cbor.decode(payload)
    swapped = b"\xa4" + b"".join(
        cbor.encode(key) + cbor.encode(found[key]) for key in reversed(list(found))
    )
    for wrong in (payload + b"\0", swapped, payload[:-1]):
        with pytest.raises(MalformedError):
            form.claims(form.decode(sealed(wrong)))


def test_formats_are_recognised_by_their_prefix() -> None:
    assert formats.recognise(TEXT) is form
    assert formats.recognise("tc1:") is None
    assert formats.recognise("") is None
    with pytest.raises(MalformedError, match="no credential format begins like this"):
        formats.decode("hello")


def test_claims_are_opened_by_the_format_that_decoded_them() -> None:
    assert formats.open_claims(formats.decode(TEXT)) == proof()


def test_an_unknown_code_is_unsupported_not_malformed() -> None:
    found = cbor.decode(form.decode(TEXT).payload)
    found[-65537][11] = 77
    envelope = form.decode(sealed(cbor.encode(found)))
    assert isinstance(envelope, Envelope)
    with pytest.raises(UnsupportedError, match=r"credential\.colour: code 77"):
        form.claims(envelope)
