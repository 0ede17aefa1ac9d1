"""Paths of certificates (RFC 5280 section 6), for the few that messages bring along.

A path is checked by these rules and no others:

1. each certificate is signed by the key of the next, whose subject is its issuer;
2. each that signs another is an authority (basicConstraints), may sign certificates (keyUsage,
   where it is there) and has no more authorities below it than its pathLen allows;
3. each but the signer's own is in its validity at the time of the check;
4. the signer's certificate may sign documents (keyUsage, where it is there) and is not for TLS
   alone (extended key usage);
5. no certificate has a critical extension that is not known here: name constraints and policies are
   not, so that a path with critical ones is refused.

``cryptography.x509.verification`` cannot take most of these paths: it reads no certificates with
SM2 keys, on brainpool curves or with NULL parameters beside ECDSA.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from trustcert.errors import MalformedError
from trustcert.keys import der, sm2
from trustcert.keys.certificate import Certificate
from trustcert.limits import RSA_BITS_MOST, RSA_EXPONENT_MOST

__all__ = ["is_issued_by", "leads_to", "may_sign"]

_ECDSA: Final = {
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
}
_RSA: Final = {
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
}
_ED25519: Final = "1.3.101.112"
_SM2: Final = "1.2.156.10197.1.501"
_KNOWN: Final = frozenset({"2.5.29.15", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.37"})
"""keyUsage, the two alternative names, basicConstraints and extended key usage."""
_TLS: Final = frozenset({"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"})
_SIGNS: Final = frozenset({"digitalSignature", "nonRepudiation"})


def leads_to(  # noqa: PLR0911 - one answer a rule
    chain: Sequence[Certificate], anchor: Certificate, at: int
) -> bool:
    """Return whether ``chain``, the signer's certificate first, is or leads to ``anchor``."""
    signer = chain[0]
    if signer.der == anchor.der:
        return True
    if not signer.critical <= _KNOWN:
        return False
    for below, certificate in enumerate(chain):
        if below and not _may_issue(certificate, below - 1, at):
            return False
        if certificate.der == anchor.der:
            return True
        if is_issued_by(certificate, anchor) and _may_issue(anchor, below, at):
            return True
        if below + 1 == len(chain) or not is_issued_by(certificate, chain[below + 1]):
            return False
    return False


def may_sign(signer: Certificate, usage: str | None) -> bool:
    """Return whether a certificate may sign documents of ``usage`` (an extended key usage)."""
    if signer.key_usage is not None and signer.key_usage.isdisjoint(_SIGNS):
        return False
    if signer.usages is None:
        return True
    return usage in signer.usages if usage is not None else not signer.usages <= _TLS


def is_issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Return whether the key of ``issuer`` signed ``certificate``, which names it."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        _verify(certificate, issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _may_issue(certificate: Certificate, authorities_below: int, at: int) -> bool:
    return (
        certificate.is_authority
        and (certificate.key_usage is None or "keyCertSign" in certificate.key_usage)
        and (certificate.path_length is None or authorities_below <= certificate.path_length)
        and certificate.not_before <= at < certificate.not_after
        and certificate.critical <= _KNOWN
    )


def _verify(certificate: Certificate, issuer: Certificate) -> None:
    method, signature, signed = certificate.signed_with, certificate.signature, certificate.signed
    if method == _SM2:
        if not sm2.is_spki(issuer.spki):
            raise InvalidSignature
        sm2.load_spki(issuer.spki).verify(der.raw_from_der(signature, sm2.SIZE), signed)
        return
    key: Any = serialization.load_der_public_key(issuer.spki)
    if method in _ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(_ECDSA[method]))
    elif method in _RSA and isinstance(key, rsa.RSAPublicKey):
        if key.key_size > RSA_BITS_MOST or key.public_numbers().e > RSA_EXPONENT_MOST:
            raise MalformedError("is too large an RSA key")
        key.verify(signature, signed, padding.PKCS1v15(), _RSA[method])
    elif method == _ED25519 and isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, signed)
    else:
        raise InvalidSignature
