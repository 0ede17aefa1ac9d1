"""Issuing: claims to text, and claims to text to PNG, beside the raw signature and beside peers."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import jwt as pyjwt
import qrcode
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey

from measure import Row, compare, main
from trustcert import PrivateKey, from_application, issue, qr
from trustcert.claims import codec
from trustcert.formats import decode
from verify import claims

APPLICATION = {
    "type": "health_proof",
    "name": "张伟",
    "document_type": "citizen_id",
    "document_number": "11010519491231002X",
    "colour": "green",
    "result": "no_abnormality",
    "sampled_at": 1_700_000_000,
}


def run(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    key = PrivateKey.generate("ESP256")
    jwk = key.unsafe_to_jwk()
    entry = claims()
    text = issue(entry, key)
    message, scheme = decode(text).signed, ec.ECDSA(hashes.SHA256())
    native = pyjwt.PyJWK(jwk).key
    assert isinstance(native, ec.EllipticCurvePrivateKey)
    payload, theirs = codec.to_json(entry), ECKey.import_key(jwk)
    limit = "raw ES256 sign (cryptography)"
    rows = compare(
        "claims to signed text",
        {
            limit: lambda: native.sign(message, scheme),
            "trustcert, compact: issue": lambda: issue(entry, key),
            "trustcert, JWT: issue": lambda: issue(entry, key, format="jwt"),
            "PyJWT": lambda: pyjwt.encode(payload, native, algorithm="ES256"),
            "joserfc": lambda: joserfc_jwt.encode({"alg": "ES256"}, payload, theirs),
        },
        limit=limit,
        quick=quick,
    )
    return rows + pictures(key, quick)


def pictures(key: PrivateKey, quick: bool) -> list[Row]:
    """Return how long it takes from claims to a PNG; 5 ms are 200 codes a second on one core."""
    entry = claims()
    text = issue(entry, key)

    def from_form() -> bytes:
        made = from_application(APPLICATION, issuer="CN-51", issued_at=1_700_010_000)
        return qr.png(issue(made, key))

    def with_qrcode() -> bytes:
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=4)
        code.add_data(text, optimize=0)
        file = io.BytesIO()
        code.make_image().save(file)
        return file.getvalue()

    cases: dict[str, Callable[[], object]] = {
        "trustcert: signed text to PNG": lambda: qr.png(text),
        "trustcert: claims to text to PNG": lambda: qr.png(issue(entry, key)),
        "trustcert: form with id number to PNG": from_form,
        "qrcode: text to PNG": with_qrcode,
    }
    limit = "trustcert: signed text to PNG"
    return compare("claims to picture", cases, limit=limit, quick=quick, unit="ms")


if __name__ == "__main__":
    sys.exit(main(run))
