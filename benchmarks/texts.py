"""The codecs on the way of every check, beside their peers."""

from __future__ import annotations

import base64
import os
import sys

import base45 as peer

from measure import Row, compare, main
from trustcert.encoding import base45, base64url, cbor


def run(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    data = os.urandom(220)
    text, url = base45.encode(data), base64url.encode(data)
    assert peer.b45decode(text) == data
    rows = compare(
        "base45, 330 characters",
        {
            "trustcert: decode": lambda: base45.decode(text),
            "base45 package: decode": lambda: peer.b45decode(text),
            "trustcert: encode": lambda: base45.encode(data),
            "base45 package: encode": lambda: peer.b45encode(data),
        },
        limit="trustcert: decode",
        quick=quick,
    )
    rows += compare(
        "base64url, 294 characters",
        {
            "trustcert: decode, canonical": lambda: base64url.decode(url),
            "base64: decode, whatever": lambda: base64.urlsafe_b64decode(url + "=="),
        },
        limit="base64: decode, whatever",
        quick=quick,
    )
    claims = {1: "CN-51", 4: 1_700_000_000, 6: 1_700_000_000,
              -65537: {0: 2, 1: [7, 1_234_567], 3: "张伟", 5: 1, 6: "002X", 11: 1}}  # fmt: skip
    encoded = cbor.encode(claims)
    return rows + compare(
        "CBOR claims",
        {
            "fenced decode": lambda: cbor.decode(encoded),
            "deterministic decode": lambda: cbor.decode_deterministic(encoded),
            "encode": lambda: cbor.encode(claims),
        },
        limit="fenced decode",
        quick=quick,
    )


if __name__ == "__main__":
    sys.exit(main(run))
