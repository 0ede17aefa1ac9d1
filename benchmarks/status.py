"""Status lists against their limit and against the forms that others use.

Sizes are of sets of revoked indices: log2 C(N, R) bits is what no coding of random sets can beat.
A whole snapshot has some 35 bytes more, which names the list. Sizes and memory are checked while
they are measured; times are printed beside what they should be.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import subprocess
import sys
import timeit
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable

from measure import Row, compare, main
from trustcert.encoding import rice
from trustcert.keys import PrivateKey
from trustcert.status import delta, ietf, ietf_token, snapshot
from trustcert.status.delta import Delta
from trustcert.status.ietf_token import StatusListToken
from trustcert.status.indices import IndexSet, from_indices, from_runs, runs_from
from trustcert.status.statuslist import State, StatusList, advanced

AT = 1_767_196_800
MILLION = 1_000_000
RNG = random.Random(1)  # noqa: S311 - the same lists in every run
KEY = PrivateKey.generate()
FROM = rice.NUMPY_FROM


def limit(size: int, count: int) -> float:
    """Return log2 C(size, count) in bytes."""
    bits = math.lgamma(size + 1) - math.lgamma(count + 1) - math.lgamma(size - count + 1)
    return bits / math.log(2) / 8


def sampled(size: int, count: int) -> list[int]:
    return sorted(RNG.sample(range(size), count))


def clustered(size: int, count: int) -> list[int]:
    """Return 80 % of ``count`` indices in runs of about 100, the others alone."""
    found = set(RNG.sample(range(size), count // 5))
    while len(found) < count:
        start = RNG.randrange(size - 200)
        found.update(range(start, start + max(1, round(RNG.expovariate(1 / 100)))))
    return sorted(found)


def listed(indices: Iterable[int], size: int) -> StatusList:
    held = {State.INVALID: from_indices(indices, size=size)}
    return StatusList(issuer="CN-51", number=7, version=9, size=size, as_of=AT, states=held)


def carried(one: StatusList) -> StatusListToken:
    uri = f"https://status.example/{one.issuer}/{one.number}"
    return StatusListToken(uri=uri, issued_at=AT, ttl=3_600, list=ietf.from_status_list(one))


def row(group: str, what: str, values: list[float], unit: str, base: float | None) -> Row:
    median = statistics.median(values)
    ratio = None if base is None else median / base
    spread = max(values) - min(values)
    return Row(group=group, what=what, unit=unit, median=median, spread=spread, ratio=ratio)


def sizes(*, quick: bool) -> list[Row]:
    rows: list[Row] = []
    for size in (MILLION, 10 * MILLION):
        for share in (0.0001, 0.001, 0.01, 0.02, 0.05):
            count = int(size * share)
            group = f"bytes, {size // MILLION} million, {share:.2%} revoked, random"
            least = limit(size, count)
            sets = [sampled(size, count) for _ in range(1 if quick else 3)]
            rows.append(row(group, "limit: log2 C(N, R)", [least], "bytes", least))
            rows += forms(group, sets, size, least, most=1.10 if share < 0.001 else 1.03)
    return rows


def forms(
    group: str, sets: list[list[int]], size: int, base: float, *, most: float | None
) -> list[Row]:
    """Return a row a form: ours as a set and as a snapshot, the IETF's, the EU's."""
    lists = [listed(indices, size) for indices in sets]
    coded = [float(len(rice.encode(runs_from(indices)))) for indices in sets]
    if most is not None:
        assert statistics.median(coded) <= most * base, group
    bitmaps = [ietf.from_status_list(one).entries for one in lists]
    packed = [zlib.compress(bitmap, 9) for bitmap in bitmaps]
    texts = [ietf_token.sign_jwt(carried(one), KEY) for one in lists]
    wanted = "" if most is None else f" (at most {most})"
    return [
        row(group, f"gap/run Rice{wanted}", coded, "bytes", base),
        row(group, "snapshot", [float(len(snapshot.encode(x))) for x in lists], "bytes", base),
        row(group, "IETF list, zlib 9", [float(len(x)) for x in packed], "bytes", base),
        row(group, "IETF list, signed JWT", [float(len(x)) for x in texts], "bytes", base),
        row(group, "16-byte hashes (EU)", [16.0 * len(x) for x in sets], "bytes", base),
    ]


def runs_of_a_hundred(*, quick: bool) -> list[Row]:
    size = 10 * MILLION
    sets = [clustered(size, size // 100) for _ in range(1 if quick else 3)]
    group = "bytes, 10 million, 1 % revoked, 80 % of it in runs of about 100"
    bitmaps = [ietf.from_status_list(listed(indices, size)).entries for indices in sets]
    base = statistics.median(len(zlib.compress(bitmap, 9)) for bitmap in bitmaps)
    rows = forms(group, sets, size, base, most=0.72)
    return [{**one, "what": one["what"].replace(" (at most 0.72)", " (of IETF, at most 0.72)")}
            for one in rows]  # fmt: skip


def day(size: int) -> tuple[StatusList, StatusList, Delta, list[int]]:
    """Return a list at 1 % a year after a year, the next day's, and the delta between them."""
    held = listed(sampled(size, size // 100), size)
    indices = held.states[State.INVALID]
    fresh = [i for i in sampled(size, size // 100 // 365 + 20) if not indices.has(i)]
    fresh = fresh[: size // 100 // 365]
    new = advanced(
        held, version=10, as_of=AT + 1, states={State.INVALID: fresh}, moved={}, causes={}
    )
    step = Delta(
        issuer="CN-51",
        number=7,
        base=9,
        version=10,
        as_of=AT + 1,
        states={State.INVALID: from_indices(fresh, size=size)},
        moved={},
        causes={},
        digest=delta.digest_of(snapshot.encode(new)),
    )
    return held, new, step, fresh


def deltas(*, quick: bool) -> list[Row]:
    size = 10 * MILLION
    held, new, step, fresh = day(size)
    data = delta.encode(step)
    least = limit(size, len(fresh))
    group = "bytes, a day of 10 million at 1 % a year"
    assert len(data) <= 1.1 * least
    rows = [
        row(group, "limit: log2 C(N, R)", [least], "bytes", least),
        row(group, "delta, whole file (at most 1.1)", [float(len(data))], "bytes", least),
        row(group, "snapshot", [float(len(snapshot.encode(new)))], "bytes", least),
    ]

    def applied() -> object:
        read = delta.decode(data, issuer="CN-51", number=7, size=size)
        return delta.apply(held, read)

    assert applied() == new
    cases = both(lambda: snapshot.decode(snapshot.encode(held), issuer="CN-51", number=7))
    cases |= both(applied, "delta: decode, apply, check digest")
    rows += compare(
        "a day of 10 million at 1 % a year: applying (milliseconds)",
        cases,
        limit="delta: decode, apply, check digest, numpy",
        quick=quick,
        unit="ms",
    )
    return rows


def both(
    call: Callable[[], object], name: str = "snapshot: encode, decode"
) -> dict[str, Callable[[], object]]:
    """Return ``call`` with numpy and with the standard library alone."""

    def plain() -> object:
        rice.NUMPY_FROM = 1 << 60  # type: ignore[misc]
        try:
            return call()
        finally:
            rice.NUMPY_FROM = FROM  # type: ignore[misc]

    return {f"{name}, numpy": call, f"{name}, standard library": plain}


def loading(*, quick: bool) -> list[Row]:
    size = 10 * MILLION
    held = listed(sampled(size, size // 100), size)
    data = snapshot.encode(held)
    bitmap = ietf.from_status_list(held).entries
    packed = zlib.compress(bitmap, 9)
    cases = both(lambda: snapshot.decode(data, issuer="CN-51", number=7), "load")
    cases |= both(lambda: snapshot.encode(held), "encode")
    cases |= {
        "IETF list: inflate": lambda: zlib.decompress(packed),
        "IETF list: deflate, zlib 9": lambda: zlib.compress(bitmap, 9),
    }
    return compare(
        "10 million at 1 %: load (numpy 30 ms, standard library 150 ms), encode",
        cases,
        limit="load, numpy",
        quick=quick,
        unit="ms",
    )


def lookups(*, quick: bool) -> list[Row]:
    rows: list[Row] = []
    for size in (10 * MILLION, 100 * MILLION):
        indices = sampled(size, size // 100)
        held = listed(indices, size)
        asked = [RNG.randrange(size) for _ in range(4_000)]
        found = frozenset(indices)
        assert all((held.state(i) is State.INVALID) == (i in found) for i in asked)
        whole = array("I", indices)
        bitmap = from_bitmap(held)

        def each(ask: Callable[[int], object], asked: list[int] = asked) -> Callable[[], object]:
            def call() -> None:
                for index in asked:
                    ask(index)

            return call

        cases = {
            "StatusList.state": each(held.state),
            "a bitmap's bit": each(bitmap.has),
            "bisection of one sorted array": each(lambda i, w=whole: bisect_left(w, i)),
            "nothing (the loop itself)": each(lambda _: None),
        }
        group = f"lookup in {size // MILLION} million at 1 % (at most 1 µs)"
        for one in compare(group, cases, limit="StatusList.state", quick=quick):
            each_one = {"median": one["median"] / len(asked), "spread": one["spread"] / len(asked)}
            rows.append({**one, **each_one})  # type: ignore[typeddict-item]
        rows += [
            row(group, f"{name}, fastest round", [fastest(case, len(asked))], "µs", None)
            for name, case in cases.items()
        ]
    return rows


def fastest(call: Callable[[], object], count: int) -> float:
    """Return the microseconds of one of ``count`` lookups in the round that others disturbed least.

    What a lookup takes by itself; on a shared machine the median tells as much of the neighbours.
    """
    return min(timeit.repeat(call, number=1, repeat=200)) / count * 1e6


def from_bitmap(held: StatusList) -> IndexSet:
    """Return the invalid ones as a bitmap, whatever would be smaller."""
    bitmap = ietf.from_status_list(held).entries
    return IndexSet(
        size=held.size,
        count=len(held.states[State.INVALID]),
        shift=0,
        lows=array("H"),
        offsets=array("I"),
        bitmap=bitmap,
    )


def memory() -> list[Row]:
    rows: list[Row] = []
    for size in (MILLION, 100 * MILLION):
        for share in (0.001, 0.01, 0.05, 0.2):
            count = int(size * share)
            step = size // count
            held = from_runs(runs_from(range(0, step * count, step)), size=size)
            bitmap = size / 8
            fixed = 4 * (size / 65_536 + 2)
            assert held.memory <= min(2.1 * count + fixed, bitmap + fixed)
            what = f"{size // MILLION} million at {share:.1%}"
            each = held.memory / count
            rows.append(row("memory, bytes a revoked one (at most 2.1, or a bitmap)", what,
                            [each], "bytes", None))  # fmt: skip
    return rows


WHOLE_WAY = """
import json, resource, sys, tempfile, time
from pathlib import Path
from trustcert.ledger import allocation, changes, publishing, storage
from trustcert.status import planner, snapshot
from trustcert.status.causes import Cause
from trustcert.ledger.changes import Order
from trustcert.ledger.partition import Issuance

size, at = int(sys.argv[1]), 1_767_196_800
times = {}

def timed(name, call):
    start = time.perf_counter()
    out = call()
    times[name] = time.perf_counter() - start
    return out

def order(at):
    return Order(cause=Cause.LOST, actor="desk", at=at)

with tempfile.TemporaryDirectory() as folder:
    book = storage.create(Path(folder) / "ledger", issuer="CN-51", list_size=size)
    issuance = Issuance(type="health", issued_at=at, expires=at + 900 * 86_400)
    given = []
    def allocate():
        for _ in range(size // 250_000):
            given.extend(allocation.allocate_many(book, issuance, 250_000)[:2_507])
    timed("allocate", allocate)
    lines = list(given)
    day = size // 100 // 365
    rest, last = lines[: size // 100], lines[size // 100 : size // 100 + day]
    del given
    outcome = timed("revoke 1 %, a file", lambda: changes.change(book, rest, order(at)))
    assert outcome.changed == size // 100
    first = timed("publish", lambda: publishing.publish(book, at=at))
    publishing.confirm(book, first)
    changes.change(book, last, order(at + 86_400))
    second = timed("publish a day later", lambda: publishing.publish(book, at=at + 86_400))
    publishing.confirm(book, second)
    held = timed("sync: load the snapshot", lambda: planner.follow(
        "CN-51", 1, held=None, files=first.write.items()))
    offered = {path: len(data) for path, data in publishing.current(book).items()}
    way = planner.plan("CN-51", 1, held=1, offered=offered)
    files = [(path, second.write[path]) for path in way]
    newest = timed("sync a day later", lambda: planner.follow("CN-51", 1, held=held, files=files))
    assert snapshot.encode(newest) == second.write["CN-51/status/1.snapshot"]
    for line in last:
        index = line[1]
        assert held.state(index).value == 0 and newest.state(index).value == 1
    book.close()
print(json.dumps({"times": times, "files": {p: n for p, n in offered.items()},
                  "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def whole_way(*, quick: bool) -> list[Row]:
    """Allocate, revoke, publish and sync in one process of its own, whose memory is looked at."""
    size = (10 if quick else 100) * MILLION
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", WHOLE_WAY, str(size)], stdout=subprocess.PIPE, text=True, check=True
    )
    told = json.loads(done.stdout)
    group = f"{size // MILLION} million, 1 % revoked: the whole way"
    rows = [row(group, name, [took], "s", None) for name, took in told["times"].items()]
    rows += [row(group, path, [float(n)], "bytes", None) for path, n in told["files"].items()]
    assert told["peak"] < 2_048
    rows.append(row(group, "peak memory (at most 2,048)", [told["peak"]], "MiB", None))
    return rows


def run(quick: bool) -> list[Row]:
    """Measure all of it."""
    return [
        *sizes(quick=quick),
        *runs_of_a_hundred(quick=quick),
        *deltas(quick=quick),
        *loading(quick=quick),
        *lookups(quick=quick),
        *memory(),
        *whole_way(quick=quick),
    ]


if __name__ == "__main__":
    main(run)
