"""Lists in files: any bytes are read or refused, and only a key in force speaks for its issuer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.strategies import unhurried
from tests.support import DAY, HOUR, NOW, signer

from trustcert.encoding import json
from trustcert.errors import TrustcertError, TrustError
from trustcert.keys.thumbprint import thumbprint
from trustcert.registry import foreign, revocations
from trustcert.registry.foreign import Listed
from trustcert.registry.trust import KeyState
from trustcert.status import bitstring_credential, ietf_token
from trustcert.status.bitstring import BitstringStatusList, Purpose
from trustcert.status.bitstring_credential import BitstringCredential
from trustcert.status.ietf import TokenStatusList
from trustcert.status.ietf_token import StatusListToken

ISSUER, URI = "https://a.example", "https://a.example/1"
KEY = signer()
KID = thumbprint(KEY.public_key)
LISTED = foreign.from_jwks({"keys": [KEY.public_key.to_jwk()]}, issuer=ISSUER)
TOKEN = StatusListToken(
    uri=URI, issued_at=NOW - HOUR, list=TokenStatusList(bits=1, entries=bytes(4))
)
BITS = BitstringCredential(
    uri=URI,
    issuer=ISSUER,
    list=BitstringStatusList(purpose=Purpose.REVOCATION, entries=bytes(16_384)),
    valid_from=NOW - HOUR,
)
SEEDS = [
    ietf_token.sign_jwt(TOKEN, KEY).encode(),
    ietf_token.sign_cwt(TOKEN, KEY),
    bitstring_credential.sign_jwt(BITS, KEY).encode(),
    json.encode({"kid": KID, "method": "rid", "ctr": 1, "rids": ["r"]}),
    json.encode({"country": "AT", "hashType": "UCI", "kid": "UNKNOWN_KID", "entries": []}),
    json.encode({"issuerInfo": [{"issuer": {"iss": ISSUER}, "keys": [], "crls": []}]}),
]


def read(data: bytes, *keys: Listed) -> revocations.Revocations:
    return revocations.read(data, keys=keys or LISTED, at=NOW)


@unhurried
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(TrustcertError):
        read(data)


@unhurried
@given(st.sampled_from(SEEDS), st.integers(0, 1 << 20), st.integers(0, 7))
def test_a_changed_bit_of_a_signed_list_is_refused(seed: bytes, place: int, bit: int) -> None:
    data = bytearray(seed)
    data[place % len(data)] ^= 1 << bit
    try:
        found = read(bytes(data))
    except TrustcertError:
        return
    assert not found.lists


@pytest.mark.parametrize("state", [KeyState.WITHDRAWN, KeyState.COMPROMISED])
def test_a_key_that_is_not_in_force_signs_no_list(state: KeyState) -> None:
    (entry,) = LISTED
    assert len(read(SEEDS[0], entry).lists) == 1
    gone = replace(entry, record=replace(entry.record, state=state))
    with pytest.raises(TrustError, match="not signed by a pinned key"):
        read(SEEDS[0], gone)


@pytest.mark.parametrize("window", [(NOW, None), (None, NOW - DAY)])
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_a_list_is_signed_in_the_window_of_its_key(
    seed: bytes, window: tuple[int | None, int | None]
) -> None:
    (entry,) = LISTED
    record = replace(entry.record, not_before=window[0], not_after=window[1])
    with pytest.raises(TrustError, match="outside the window of its key"):
        read(seed, replace(entry, record=record))


def test_what_is_read_stays_with_its_issuer() -> None:
    found = [read(seed) for seed in SEEDS[:4]]
    trust = revocations.trust_with(LISTED, found, at=NOW)
    assert trust.keys_for(KID.encode())[0].issuer == ISSUER
    assert trust.foreign_list([ISSUER], URI, None) is not None
    assert trust.foreign_list([ISSUER], URI, "revocation") is not None
    assert trust.foreign_list(["https://b.example"], URI, None) is None
    assert trust.revoked_cards([ISSUER], KID.encode()) is not None
    assert trust.revoked_cards(["https://b.example"], KID.encode()) is None
    assert not trust.has_batches
    with pytest.raises(TrustError, match="no key of any issuer is pinned"):
        revocations.read(SEEDS[0], keys=(), at=NOW)
