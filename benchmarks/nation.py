"""A whole country that revokes, and its checkpoints, beside the same with the forms of others.

1.4 billion people with 10 credentials each, 1 % of them revoked a year, in lists of at most 100
million; 100,000 checkpoints that sync every hour.

What is measured and what is computed from it:

* an hour's deltas are real, one for each list of each province; so is the registry's metadata;
* a snapshot, its memory, the times of publishing and applying, the IETF list, its time and an EU
  batch are measured on one list of :data:`SCALE` credentials and multiplied by how many such
  lists the country fills;
* clubcards are computed: 1.08 of log2 C(N, R), the middle of what was published for them (Schanck,
  Clubcards for the WebPKI, IEEE S&P 2025), fetched anew every 12 hours as a filter of what is new
  (mozilla/crlite issue 316; Mozilla Hacks, 19 August 2025);
* every request counts 1,000 bytes for headers both ways (``planner.REQUEST_BYTES``).

The provinces' shares are those of the census of 1 November 2020 (National Bureau of Statistics,
Seventh National Population Census, bulletin 3), without 2 million servicemen.
"""

from __future__ import annotations

import json
import math
import random
import tempfile
import time
import zlib
from array import array
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bars import drawn
from measure import Row, main
from trustcert.keys import PrivateKey
from trustcert.ledger import publishing, storage
from trustcert.ledger.allocation import allocate_many
from trustcert.ledger.changes import Order, revoke
from trustcert.ledger.partition import Issuance
from trustcert.registry import publish
from trustcert.registry.model import Issuer
from trustcert.registry.repository import Repository
from trustcert.registry.roles import RoleKeys
from trustcert.status import delta, ietf, ietf_token, paths, snapshot
from trustcert.status.causes import Cause
from trustcert.status.delta import Delta
from trustcert.status.ietf_token import StatusListToken
from trustcert.status.indices import from_indices
from trustcert.status.planner import REQUEST_BYTES
from trustcert.status.statuslist import State, StatusList, advanced

CENSUS = {
    "CN-11": 21_893_095, "CN-12": 13_866_009, "CN-13": 74_610_235, "CN-14": 34_915_616,
    "CN-15": 24_049_155, "CN-21": 42_591_407, "CN-22": 24_073_453, "CN-23": 31_850_088,
    "CN-31": 24_870_895, "CN-32": 84_748_016, "CN-33": 64_567_588, "CN-34": 61_027_171,
    "CN-35": 41_540_086, "CN-36": 45_188_635, "CN-37": 101_527_453, "CN-41": 99_365_519,
    "CN-42": 57_752_557, "CN-43": 66_444_864, "CN-44": 126_012_510, "CN-45": 50_126_804,
    "CN-46": 10_081_232, "CN-50": 32_054_159, "CN-51": 83_674_866, "CN-52": 38_562_148,
    "CN-53": 47_209_277, "CN-54": 3_648_100, "CN-61": 39_528_999, "CN-62": 25_019_831,
    "CN-63": 5_923_957, "CN-64": 7_202_654, "CN-65": 25_852_345,
}  # fmt: skip
assert sum(CENSUS.values()) == 1_409_778_724

PEOPLE, EACH, YEARLY, CHECKPOINTS = 1_400_000_000, 10, 0.01, 100_000
LIST = 100_000_000
SCALE = 10_000_000
HOURS = 24
HOME = "CN-44"
CLUBCARD = 1.08
CLUBCARD_UPDATES = 2
AT = 1_767_196_800
OUT = Path(__file__).parent.parent / "out"
RNG = random.Random(4)  # noqa: S311 - the same country in every run


def limit(size: float, count: float) -> float:
    """Return log2 C(size, count) in bytes."""
    bits = math.lgamma(size + 1) - math.lgamma(count + 1) - math.lgamma(size - count + 1)
    return bits / math.log(2) / 8


def row(group: str, what: str, value: float, unit: str, base: float | None = None) -> Row:
    ratio = None if base is None else value / base
    return Row(group=group, what=what, unit=unit, median=value, spread=0.0, ratio=ratio)


def country() -> dict[str, list[int]]:
    """Return the sizes of each province's lists."""
    total = sum(CENSUS.values())
    found = {}
    for issuer, people in CENSUS.items():
        credentials = PEOPLE * EACH * people // total
        count = math.ceil(credentials / LIST)
        found[issuer] = [credentials // count] * count
    return found


def hour(size: int) -> int:
    """Return how many of a list's credentials are revoked in one hour: a whole number by chance."""
    mean = size * YEARLY / 365 / HOURS
    return int(mean) + (RNG.random() < mean % 1)


def an_hours_delta(issuer: str, number: int, size: int) -> bytes:
    fresh = sorted(RNG.sample(range(size), hour(size)))
    states = {State.INVALID: from_indices(fresh, size=size)}
    held = Delta(issuer=issuer, number=number, base=8_760, version=8_761, as_of=AT,
                 states=states, moved={}, causes={}, digest=RNG.randbytes(16))  # fmt: skip
    return delta.encode(held)


def registry(lists: dict[str, list[int]], deltas: dict[str, list[bytes]]) -> dict[str, int]:
    """Return the bytes of each role's metadata, as an hour's publication signs it."""
    key = PrivateKey.generate("Ed25519")
    keys = RoleKeys(keys=(key.public_key,))
    made: Repository = publish.create(root=keys, targets=keys, snapshot=keys, timestamp=keys, at=AT)
    for issuer, sizes in lists.items():
        entry = Issuer(id=issuer, name_zh=issuer, name_en=issuer, types=frozenset({"licence"}))
        made.add_issuer(entry, keys, at=AT)
        made.delegate_status(issuer, keys, at=AT)
        role = f"{issuer}-status"
        for number, data in enumerate(deltas[issuer], 1):
            made.put(role, paths.snapshot(issuer, number), RNG.randbytes(32), at=AT)
            for base in (8_760, 8_736, 8_592, 7_920):  # the last hour, a day, a week, five weeks
                made.put(role, paths.delta(issuer, number, base, 8_761), data, at=AT)
        assert len(sizes) == len(deltas[issuer])
    made.sign(key)
    publish.renew(made, key, at=AT)
    return {role: len(metadata.to_bytes()) for role, metadata in made.metadata.items()}


def a_list(size: int) -> StatusList:
    """Return a list a year old: 1 % revoked."""
    count = int(size * YEARLY)
    gaps = array("I", sorted(RNG.sample(range(size), count)))
    held = {State.INVALID: from_indices(gaps, size=size)}
    return StatusList(issuer=HOME, number=1, version=8_760, size=size, as_of=AT, states=held)


def timed(call: object, rounds: int) -> float:
    """Return the median seconds of a call."""
    assert callable(call)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)


def publishing_time(rounds: int) -> float:
    """Return the seconds in which a province publishes an hour of one list from its ledger."""
    with tempfile.TemporaryDirectory() as folder:
        book = storage.create(Path(folder) / "ledger", issuer=HOME, list_size=SCALE)
        with book:
            per_hour = round(SCALE * YEARLY / 365 / HOURS)
            issuance = Issuance(type="health_proof", issued_at=AT, expires=AT + 900 * 86_400)
            issued = allocate_many(book, issuance, SCALE // 100 + rounds * per_hour)
            rest = issued[: SCALE // 100]
            revoke(book, rest, Order(cause=Cause.LOST, actor="desk", at=AT))
            publishing.confirm(book, publishing.publish(book, at=AT))
            times = []
            for turn in range(rounds):
                at = AT + 3_600 * (turn + 1)
                fresh = issued[len(rest) + turn * per_hour :][:per_hour]
                revoke(book, fresh, Order(cause=Cause.LOST, actor="desk", at=at))
                start = time.perf_counter()
                done = publishing.publish(book, at=at)
                publishing.confirm(book, done)
                times.append(time.perf_counter() - start)
                assert len(done.write) >= 2
    return median(times)


def applying_time(held: StatusList, rounds: int) -> float:
    """Return the seconds in which a device applies an hour's delta to one list."""
    taken = held.states[State.INVALID]
    count = round(SCALE * YEARLY / 365 / HOURS)
    free = [i for i in RNG.sample(range(SCALE), 2 * count) if not taken.has(i)]
    fresh = sorted(free[:count])
    changed = {"version": 8_761, "as_of": AT + 1, "moved": {}, "causes": {}}
    after = advanced(held, states={State.INVALID: fresh}, **changed)  # type: ignore[arg-type]
    step = Delta(issuer=HOME, number=1, base=8_760,
                 states={State.INVALID: from_indices(fresh, size=SCALE)},
                 digest=delta.digest_of(snapshot.encode(after)), **changed)  # type: ignore[arg-type]  # fmt: skip
    data = delta.encode(step)

    def applied() -> object:
        return delta.apply(held, delta.decode(data, issuer=HOME, number=1, size=SCALE))

    assert applied() == after
    return timed(applied, rounds)


def others(held: StatusList, rounds: int) -> dict[str, float]:
    """Return what one list costs in the IETF form, and one entry in an EU batch."""
    token = StatusListToken(uri="https://status.example/CN-44/1", issued_at=AT, ttl=3_600,
                            list=ietf.from_status_list(held))  # fmt: skip
    text = ietf_token.sign_jwt(token, PrivateKey.generate())
    entries = [{"hash": b64encode(RNG.randbytes(16)).decode()} for _ in range(1_000)]
    batch = {"country": "CN", "expires": "2026-12-31T00:00:00Z", "kid": "UNKNOWN_KID",
             "hashType": "SIGNATURE", "entries": entries}  # fmt: skip
    bitmap = token.list.entries
    return {
        "jwt": float(len(text)),
        "bitmap": float(len(bitmap)),
        "packing": timed(lambda: zlib.compress(bitmap, 9), rounds),
        "entry": len(json.dumps(batch, separators=(",", ":"))) / len(entries),
    }


@dataclass(frozen=True, kw_only=True)
class Nation:
    """The country, its registry as it is an hour later, and one list that was measured."""

    lists: dict[str, list[int]]
    deltas: dict[str, list[bytes]]
    metadata: dict[str, int]
    held: StatusList
    snapshot: int
    others: dict[str, float]

    @property
    def credentials(self) -> int:
        return sum(map(sum, self.lists.values()))

    @property
    def parts(self) -> float:
        """How many lists as the measured one they would fill."""
        return self.credentials / SCALE

    @property
    def home(self) -> float:
        """The same of one province."""
        return sum(self.lists[HOME]) / SCALE

    @property
    def count(self) -> int:
        return sum(map(len, self.lists.values()))

    @property
    def revoked(self) -> float:
        return self.credentials * YEARLY

    @property
    def hourly(self) -> float:
        return self.revoked / 365 / HOURS

    def wire(self, issuer: str) -> int:
        """Return the bytes of a province's deltas of one hour."""
        return sum(map(len, self.deltas[issuer]))

    def hour(self, issuers: Iterable[str]) -> dict[str, int]:
        """Return what one sync fetches whose lists are those of ``issuers``."""
        roles = [role for role in self.metadata if role.endswith("-status")]
        fetched = [*roles, "snapshot", "timestamp"]
        issuers = list(issuers)
        requests = len(fetched) + 1 + sum(len(self.lists[issuer]) for issuer in issuers)
        return {
            "deltas": sum(map(self.wire, issuers)),
            "metadata": sum(self.metadata[role] for role in fetched),
            f"headers of {requests} requests": REQUEST_BYTES * requests,
        }


def measured() -> Nation:
    lists = country()
    deltas = {
        issuer: [an_hours_delta(issuer, number, size) for number, size in enumerate(sizes, 1)]
        for issuer, sizes in lists.items()
    }
    held = a_list(SCALE)
    return Nation(lists=lists, deltas=deltas, metadata=registry(lists, deltas), held=held,
                  snapshot=len(snapshot.encode(held)), others=others(held, 3))  # fmt: skip


def a_day(nation: Nation) -> dict[str, float]:
    """Return the bytes of a checkpoint's day, by form."""
    club = limit(nation.credentials, nation.revoked / 365 / CLUBCARD_UPDATES)
    batches = math.ceil(nation.hourly / 1_000)
    entry, jwt = nation.others["entry"], nation.others["jwt"]
    return {
        "here": HOURS * sum(nation.hour(nation.lists).values()),
        "here, one province": HOURS * sum(nation.hour([HOME]).values()),
        "IETF list, JWT": HOURS * (nation.parts * jwt + REQUEST_BYTES * nation.count),
        "EU hashes": HOURS * (nation.hourly * entry + REQUEST_BYTES * batches),
        "clubcard, twice a day": CLUBCARD_UPDATES * (CLUBCARD * club + 2 * REQUEST_BYTES),
    }


def a_first_sync(nation: Nation) -> dict[str, float]:
    """Return the bytes of all lists, by form."""
    return {
        "here": nation.parts * nation.snapshot,
        "here, one province": nation.home * nation.snapshot,
        "IETF list, JWT": nation.parts * nation.others["jwt"],
        "EU hashes": nation.revoked * nation.others["entry"],
        "clubcard": CLUBCARD * limit(nation.credentials, nation.revoked),
    }


def memory(nation: Nation) -> dict[str, float]:
    """Return the bytes that all lists take on a device, by form."""
    return {
        "here": nation.parts * nation.held.memory,
        "here, one province": nation.home * nation.held.memory,
        "IETF list, bitmap": nation.parts * nation.others["bitmap"],
        "EU hashes": 16 * nation.revoked,
        "clubcard": CLUBCARD * limit(nation.credentials, nation.revoked),
    }


def run(quick: bool) -> list[Row]:
    """Measure the pieces, put the country together, draw it."""
    rounds = 3 if quick else 15
    nation = measured()
    day, first, held = a_day(nation), a_first_sync(nation), memory(nation)
    rows = [
        *shares(nation),
        *bytes_a_day(nation, day),
        *bytes_at_first(nation, first),
        *publishers(nation, day, rounds),
        *devices(nation, held, rounds),
    ]
    OUT.mkdir(exist_ok=True)
    charts = {"A day's syncs, bytes": day, "First sync, bytes": first, "Memory, bytes": held}
    (OUT / "nation.svg").write_text(drawn(charts), encoding="utf-8")
    return rows


def bytes_a_day(nation: Nation, day: dict[str, float]) -> list[Row]:
    least = HOURS * limit(nation.credentials, nation.hourly)
    group = (
        f"nation: bytes a checkpoint and day, hourly; {nation.hourly:,.0f} revoked an hour"
        f" in {nation.count} lists"
    )
    return [
        row(group, "limit: log2 C(N, R) of each hour", least, "bytes", least),
        *(row(group, f"of ours: {what}", HOURS * size, "bytes", least)
          for what, size in nation.hour(nation.lists).items()),
        *(row(group, what, size, "bytes", least) for what, size in day.items()),
    ]  # fmt: skip


def bytes_at_first(nation: Nation, first: dict[str, float]) -> list[Row]:
    least = limit(nation.credentials, nation.revoked)
    group = "nation: bytes of a first sync"
    limits = [row(group, "limit: log2 C(N, R)", least, "bytes", least)]
    return limits + [row(group, what, size, "bytes", least) for what, size in first.items()]


def publishers(nation: Nation, day: dict[str, float], rounds: int) -> list[Row]:
    group = f"nation: publisher's mean bandwidth, {CHECKPOINTS:,} checkpoints"
    rows = [
        row(group, what, 8 * size * CHECKPOINTS / 86_400 / 1e9, "Gbit/s")
        for what, size in day.items()
    ]
    group = "nation: publishers' time on one core an hour, all provinces together"
    ours, theirs = publishing_time(rounds), nation.others["packing"]
    rows.append(row(group, "here: from the ledgers", ours * nation.parts, "s"))
    rows.append(row(group, "IETF list: compressing", theirs * nation.parts, "s"))
    return rows


def devices(nation: Nation, held: dict[str, float], rounds: int) -> list[Row]:
    group = "nation: on a device"
    applied = applying_time(nation.held, rounds)
    return [
        *(row(group, f"memory: {what}", size / 2**20, "MiB") for what, size in held.items()),
        row(group, "time an hour to apply all deltas", applied * nation.parts, "s"),
        row(group, "time an hour to apply one province's", applied * nation.home, "s"),
    ]


def shares(nation: Nation) -> list[Row]:
    """Return what each province adds to an hour."""
    group = "nation: an hour's deltas of each province"
    return [
        row(
            group,
            f"{issuer}: {sum(sizes) / nation.credentials:5.1%} in {len(sizes)} lists",
            float(nation.wire(issuer)),
            "bytes",
        )
        for issuer, sizes in nation.lists.items()
    ]


if __name__ == "__main__":
    main(run)
