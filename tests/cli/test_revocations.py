"""Lists of what is revoked, in files beside pinned keys: what they decide, and what is no list."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.formats.vectors import vectors

from trustcert import formats
from trustcert.cli import trust_options
from trustcert.encoding import base64url, json
from trustcert.encoding.instants import instant, rfc3339
from trustcert.formats import shc
from trustcert.keys import PrivateKey, PublicKey
from trustcert.keys.thumbprint import thumbprint
from trustcert.registry import revocations
from trustcert.status import bitstring_credential, ietf_token
from trustcert.status.bitstring import BitstringStatusList, Purpose
from trustcert.status.bitstring_credential import BitstringCredential
from trustcert.status.ietf import TokenStatusList
from trustcert.status.ietf_token import StatusListToken

from .conftest import NOW, Call, Outcome
from .test_foreign import foreign

__all__ = ["foreign"]

AT = instant(NOW)
UNKNOWN = "does not know whether this was revoked"
STALE = "revocation list is too old"
REVOKED = "The issuer has revoked this credential"
HOUR, DAY = 3_600, 86_400
A, B = "https://a.example", "https://b.example"
URI = "https://a.example/lists/1"
SPEC = "https://spec.smarthealth.cards/examples/issuer"
KEY, OTHER = PrivateKey.generate("ESP256"), PrivateKey.generate("ESP256")
KID = thumbprint(KEY.public_key)

Convert = Callable[..., Outcome]


def jwks(path: str, issuer: str, *keys: PublicKey, **more: Any) -> None:
    entries = [key.to_jwk() | {"kid": thumbprint(key), "use": "sig"} | more for key in keys]
    Path(path).write_bytes(json.encode({"issuer": issuer, "keys": entries}))


@pytest.fixture
def convert(trustcert: Call) -> Convert:
    """Convert a code with the lists that are given, by A's pinned key in a.json."""
    trustcert("keygen", "issuing.pem")
    jwks("a.json", A, KEY.public_key)
    jwks("b.json", B, KEY.public_key)
    jwks("other.json", B, OTHER.public_key)

    def run(code: str, *lists: str, trust: tuple[str, ...] = ("a.json",), at: str = NOW) -> Outcome:
        given = [part for name in trust for part in ("--trust", name)]
        given += [part for name in lists for part in ("--revocations", name)]
        return trustcert(
            "convert", code, "--key", "issuing.pem", "--issuer", "CN-51", "--at", at, *given
        )

    return run


def card(issuer: str = A, **vc: Any) -> str:
    """A health card of ``issuer``, signed by the key that A and B share."""
    patient = {"resourceType": "Patient", "name": [{"given": ["A"]}], "birthDate": "1990-01-01"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}]}
    subject = {"fhirVersion": "4.0.1", "fhirBundle": bundle}
    credential = {"type": [shc.TYPE], "credentialSubject": subject, **vc}
    return shc.write({"iss": issuer, "nbf": AT - DAY, "vc": credential}, KEY)


def crl(*rids: str, kid: str = KID, counter: int = 1) -> bytes:
    return json.encode({"kid": kid, "method": "rid", "ctr": counter, "rids": list(rids)})


def put(name: str, data: bytes | str) -> str:
    Path(name).write_bytes(data.encode() if isinstance(data, str) else data)
    return name


def accepted(found: Outcome) -> bool:
    """Whether a native credential came out; nothing comes out of a refusal."""
    if found.code:
        assert found.out == ""
        return False
    claims = formats.open_claims(formats.decode(found.out.strip()))
    assert claims.issuer == "CN-51"
    assert (claims.revocation_id, claims.external_status) == (None, ())
    return True


# published cards


def published(number: int, trust: str, *lists: str, convert: Convert) -> Outcome:
    folder = vectors("shc")
    files = sorted(folder.glob(f"example-0{number}-f-qr-code-numeric-value-*.txt"))
    codes = [file.read_text().strip() for file in files]
    keys = json.decode((folder / "issuer-well-known" / "jwks.json").read_bytes(), limit=9_999)
    put(trust, json.encode(keys | {"issuer": SPEC}))
    text = codes[0] if len(codes) == 1 else formats.join(codes)
    return convert(text, *lists, trust=(trust,), at="2023-06-23T00:00:00Z")


def published_list() -> str:
    (path,) = (vectors("shc") / "issuer-well-known" / "crl").glob("*.json")
    return str(path)


def test_a_published_card_converts_once_its_issuer_s_list_is_given(convert: Convert) -> None:
    lacking = published(0, "spec.json", convert=convert)
    assert not accepted(lacking)
    assert UNKNOWN in lacking.err
    assert accepted(published(0, "spec.json", published_list(), convert=convert))
    assert accepted(published(0, "spec.json", f"{SPEC}={published_list()}", convert=convert))


def test_a_published_card_without_a_rid_needs_no_list(convert: Convert) -> None:
    assert accepted(published(1, "spec.json", convert=convert))
    assert accepted(published(1, "spec.json", published_list(), convert=convert))


def test_a_published_record_of_nobody_is_held_by_its_name_and_no_longer_by_its_status(
    convert: Convert,
) -> None:
    assert UNKNOWN in published(2, "spec.json", convert=convert).err
    found = published(2, "spec.json", published_list(), convert=convert)
    assert (found.code, found.out) == (4, "")
    assert found.err == "trustcert: credential.name: is missing\n"


def test_the_published_card_that_is_revoked_is_refused(convert: Convert) -> None:
    refused = published(3, "spec.json", published_list(), convert=convert)
    assert not accepted(refused)
    assert refused.code == 1
    assert REVOKED in refused.err


# lists of revoked cards


def test_a_card_is_refused_where_its_issuer_lists_it(convert: Convert) -> None:
    text = card(rid="r1")
    lacking = convert(text).err
    assert UNKNOWN in lacking
    assert "--revocations FILE" in lacking
    assert accepted(convert(text, put("crl.json", crl("r2"))))
    refused = convert(text, put("crl.json", crl("r1")))
    assert (refused.code, accepted(refused)) == (1, False)
    assert "--revocations" not in refused.err
    assert REVOKED in refused.err
    assert accepted(convert(card(), put("crl.json", crl("r1"))))
    older = put("older.json", crl("r2"))
    newer = put("newer.json", crl("r1", counter=2))
    for lists in ((older, newer), (newer, older)):
        assert not accepted(convert(text, *lists))


def test_a_list_of_a_shared_key_counts_for_the_issuer_that_is_named_alone(
    convert: Convert,
) -> None:
    both, blank = ("a.json", "b.json"), put("crl.json", crl())
    unsaid = convert(card(rid="r"), blank, trust=both)
    assert unsaid.code == 4
    assert "crl.json: its key is shared by 2 pinned issuers" in unsaid.err
    assert "ISSUER=FILE" in unsaid.err
    assert accepted(convert(card(rid="r"), f"{A}={blank}", trust=both))
    other = convert(card(rid="r"), f"{B}={blank}", trust=both)
    assert not accepted(other)
    assert UNKNOWN in other.err
    assert accepted(convert(card(B, rid="r"), f"{B}={blank}", trust=both))
    stranger = convert(card(rid="r"), f"https://c.example={blank}", trust=both)
    assert stranger.code == 4
    assert "no key of https://c.example is pinned" in stranger.err


def test_a_list_of_another_key_or_from_before_the_key_s_own_count_is_refused(
    convert: Convert,
) -> None:
    unpinned = convert(card(rid="r"), put("crl.json", crl(kid="k")))
    assert unpinned.code == 4
    assert "crl.json: lists cards of a key that is not pinned for its issuer" in unpinned.err
    jwks("counted.json", A, KEY.public_key, crlVersion=3)
    old = convert(card(rid="r"), put("crl.json", crl(counter=2)), trust=("counted.json",))
    assert old.code == 4
    assert "crl.json.ctr: is 2, before the key's 3" in old.err
    new = put("crl.json", crl(counter=3))
    assert accepted(convert(card(rid="r"), new, trust=("counted.json",)))


def test_a_directory_s_lists_count_as_long_as_it_is_fresh(convert: Convert) -> None:
    jwk = KEY.public_key.to_jwk() | {"kid": KID}

    def directory(made: int, issuer: str, *lists: bytes) -> str:
        crls = [json.decode(data, limit=999) for data in lists]
        info = {"issuer": {"iss": issuer}, "keys": [jwk], "crls": crls}
        document = {"directory": "x", "time": rfc3339(made), "issuerInfo": [info]}
        return put("directory.json", json.encode(document))

    text = card(rid="r1")
    assert accepted(convert(text, directory(AT - HOUR, A, crl("r2"))))
    assert REVOKED in convert(text, directory(AT - HOUR, A, crl("r1"))).err
    assert STALE in convert(text, directory(AT - 3 * DAY, A, crl("r2"))).err
    strange = convert(text, directory(AT - HOUR, B, crl("r2")))
    assert "lists no revoked cards of an issuer whose keys are pinned" in strange.err
    partly = convert(text, directory(AT - HOUR, A, crl("r2"), crl(kid="k")))
    assert accepted(partly)
    assert "directory.json: passed over: https://a.example crls[1]" in partly.err
    jwks("counted.json", A, KEY.public_key, crlVersion=3)
    old = convert(text, directory(AT - HOUR, A, crl("r2", counter=2)), trust=("counted.json",))
    assert old.err.strip() == "trustcert: directory.json.ctr: is 2, before the key's 3"


# signed lists


def token(*revoked: int, **changed: Any) -> StatusListToken:
    entries = bytearray(8)
    for index in revoked:
        entries[index >> 3] |= 1 << (index & 7)
    found = TokenStatusList(bits=1, entries=bytes(entries))
    return StatusListToken(**{"uri": URI, "issued_at": AT - HOUR, "list": found, **changed})


def person(index: int = 5) -> str:
    """An SD-JWT of A that names an IETF list."""
    header = {"alg": "ES256", "typ": "dc+sd-jwt", "kid": KID}
    payload = {
        "iss": A,
        "vct": "urn:eudi:pid:1",
        "iat": AT - HOUR,
        "exp": AT + DAY,
        "given_name": "E",
        "status": {"status_list": {"idx": index, "uri": URI}},
    }
    body = ".".join(base64url.encode(json.encode(part)) for part in (header, payload))
    return f"{body}.{base64url.encode(KEY.sign(body.encode()))}~"


@pytest.mark.parametrize("form", ["jwt", "cwt"])
def test_an_ietf_list_decides(convert: Convert, form: str) -> None:
    def write(given: StatusListToken, key: PrivateKey = KEY) -> str:
        sign: Any = ietf_token.sign_jwt if form == "jwt" else ietf_token.sign_cwt
        return put(f"list.{form}", sign(given, key))

    assert UNKNOWN in convert(person()).err
    assert accepted(convert(person(), write(token(6))))
    refused = convert(person(), write(token(5)))
    assert (refused.code, accepted(refused)) == (1, False)
    assert REVOKED in refused.err
    elsewhere = convert(person(), write(token(uri=f"{URI}2")))
    assert UNKNOWN in elsewhere.err
    assert STALE in convert(person(), write(token(issued_at=AT - 3 * DAY))).err
    assert STALE in convert(person(), write(token(ttl=HOUR))).err
    assert accepted(convert(person(), write(token(ttl=HOUR + 1))))
    for given, key, problem in (
        (token(expires=AT), KEY, "the status list is expired"),
        (token(issued_at=AT + 61), KEY, "the status list is of 61 s ahead of the clock"),
        (token(), OTHER, "was not signed by a pinned key of its issuer"),
    ):
        bad = convert(person(), write(given, key))
        assert (bad.code, bad.out) == (4, "")
        assert bad.err.strip() == f"trustcert: list.{form}: {problem}"


def test_a_list_that_another_pinned_issuer_signed_is_that_issuer_s(convert: Convert) -> None:
    """It names A's address, but B's key signed it: it says nothing of A's credentials."""
    blank = put("list.jwt", ietf_token.sign_jwt(token(), OTHER))
    both = ("a.json", "other.json")
    found = convert(person(), blank, trust=both)
    assert not accepted(found)
    assert UNKNOWN in found.err
    forced = convert(person(), f"{A}={blank}", trust=both)
    assert (forced.code, forced.out) == (4, "")
    assert "was not signed by a pinned key of its issuer" in forced.err
    shared = put("list.jwt", ietf_token.sign_jwt(token(), KEY))
    assert "shared by 2" in convert(person(), shared, trust=("a.json", "b.json")).err
    assert accepted(convert(person(), f"{A}={shared}", trust=("a.json", "b.json")))


def bits(*indices: int, issuer: str = A, key: PrivateKey = KEY, **changed: Any) -> str:
    entries = bytearray(16_384)
    for index in indices:
        entries[index >> 3] |= 0x80 >> (index & 7)
    purpose = changed.pop("purpose", Purpose.REVOCATION)
    found = BitstringStatusList(purpose=purpose, entries=bytes(entries))
    made = {"uri": URI, "issuer": issuer, "list": found, "valid_from": AT - HOUR, **changed}
    return put("bits.jwt", bitstring_credential.sign_jwt(BitstringCredential(**made), key))


def listed_card() -> str:
    entry = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "5",
        "statusListCredential": URI,
    }
    return card(credentialStatus=entry)


def test_a_w3c_list_decides(convert: Convert) -> None:
    assert UNKNOWN in convert(listed_card()).err
    assert accepted(convert(listed_card(), bits(6)))
    refused = convert(listed_card(), bits(5))
    assert (refused.code, accepted(refused)) == (1, False)
    assert REVOKED in refused.err
    assert UNKNOWN in convert(listed_card(), bits(purpose=Purpose.SUSPENSION)).err
    assert STALE in convert(listed_card(), bits(valid_from=AT - 3 * DAY)).err
    late = convert(listed_card(), bits(valid_until=AT))
    assert late.err.strip() == "trustcert: bits.jwt: the status list is expired"


def test_a_w3c_list_counts_for_the_issuer_that_it_names(convert: Convert) -> None:
    both = ("a.json", "b.json")
    assert accepted(convert(listed_card(), bits(), trust=both))
    others = convert(listed_card(), bits(issuer=B), trust=both)
    assert not accepted(others)
    assert UNKNOWN in others.err
    forced = convert(listed_card(), f"{A}={bits(issuer=B)}", trust=both)
    assert forced.code == 4
    assert "is the list of another issuer" in forced.err
    unknown = bits(issuer="https://a.example/other-name")
    assert "names another issuer than the owner of its key" in convert(listed_card(), unknown).err
    assert accepted(convert(listed_card(), f"{A}={unknown}"))


# EU batches


def batch(text: str, *, country: str = "AT", expires: int = AT + DAY) -> str:
    envelope = formats.decode(text)
    hashed = hashlib.sha256(envelope.signature[:32]).digest()[:16]
    entries = [{"hash": base64.b64encode(hashed).decode()}]
    item = {
        "country": country,
        "expires": rfc3339(expires),
        "kid": "UNKNOWN_KID",
        "hashType": "SIGNATURE",
        "entries": entries,
    }
    return put("batch.json", json.encode(item))


def test_an_eu_batch_revokes_and_is_its_country_s_alone(
    convert: Convert,
    foreign: str,
) -> None:
    pinned = ("signer.pem",)
    assert accepted(convert(foreign, trust=pinned))
    refused = convert(foreign, batch(foreign), trust=pinned)
    assert (refused.code, accepted(refused)) == (1, False)
    assert REVOKED in refused.err
    assert accepted(convert(foreign, batch(person()), trust=pinned))
    other = convert(foreign, batch(foreign, country="DE"), trust=pinned)
    assert other.err.strip() == "trustcert: batch.json: is of DE, whose keys are not pinned"
    old = convert(foreign, batch(foreign, expires=AT), trust=pinned)
    assert old.err.strip() == "trustcert: batch.json: the batch is expired"


# what is no list


def unsigned_jwt() -> str:
    header, payload = {"alg": "none", "typ": "statuslist+jwt"}, {"sub": URI, "iat": AT}
    return ".".join([*(base64url.encode(json.encode(part)) for part in (header, payload)), ""])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is no revocation list of a form that is read here"),
        (b"hello", "is no revocation list of a form that is read here"),
        (b"\xff\xfe\x00", "is no revocation list of a form that is read here"),
        (b"{}", "is no revocation list of a form that is read here"),
        (b"[]", "is no revocation list of a form that is read here"),
        (b'{"rids": []}', "kid: is missing"),
        (b"{", "not JSON"),
        (crl("no spaces please"), "rids[0]: must be a revocation id"),
        (json.encode({"bits": 1, "lst": "eNo"}), "that nobody signed as a JWT or CWT"),
        (
            json.encode({"type": "BitstringStatusListCredential", "credentialSubject": {}}),
            "that nobody signed as a JWT or CWT",
        ),
        (unsigned_jwt(), "jwt.header.alg is not an algorithm of this format"),
        (b"\xd2\x84", "cwt"),
        (person().rstrip("~"), "is signed, but not as a status list"),
    ],
)
def test_a_file_that_is_no_list_is_named_and_converts_nothing(
    convert: Convert, data: bytes | str, problem: str
) -> None:
    found = convert(card(rid="r"), put("wrong.bin", data))
    assert (found.code, found.out) == (4, "")
    assert found.err.startswith("trustcert: wrong.bin")
    assert problem in found.err


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    convert: Convert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocations, "LARGEST", 100)
    found = convert(card(rid="r"), put("large.json", crl(*("r" * 20 for _ in range(9)))))
    assert (found.code, found.out) == (4, "")
    assert found.err.strip() == "trustcert: large.json: is of over 100 bytes"


def test_a_file_that_is_absent_is_a_mistake_of_usage(convert: Convert) -> None:
    assert convert(card(), "absent.json").code == 2
    assert convert(card(), f"{A}=absent.json").code == 2


def test_a_name_with_an_equals_sign_is_a_file_where_there_is_one(convert: Convert) -> None:
    assert accepted(convert(card(rid="r"), put("v=1.json", crl())))
    assert accepted(convert(card(rid="r"), f"{A}={put('crl.json', crl())}"))
    given = (None, Path("x"))
    assert trust_options.IssuersFile().convert(given, None, None) is given


def test_more_keys_than_are_tried_ask_for_the_issuer(convert: Convert) -> None:
    many = [PrivateKey.generate("ESP256").public_key for _ in range(16)]
    jwks("many.json", B, *many)
    signed = put("list.jwt", ietf_token.sign_jwt(token(), KEY))
    found = convert(person(), signed, trust=("a.json", "many.json"))
    assert found.code == 4
    assert "over 16 keys are pinned" in found.err
    assert accepted(convert(person(), f"{A}={signed}", trust=("a.json", "many.json")))


# verify takes them too


def test_verify_asks_the_same_lists(trustcert: Call, convert: Convert) -> None:
    text = person()
    assert convert is not None
    common = ("verify", text, "--trust", "a.json", "--at", NOW)
    assert trustcert(*common).code == 3
    good = put("good.jwt", ietf_token.sign_jwt(token(6), KEY))
    assert trustcert(*common, "--revocations", good).code == 0
    bad = put("bad.jwt", ietf_token.sign_jwt(token(5), KEY))
    refused = trustcert(*common, "--revocations", bad)
    assert refused.code == 1
    assert REVOKED in refused.out
    alone = trustcert("verify", text, "--revocations", good, "--destination", "CN-44")
    assert alone.code == 2
    assert "--revocations goes with --trust" in alone.err
