"""Receipts of use (用证): that a credential was used, by whom, what for and when; not whose.

::

    {"number": 12, "at": 1583110800, "credential": "…", "verifier": "CN-44/bank-7",
     "purpose": "open_account", "signal": "PASS", "previous": "…", "digest": "…"}

``credential`` is SHA-256 over the verifier's name and the signed name of the credential. Who knows
the credential (its holder, its issuer) finds its uses by computing it; a stranger with two
verifiers' books cannot tell that they hold the same credential, unless by trying out all places
of a status list. ``digest`` is SHA-256 over the receipt and the digest before it: a receipt
that was changed, taken out or put in breaks the chain. Whoever holds the file can write another
chain. :func:`sign_head` signs the last digest with the gate's own key, and :func:`check_head` shows
that a book still holds every receipt up to it: keep or publish the signed head each day. It proves
nothing of receipts after it, nor against the holder of the gate's key, who can sign another chain.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import asdict, replace

from trustcert.claims.lifetimes import day_of
from trustcert.encoding import json
from trustcert.encoding.fields import only, required
from trustcert.errors import MalformedError, TrustcertError, TrustError, inside
from trustcert.keys import PublicKey, Signer
from trustcert.report import Report, Verdict
from trustcert.values import PublicValue

START: Final = "0" * 64
"""What the first receipt of a book names as the digest before it."""

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.-]{0,63}")
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_SIGNALS: Final = {verdict.signal for verdict in Verdict}


class Receipt(PublicValue, frozen=True, kw_only=True):
    """One use; times are Unix seconds, digests hexadecimal."""

    number: int
    at: int
    credential: str
    verifier: str
    purpose: str
    signal: str
    previous: str
    digest: str

    def to_json(self) -> dict[str, Any]:
        """Return the receipt as JSON values."""
        return asdict(self)


class Head(PublicValue, frozen=True, kw_only=True):
    """The signed end of a book: its last receipt, and the signature in hexadecimal."""

    verifier: str
    number: int
    digest: str
    signature: str


class ReceiptBook:
    """Writes the receipts of one verifier, each chained to the one before."""

    def __init__(self, verifier: str, *, last: Receipt | None = None) -> None:
        """Open the book of ``verifier``; ``last`` is the receipt to go on from.

        Raises:
            MalformedError: the name of the verifier is none, or ``last`` is of another one.
        """
        if not _VERIFIER.fullmatch(verifier):
            raise MalformedError("must be 1 to 64 letters, digits and / _ . -", where="verifier")
        if last is not None and last.verifier != verifier:
            raise MalformedError("the last receipt is of another verifier", where="last")
        self.verifier = verifier
        self.last = last

    def use(self, report: Report, *, purpose: str) -> Receipt | None:
        """Return the receipt of one use; None where the report names no credential or time.

        Raises:
            MalformedError: the purpose is no code, as ``open_account``.
        """
        if not _CODE.fullmatch(purpose):
            raise MalformedError("must be a code, as open_account", where="purpose")
        if report.id is None or report.at is None:
            return None
        receipt = Receipt(
            number=1 if self.last is None else self.last.number + 1,
            at=report.at,
            credential=_credential(self.verifier, report.id),
            verifier=self.verifier,
            purpose=purpose,
            signal=report.verdict.signal,
            previous=START if self.last is None else self.last.digest,
            digest="",
        )
        self.last = replace(receipt, digest=_digest(receipt))
        return self.last


def read(values: Mapping[str, Any]) -> Receipt:
    """Return the receipt in decoded JSON.

    Raises:
        MalformedError: a field is missing, unknown or wrong; ``where`` is its name.
    """
    only(values, set(Receipt.__struct_fields__))
    return Receipt(
        number=required(values, "number", int),
        at=required(values, "at", int),
        credential=required(values, "credential", str),
        verifier=required(values, "verifier", str),
        purpose=required(values, "purpose", str),
        signal=required(values, "signal", str),
        previous=required(values, "previous", str),
        digest=required(values, "digest", str),
    )


def check_chain(receipts: Iterable[Receipt], *, after: Receipt | None = None) -> int:
    """Return how many receipts follow each other unbroken from ``after``, or from the start.

    Raises:
        MalformedError: one was changed, taken out or put in; ``where`` is its place.
    """
    count = 0
    for place, receipt in enumerate(receipts):
        with inside(f"[{place}]"):
            _follows(receipt, after)
        after = receipt
        count += 1
    return count


def sign_head(last: Receipt, key: Signer) -> Head:
    """Return the signed head of the book whose last receipt is ``last``."""
    signature = key.sign(_head(last.verifier, last.number, last.digest)).hex()
    return Head(verifier=last.verifier, number=last.number, digest=last.digest, signature=signature)


def check_head(head: Head, receipts: Iterable[Receipt], key: PublicKey) -> int:
    """Return how many receipts a whole book has; those up to ``head`` are as they were signed.

    Raises:
        MalformedError: the chain is broken; ``where`` is the place.
        TrustError: the head is not signed by ``key``, or the book does not hold what it signs.
    """
    try:
        signature = bytes.fromhex(head.signature)
        key.verify(signature, _head(head.verifier, head.number, head.digest))
    except (ValueError, TrustcertError):
        raise TrustError("the head is not signed by this key") from None
    held = list(receipts)
    count = check_chain(held)
    if not 1 <= head.number <= count or held[head.number - 1].digest != head.digest:
        raise TrustError("the book does not hold the receipts whose head was signed")
    return count


def uses_of(receipts: Iterable[Receipt], credential: str) -> Iterator[Receipt]:
    """Yield the uses of one credential, given its signed name (``Report.id``)."""
    for receipt in receipts:
        if receipt.credential == _credential(receipt.verifier, credential):
            yield receipt


def monthly(receipts: Iterable[Receipt]) -> dict[str, Counter[str]]:
    """Return how many uses each month had, by purpose: ``{"2020-03": {"open_account": 7}}``."""
    found: dict[str, Counter[str]] = {}
    for receipt in receipts:
        month = f"{day_of(receipt.at):%Y-%m}"
        found.setdefault(month, Counter())[receipt.purpose] += 1
    return found


def _follows(receipt: Receipt, before: Receipt | None) -> None:
    if receipt.signal not in _SIGNALS or not _HEX.fullmatch(receipt.credential):
        raise MalformedError("is no receipt")
    number = 1 if before is None else before.number + 1
    if receipt.number != number:
        raise MalformedError(f"must be number {number}", where="number")
    if receipt.previous != (START if before is None else before.digest):
        raise MalformedError("does not follow the one before", where="previous")
    if before is not None and (receipt.at < before.at or receipt.verifier != before.verifier):
        raise MalformedError("is older, or of another verifier", where="at")
    if receipt.digest != _digest(receipt):
        raise MalformedError("was changed", where="digest")


def _credential(verifier: str, name: str) -> str:
    return hashlib.sha256(json.encode(["trustcert use 1", verifier, name])).hexdigest()


def _head(verifier: str, number: int, digest: str) -> bytes:
    return json.encode(["trustcert receipts 1", verifier, number, digest])


def _digest(receipt: Receipt) -> str:
    values = receipt.to_json()
    del values["digest"]
    return hashlib.sha256(json.encode(values)).hexdigest()
