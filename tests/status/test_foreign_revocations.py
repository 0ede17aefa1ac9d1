from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from trustcert.errors import (
    MalformedError,
    RollbackError,
    TrustError,
)
from trustcert.status import eu, shc

VECTORS = Path(
    os.environ.get("TRUSTCERT_VECTORS", Path(__file__).parents[2].parent / "shared" / "vectors")
)
AT = 1_700_000_000


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def vectors(name: str) -> Path:
    path = VECTORS / name
    if not path.exists():
        pytest.skip(f"the vectors of {name} are not here")
    return path


CRL_KID = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"


def test_the_third_example_card_is_revoked_and_the_others_are_not() -> None:
    folder = vectors("shc")
    data = (folder / "issuer-well-known" / "crl" / f"{CRL_KID}.json").read_bytes()
    crl = shc.decode(data, kid=CRL_KID)
    assert crl.counter == 1
    found = []
    for n in range(4):
        card = json.loads((folder / f"example-0{n}-c-jws-payload-minified.json").read_text())
        found.append(crl.revokes(card["vc"].get("rid"), issued_at=card["nbf"]))
    assert found == [False, False, False, True]
    with pytest.raises(TrustError):
        shc.decode(data, kid="another")


def crl(*rids: Any, **changed: Any) -> bytes:
    item = {"kid": "k", "method": "rid", "ctr": 3, "rids": list(rids), **changed}
    return json.dumps({name: value for name, value in item.items() if value is not None}).encode()


def test_a_time_behind_a_revocation_id_spares_the_cards_issued_from_then_on() -> None:
    read = shc.decode(crl("a.1000", "b", "c.1000", "c.500", "d.5", "d"), kid="k")
    assert read.revokes("a", issued_at=999.999)
    assert not read.revokes("a", issued_at=1_000)
    assert read.revokes("b", issued_at=1e15)
    assert read.revokes("c", issued_at=700)
    assert read.revokes("d", issued_at=9_999)
    assert not read.revokes("e", issued_at=0)
    assert not read.revokes(None, issued_at=0)


@pytest.mark.parametrize(
    ("where", "data"),
    [
        ("", b"[]"),
        ("method", crl(method="sha")),
        ("ctr", crl(ctr=0)),
        ("ctr", crl(ctr="1")),
        ("rids", crl(rids=None)),
        ("rids[1]", crl("a", "")),
        ("rids[0]", crl("a" * 25)),
        ("rids[0]", crl("a.b")),
        ("rids[0]", crl("a.1.2")),
        ("rids[0]", crl("a.999999999999")),
        ("rids[0]", crl(7)),
    ],
)
def test_a_malformed_card_list_is_refused_with_its_place(where: str, data: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        shc.decode(data, kid="k")
    assert caught.value.where == where


def test_a_card_list_does_not_go_back() -> None:
    held = shc.decode(crl("a"), kid="k")
    assert shc.newer(None, held) is held
    assert shc.newer(held, held) is held
    assert shc.newer(held, shc.decode(crl("b", ctr=4), kid="k")).counter == 4
    for lower in (crl(ctr=2), crl("b", ctr=3)):
        with pytest.raises(RollbackError):
            shc.newer(held, shc.decode(lower, kid="k"))
    with pytest.raises(TrustError):
        shc.newer(held, shc.decode(crl(kid="other", ctr=9), kid="other"))


UCI = "URN:UVCI:01:DE:A80013335/TCXSI5Q08B0DIJGMIZJDF#T"
SIGNATURE = bytes(range(64))
KID = bytes(8)


def batch(kind: str, *hashed: bytes, **changed: Any) -> bytes:
    entries = [{"hash": base64.b64encode(hashlib.sha256(h).digest()[:16]).decode()} for h in hashed]
    item = {
        "country": "DE",
        "expires": "2026-11-01T00:00:00+01:00",
        "kid": base64.b64encode(KID).decode(),
        "hashType": kind,
        "entries": entries,
    }
    return json.dumps({**item, **changed}).encode()


@pytest.mark.parametrize(
    ("kind", "hashed", "is_ecdsa", "expected"),
    [
        ("UCI", UCI.encode(), True, True),
        ("COUNTRYCODEUCI", b"DE" + UCI.encode(), True, True),
        ("COUNTRYCODEUCI", UCI.encode(), True, False),
        ("SIGNATURE", SIGNATURE[:32], True, True),
        ("SIGNATURE", SIGNATURE, True, True),
        ("SIGNATURE", SIGNATURE, False, True),
        ("SIGNATURE", SIGNATURE[:32], False, False),
        ("SIGNATURE", UCI.encode(), True, False),
    ],
)
def test_a_certificate_is_found_by_each_kind_of_hash(
    kind: str,
    hashed: bytes,
    is_ecdsa: bool,  # noqa: FBT001
    expected: bool,  # noqa: FBT001
) -> None:
    hashes = eu.hashes_of(uci=UCI, country="DE", signature=SIGNATURE, is_ecdsa=is_ecdsa)
    found = [eu.decode(batch("UCI", b"other")), eu.decode(batch(kind, b"x", hashed))]
    assert eu.revoked(found, hashes, country="DE", kid=KID, at=AT) is expected
    assert UCI not in repr(hashes)


def test_the_twin_of_a_revoked_signature_is_revoked_too() -> None:
    key = ec.derive_private_key(7, ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(b"certificate", ec.ECDSA(hashes.SHA256())))
    twin = P256_ORDER - s
    key.public_key().verify(
        encode_dss_signature(r, twin), b"certificate", ec.ECDSA(hashes.SHA256())
    )
    revoked = eu.decode(batch("SIGNATURE", r.to_bytes(32) + s.to_bytes(32)))
    for other, expected in ((s, True), (twin, True), (s ^ 1, False)):
        signature = r.to_bytes(32) + other.to_bytes(32)
        found = eu.hashes_of(uci=UCI, country="DE", signature=signature, is_ecdsa=True)
        assert eu.revoked([revoked], found, country="DE", kid=KID, at=AT) is expected


def test_a_batch_counts_for_its_country_key_and_time_only() -> None:
    hashes = eu.hashes_of(uci=UCI, country="DE", signature=SIGNATURE, is_ecdsa=True)
    read = eu.decode(batch("UCI", UCI.encode()))
    assert eu.revoked([read], hashes, country="DE", kid=KID, at=read.expires - 1)
    assert not eu.revoked([read], hashes, country="DE", kid=KID, at=read.expires)
    assert not eu.revoked([read], hashes, country="AT", kid=KID, at=AT)
    assert not eu.revoked([read], hashes, country="DE", kid=bytes([1] * 8), at=AT)
    anyone = eu.decode(batch("UCI", UCI.encode(), kid="UNKNOWN_KID"))
    assert anyone.kid is None
    assert eu.revoked([anyone], hashes, country="DE", kid=bytes([1] * 8), at=AT)


@pytest.mark.parametrize(
    ("where", "changed"),
    [
        ("country", {"country": "de"}),
        ("kid", {"kid": "AAAA"}),
        ("kid", {"kid": "!"}),
        ("hashType", {"hashType": "R"}),
        ("expires", {"expires": "tomorrow"}),
        ("expires", {"expires": 7}),
        ("entries", {"entries": {}}),
        ("entries[0]", {"entries": ["x"]}),
        ("entries[1].hash", {"entries": [{"hash": "A" * 22 + "=="}, {"hash": "AA=="}]}),
        ("entries[0].hash", {"entries": [{}]}),
    ],
)
def test_a_malformed_batch_is_refused_with_its_place(where: str, changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as caught:
        eu.decode(batch("UCI", **changed))
    assert caught.value.where == where
