from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from tests.support import NOW, guangdong, proof, signer

from trustcert.bulk import check_many, in_chunks
from trustcert.claims import StatusReference
from trustcert.issuer import issue
from trustcert.report import Reason, Report
from trustcert.verifier import Verifier

TEXTS: list[str | bytes] = [
    issue(proof(), signer()),
    issue(proof(expires=NOW), signer()),
    "hello",
    issue(proof(status=StatusReference(list=3, index=7)), signer()).encode(),
    b"\xff",
]
EXPECTED = [
    (), (Reason.EXPIRED,), (Reason.NOT_A_CODE,), (Reason.REVOKED,), (Reason.NOT_A_CODE,),
]  # fmt: skip


def reasons(reports: Iterator[Report]) -> list[tuple[Reason, ...]]:
    return [report.reasons for report in reports]


@pytest.mark.parametrize("chunk", [1, 2, 5, 1000])
def test_reports_come_in_order(chunk: int) -> None:
    assert reasons(check_many(guangdong(), TEXTS * 3, at=NOW, chunk=chunk)) == EXPECTED * 3
    with ThreadPoolExecutor(2) as pool:
        found = check_many(guangdong(), TEXTS * 3, at=NOW, executor=pool, chunk=chunk)
        assert reasons(found) == EXPECTED * 3


def test_processes_make_a_verifier_each() -> None:
    make = functools.partial(guangdong)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        found = list(check_many(make, TEXTS, at=NOW, executor=pool, chunk=2))
    assert [report.reasons for report in found] == EXPECTED
    assert found == [guangdong().check(text, at=NOW) for text in TEXTS]


def test_a_verifier_is_made_once_a_process() -> None:
    made = []

    class Counted:
        def __call__(self) -> Verifier:
            made.append(1)
            return guangdong()

        def __reduce__(self) -> str:
            return "Counted"

    globals()["Counted"] = counted = Counted()
    for _ in range(3):
        assert reasons(check_many(counted, TEXTS, at=NOW, chunk=1)) == EXPECTED
    assert len(made) == 1
    del globals()["Counted"]


def test_nothing_in_is_nothing_out() -> None:
    assert list(check_many(guangdong(), [], at=NOW)) == []
    with ThreadPoolExecutor(1) as pool:
        assert list(check_many(guangdong(), [], at=NOW, executor=pool)) == []


def test_endless_input_is_read_as_far_as_it_must() -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "hello"

    reports = check_many(guangdong(), endless(), at=NOW, chunk=10)
    assert next(reports).reasons == (Reason.NOT_A_CODE,)
    assert taken == 10
    taken = 0
    with ThreadPoolExecutor(1) as pool:
        reports = check_many(guangdong(), endless(), at=NOW, executor=pool, chunk=10)
        assert next(reports).reasons == (Reason.NOT_A_CODE,)
        assert taken <= 10 * 64


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor])
def test_a_failing_task_raises_where_its_result_is_due(executor: type[Executor] | None) -> None:
    def task(items: list[int]) -> int:
        return 10 // items[0]

    pool = executor() if executor else None
    results = in_chunks(task, [5, 0, 1], executor=pool, chunk=1)
    assert next(results) == 2
    with pytest.raises(ZeroDivisionError):
        next(results)
    if pool is not None:
        pool.shutdown()
