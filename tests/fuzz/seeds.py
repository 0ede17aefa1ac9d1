"""Where fuzzing starts: one good input a target, made of public keys, never of persons."""

from __future__ import annotations

import json
import zlib
from datetime import date
from typing import Final

from msgspec.structs import replace
from tests.cases_sd_jwt import WHOLE
from tests.support import NOW, proof, signer, status_list

from trustcert import cose
from trustcert.claims import Holder, Source, StatusReference, codec
from trustcert.encoding import base32, base45, base64url, cbor, digit_pairs
from trustcert.encoding.json import encode
from trustcert.formats import compact, hcert, jwt, nzcp, shc
from trustcert.presentation import present
from trustcert.status import State, delta, ietf, ietf_token, snapshot
from trustcert.status.causes import Cause
from trustcert.status.indices import from_indices

_DCC: Final = {
    "ver": "1.3.0",
    "nam": {"fn": "M", "gn": "G"},
    "dob": "1990-01-31",
    "v": [{"tg": "840539006", "mp": "EU/1/20/1528", "dn": 2, "sd": 2, "dt": "2020-02-01"}],
}
_CWT: Final = cbor.encode({1: "AT", 4: NOW, 6: NOW, -260: {1: _DCC}})
_HEAD: Final = cbor.encode({1: -7, 4: b"12345678"})
_SIGN1: Final = b"\xd2" + cose.join(_HEAD, _CWT, bytes(64))
_BUNDLE: Final = {
    "resourceType": "Bundle",
    "entry": [
        {"resource": {"resourceType": "Patient", "name": [{"family": "A", "given": ["B"]}]}},
        {"resource": {"resourceType": "Immunization", "status": "completed",
                      "occurrenceDateTime": "2021-01-01"}},
    ],
}  # fmt: skip
_CARD: Final = shc.write({"iss": "https://x", "nbf": NOW, "vc": {"type": [shc.TYPE],
                         "credentialSubject": {"fhirBundle": _BUNDLE}}}, signer())  # fmt: skip
_PASS: Final = nzcp.write(
    issuer="did:web:x", kid="key-1", subject={"givenName": "J"}, validity=(NOW, NOW + 1),
    signer=signer(),
)  # fmt: skip
_IDENTITY: Final = cbor.encode(
    [cbor.encode({1: -7}), {}, cbor.encode({1: "x", 169: {1: "1"}}), b""]
)
_SEAL: Final = {
    "data": {"hdr": {"is": "UTO", "t": "icao.vacc", "v": 1},
             "msg": {"pid": {"n": "A"}, "ve": [{"vd": [{"dvc": "2021-01-01", "seq": 1}]}]}},
    "sig": {"alg": "ES256", "cer": "", "sigvl": ""},
}  # fmt: skip
_RULE: Final = {
    "Identifier": "VR-DE-0001", "Type": "Acceptance", "Country": "DE", "Version": "1.0.0",
    "Engine": "CERTLOGIC", "EngineVersion": "1.0.0", "CertificateType": "Vaccination",
    "ValidFrom": "2021-07-01T00:00:00Z", "ValidTo": "2030-06-01T00:00:00Z",
    "Logic": {"!": [{"var": "payload.v.0"}]},
}  # fmt: skip

_WIDE: Final = proof(
    subject="gate 7",
    id=b"12345678",
    holder_key=signer().public_key,
    status=StatusReference(list=3, index=70_000),
    source=Source(format="hcert", issuer="AT", issued_at=NOW),
    holder=Holder(document_digest=bytes(17), birth_date=date(1950, 1, 31), name_aliases=("A", "B")),
)
_PLAIN: Final = replace(
    _WIDE, holder_key=None, source=None, holder=Holder(birth_date=date(1950, 1, 31))
)
_LIST: Final = replace(
    status_list(number=7),
    moved={"CN-44": from_indices([10], size=1000)},
    causes={Cause.PENALISED: from_indices([7], size=1000)},
)
_DELTA: Final = delta.Delta(
    issuer="CN-51", number=7, base=1, version=2, as_of=NOW, digest=bytes(16),
    states={State.INVALID: from_indices([1, 2], size=1000)},
    moved={}, causes={Cause.LAPSED: from_indices([2], size=1000)},
)  # fmt: skip
_TOKEN: Final = ietf_token.StatusListToken(
    uri="https://x.example/1", issued_at=NOW, list=ietf.from_status_list(status_list(size=64))
)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


SEEDS: Final[dict[str, tuple[bytes, ...]]] = {
    "base45": (base45.encode(_SIGN1).encode(),),
    "base32": (base32.encode(_SIGN1).encode(),),
    "base64url": (base64url.encode(_SIGN1).encode(),),
    "digit_pairs": (digit_pairs.encode(base64url.encode(b"any")).encode(),),
    "cbor": (_CWT, _SIGN1),
    "cbor_deterministic": (_CWT,),
    "claims": tuple(cbor.encode(codec.to_cbor(given)) for given in (proof(), _WIDE)),
    "claims_json": tuple(encode(codec.to_json(given)) for given in (proof(), _PLAIN, _WIDE)),
    "json": (_json(_SEAL),),
    "inflate": (zlib.compress(_CWT),),
    "cose": (_SIGN1,),
    "compact": (compact.encode(proof(), signer())[4:].encode(),),
    "compact_message": (base45.decode(compact.encode(proof(), signer())[4:]),),
    "jose": (jwt.encode(proof(), signer()).encode(),),
    "jwt": (jwt.encode(proof(), signer()).encode(),),
    "sd_jwt": (WHOLE.encode(),),
    "disclosures": (_json({"_sd": ["x"]}) + b"~" + WHOLE.split("~")[1].encode(),),
    "hcert": (base45.encode(zlib.compress(_SIGN1)).encode(),),
    "hcert_message": (_SIGN1,),
    "shc": (_CARD[5:].encode(),),
    "nzcp": (_PASS[8:].encode(),),
    "nzcp_message": (base32.decode(_PASS[8:]),),
    "claim_169": (base45.encode(zlib.compress(_IDENTITY)).encode(),),
    "claim_169_message": (_IDENTITY,),
    "vds_nc": (_json(_SEAL),),
    "mdoc_message": (cbor.encode({"nameSpaces": {}, "issuerAuth": [_HEAD, {}, b"\xa0", b""]}),),
    "parts": (b"shc:/1/2/5676\nshc:/2/2/2909",),
    "fhir": (_json(_BUNDLE),),
    "vds": (_json(_SEAL["data"]),),
    "certlogic": (_json([{"if": [{"var": "a"}, {"!": [1]}, 2]}, {"a": 1}]),),
    "cert_rules": (_json({"country": "DE", "rules": [_RULE], "value_sets": {"x": ["y"]}}),),
    "snapshot": (snapshot.encode(_LIST),),
    "delta": (delta.encode(_DELTA),),
    "revocations": (
        _json({"kid": "any", "method": "rid", "ctr": 1, "rids": ["MKyCxh7p6uQ"]}),
        ietf_token.sign_cwt(_TOKEN, signer()),
        ietf_token.sign_jwt(_TOKEN, signer()).encode(),
    ),
    "presentation": (present("TC1:X", signer(), at=NOW)[5:].encode(),),
    "inspect": (_CARD.encode(), b"HC1:" + base45.encode(zlib.compress(_SIGN1)).encode()),
    "check": (hcert.PREFIX.encode() + base45.encode(zlib.compress(_SIGN1)).encode(),),
}
