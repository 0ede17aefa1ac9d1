"""Keys: the closed algorithm table, public and private keys, and the protocol of a signer."""

from trustcert.keys.algorithms import (
    ALGORITHMS,
    ED25519,
    ES256_P384,
    ESP256,
    ESP384,
    ML_DSA_44,
    ML_DSA_65,
    PS256,
    SM2,
    Algorithm,
    named,
)
from trustcert.keys.private import PrivateKey, Signer
from trustcert.keys.public import KID_BYTES, PublicKey

__all__ = [
    "ALGORITHMS",
    "ED25519",
    "ES256_P384",
    "ESP256",
    "ESP384",
    "KID_BYTES",
    "ML_DSA_44",
    "ML_DSA_65",
    "PS256",
    "SM2",
    "Algorithm",
    "PrivateKey",
    "PublicKey",
    "Signer",
    "named",
]
