"""Keys: the closed algorithm table, public and private keys, and the protocol of a signer."""

from trustcert.keys.algorithms import ALGORITHMS, ED25519, ESP256, ESP384, Algorithm, named
from trustcert.keys.private import PrivateKey, Signer
from trustcert.keys.public import KID_BYTES, PublicKey

__all__ = [
    "ALGORITHMS",
    "ED25519",
    "ESP256",
    "ESP384",
    "KID_BYTES",
    "Algorithm",
    "PrivateKey",
    "PublicKey",
    "Signer",
    "named",
]
