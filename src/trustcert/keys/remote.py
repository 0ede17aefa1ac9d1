"""Signing over any callable: a cloud's key service, an SKF token, a colleague's machine."""

from __future__ import annotations

from collections.abc import Callable

from trustcert.errors import SigningError, VerificationError
from trustcert.keys.public import PublicKey

__all__ = ["CallableSigner", "checked"]


class CallableSigner:
    """A signer over a function that takes the message and returns the raw signature.

    The form is that of the key's row in :data:`~trustcert.keys.algorithms.ALGORITHMS`: r‖s for
    ECDSA and SM2, whatever the service itself returns
    (:func:`trustcert.keys.der.raw_from_der` turns DER into it). A service that takes
    digests is given one by the function: SHA-256 for ESP256, SHA-384 for ESP384,
    :meth:`trustcert.keys.sm2.Sm2PublicKey.digest` for SM2.
    """

    __slots__ = ("_sign", "public_key")

    public_key: PublicKey
    """The public part."""

    def __init__(self, public_key: PublicKey, sign: Callable[[bytes], bytes]) -> None:
        """Take the public key, and what signs with the private one."""
        self.public_key = public_key
        self._sign = sign

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature over ``message``.

        Whatever ``sign`` raises passes through.

        Raises:
            SigningError: what it returned is no signature of this key over ``message``.
        """
        return checked(self.public_key, message, self._sign(message))

    def __repr__(self) -> str:
        return f"<CallableSigner {self.public_key.algorithm.name} {self.public_key.kid.hex()}>"


def checked(public_key: PublicKey, message: bytes, signature: bytes) -> bytes:
    """Return ``signature`` if ``public_key`` verifies it over ``message``.

    Raises:
        SigningError: it does not: the wrong key, another form, or a fault.
    """
    try:
        public_key.verify(signature, message)
    except VerificationError as error:
        detail = error.report.findings[0].detail
        raise SigningError(f"what came back is no signature of this key: {detail}") from None
    return signature
