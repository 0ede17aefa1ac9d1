"""Keys at rest: what is written, and who else opens it."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from trustcert.errors import MalformedError
from trustcert.keys import PrivateKey, pkcs8

PASSWORD = b"correct horse"


def test_it_names_its_scheme_and_its_rounds() -> None:
    pem = pkcs8.encrypt(b"key", PASSWORD)
    der = b"".join(pem.split(b"\n")[1:-2])
    body = base64.b64decode(der)
    pbes2, pbkdf2, hmac_sha256 = "2a864886f70d01050d", "2a864886f70d01050c", "2a864886f70d0209"
    for part in (pbes2, pbkdf2, hmac_sha256, "60864801650304012a", f"0203{600_000:06x}"):
        assert bytes.fromhex(part) in body
    assert b"key" not in body
    assert pkcs8.encrypt(b"key", PASSWORD) != pem
    assert pkcs8.encrypt(b"key", PASSWORD, random=bytes) == pkcs8.encrypt(
        b"key", PASSWORD, random=bytes
    )


@pytest.mark.parametrize("password", [b"x", PASSWORD, "密码".encode(), bytes(range(1, 256))])
def test_cryptography_opens_it_with_the_password_alone(password: bytes) -> None:
    native = ec.generate_private_key(ec.SECP384R1())
    key = PrivateKey(native)
    opened = serialization.load_pem_private_key(key.to_pem(password), password)
    assert isinstance(opened, ec.EllipticCurvePrivateKey)
    assert opened.private_numbers() == native.private_numbers()
    with pytest.raises(MalformedError):
        PrivateKey.from_pem(key.to_pem(password), password + b"x")


def test_openssl_opens_it_and_its_scrypt_is_opened(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl program is not installed")
    key = PrivateKey.generate()
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    ours.write_bytes(key.to_pem(PASSWORD))
    common = ("-passin", f"pass:{PASSWORD.decode()}", "-passout", f"pass:{PASSWORD.decode()}")
    subprocess.run(
        [openssl, "pkcs8", "-in", str(ours), "-topk8", "-scrypt", *common, "-out", str(theirs)],
        check=True, capture_output=True,
    )  # fmt: skip
    assert PrivateKey.from_pem(theirs.read_bytes(), PASSWORD).public_key == key.public_key
