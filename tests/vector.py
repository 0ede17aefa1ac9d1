"""One portable test vector: a directory with a README, the code and its case.

``code.txt`` is the code, every byte of it. ``case.json`` holds the moment, the trust data and
what must come out; ``tests/vectors/README.md`` describes its fields. The name of the directory
ends in ``_refused`` where that is INVALID, in ``_indeterminate`` where it is that, and else the
code is VALID.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.support import (
    ALL_TYPES,
    GUANGDONG,
    NOW,
    POLICY,
    SICHUAN,
    SYNCED,
    FakeTrust,
    signer,
)

from trustcert.formats import Challenge
from trustcert.keys import PublicKey
from trustcert.policy import Circumstances
from trustcert.policy.circumstances import NOTHING
from trustcert.registry.trust import HeldList, KeyState, TrustedKey
from trustcert.report import Verdict
from trustcert.status.causes import Cause
from trustcert.status.indices import from_indices
from trustcert.status.statuslist import State, StatusList

VECTORS: Final = Path(__file__).parent / "vectors"
ENDINGS: Final = {"_refused": Verdict.INVALID, "_indeterminate": Verdict.INDETERMINATE}
STATES: Final = {
    "invalid": State.INVALID,
    "suspended": State.SUSPENDED,
    "superseded": State.SUPERSEDED,
}


def verdict_of(name: str) -> Verdict:
    """Return the verdict that the ending of a directory's name promises."""
    for ending, verdict in ENDINGS.items():
        if name.endswith(ending):
            return verdict
    return Verdict.VALID


def key_entry(key: PublicKey | None = None, **changed: Any) -> dict[str, Any]:
    """Return a trusted key as JSON: Sichuan's, for every type, changed as said."""
    jwk = (key or signer().public_key).to_jwk()
    base = {
        "jwk": {name: jwk[name] for name in ("kty", "crv", "alg", "kid", "x", "y") if name in jwk},
        "issuer": SICHUAN,
        "names": [SICHUAN],
        "types": sorted(ALL_TYPES),
        "state": "active",
    }
    return base | changed


STATUS_LIST: Final[dict[str, Any]] = {
    "issuer": SICHUAN,
    "number": 3,
    "size": 1000,
    "as_of": SYNCED,
    "invalid": [7],
    "suspended": [8],
    "superseded": [9],
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Vector:
    """A vector in memory; the trust data is what case.json says of it."""

    name: str
    why: str
    code: str
    reasons: tuple[str, ...] = ()
    at: int = NOW
    as_of: int = SYNCED
    clock_floor: int = 0
    keys: tuple[dict[str, Any], ...] = field(default_factory=lambda: (key_entry(),))
    lists: tuple[dict[str, Any], ...] = (STATUS_LIST,)
    policy: Mapping[str, Any] | None = field(default_factory=lambda: POLICY)
    challenge: Mapping[str, Any] | None = None

    @property
    def case(self) -> dict[str, Any]:
        """The content of case.json."""
        challenge = {} if self.challenge is None else {"challenge": dict(self.challenge)}
        return {
            "at": self.at,
            **challenge,
            "destination": GUANGDONG,
            "trust": {
                "as_of": self.as_of,
                "clock_floor": self.clock_floor,
                "keys": list(self.keys),
                "status_lists": list(self.lists),
                "policy": self.policy,
            },
            "expected": {
                "verdict": verdict_of(self.name).value,
                "reasons": list(self.reasons),
            },
        }

    @property
    def files(self) -> dict[str, bytes]:
        """What stands in the directory."""
        case = json.dumps(self.case, ensure_ascii=False, indent=2) + "\n"
        title = self.name.replace("_", " ")
        return {
            "README.md": f"# {title}\n\n{self.why}\n".encode(),
            "code.txt": self.code.encode(),
            "case.json": case.encode(),
        }


def circumstances_of(case: Mapping[str, Any]) -> Circumstances:
    """Return what is known beside the code of a case."""
    if "challenge" not in case:
        return NOTHING
    return Circumstances(challenge=Challenge(**case["challenge"]))


def trust_of(case: Mapping[str, Any]) -> FakeTrust:
    """Return the trust data of a case."""
    trust = case["trust"]
    policy = trust["policy"]
    return FakeTrust(
        keys=tuple(map(_key, trust["keys"])),
        lists=tuple(map(_list, trust["status_lists"])),
        documents={} if policy is None else {case["destination"]: policy},
        as_of=trust["as_of"],
        clock_floor=trust["clock_floor"],
    )


def _key(entry: Mapping[str, Any]) -> TrustedKey:
    types = entry["types"]
    return TrustedKey(
        key=PublicKey.from_jwk(entry["jwk"]),
        issuer=entry["issuer"],
        names=frozenset(entry["names"]),
        types=None if types is None else frozenset(types),
        not_before=entry.get("not_before"),
        not_after=entry.get("not_after"),
        state=KeyState(entry["state"]),
        since=entry.get("since"),
        good_until=entry.get("good_until"),
    )


def _list(entry: Mapping[str, Any]) -> HeldList:
    size = entry["size"]
    made = StatusList(
        issuer=entry["issuer"],
        number=entry["number"],
        version=1,
        size=size,
        as_of=entry["as_of"],
        states={
            state: from_indices(entry[name], size=size)
            for name, state in STATES.items()
            if entry.get(name)
        },
        moved={to: from_indices(found, size=size) for to, found in entry.get("moved", {}).items()},
        causes={
            Cause(name): from_indices(found, size=size)
            for name, found in entry.get("causes", {}).items()
        },
    )
    return HeldList(list=made, as_of=entry["as_of"], good_until=entry.get("good_until"))
