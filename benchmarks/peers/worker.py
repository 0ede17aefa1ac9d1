"""Times one peer in an environment of its own, on orders from ``measure.Elsewhere``.

The first line is a JSON map: which peer, and its input. Then each line asks for a warm-up or for
the seconds of one call.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

SLICE = 0.02


def cwt_check(given: dict[str, Any]) -> Callable[[], object]:
    """Decode base45 text and verify the CWT in it with ``cwt``."""
    import base45
    from cwt import COSEKey, decode

    key = COSEKey.from_pem(given["pem"], kid=bytes.fromhex(given["kid"]), alg="ES256")
    text = given["text"][4:]
    return lambda: decode(b"\xd2" + base45.b45decode(text), keys=[key])


def cwt_hc1_check(given: dict[str, Any]) -> Callable[[], object]:
    """Decode an EU certificate's text and verify the CWT in it with ``cwt``."""
    import zlib

    import base45
    from cwt import COSEKey, decode

    key = COSEKey.from_pem(given["pem"], kid=bytes.fromhex(given["kid"]), alg="ES256")
    text = given["text"][4:]
    return lambda: decode(zlib.decompress(base45.b45decode(text)), keys=[key])


def pycose_check(given: dict[str, Any]) -> Callable[[], object]:
    """Decode base45 text and verify the COSE_Sign1 in it with ``pycose``."""
    import base45
    from pycose.keys import EC2Key
    from pycose.messages import Sign1Message

    x, y = bytes.fromhex(given["x"]), bytes.fromhex(given["y"])
    key = EC2Key(crv="P_256", x=x, y=y)
    text = given["text"][4:]

    def check() -> object:
        message = Sign1Message.decode(b"\xd2" + base45.b45decode(text))
        message.key = key
        if not message.verify_signature():
            raise ValueError
        return message

    return check


def main() -> None:
    given = json.loads(sys.stdin.readline())
    call = {"cwt": cwt_check, "cwt_hc1": cwt_hc1_check, "pycose": pycose_check}[given["peer"]](
        given
    )
    print("ready", flush=True)
    loops = 1
    for line in sys.stdin:
        if line.strip() == "warm":
            call()
            start = time.perf_counter()
            call()
            loops = max(1, int(SLICE / (time.perf_counter() - start)))
            print("warm", flush=True)
        else:
            start = time.perf_counter()
            for _ in range(loops):
                call()
            print((time.perf_counter() - start) / loops, flush=True)


if __name__ == "__main__":
    main()
