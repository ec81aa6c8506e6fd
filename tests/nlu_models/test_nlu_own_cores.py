"""Each thread of the model has a core of its own, and nothing else of the process is bound."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nlu_models.inference.engine import MAX_THREADS, usual_threads
from nlu_models.serving.own_cores import stay_on_own_core

CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
pytestmark = pytest.mark.skipif(not CORES, reason="threads cannot choose a core here")


def where_they_run(threads: int, begin: object) -> list[set[int]]:
    together = threading.Barrier(threads)

    def look() -> set[int]:
        together.wait(10)
        return set(os.sched_getaffinity(0))

    with ThreadPoolExecutor(threads, initializer=begin) as pool:  # type: ignore[arg-type]
        return [each.result() for each in [pool.submit(look) for _ in range(threads)]]


def test_as_many_threads_as_cores_have_one_each() -> None:
    found = where_they_run(len(CORES), stay_on_own_core(len(CORES)))
    assert sorted(map(tuple, found)) == [(core,) for core in sorted(CORES)]
    assert os.sched_getaffinity(0) == CORES, "the event loop may run anywhere"


@pytest.mark.parametrize("threads", [len(CORES) + 1, len(CORES) - 1])
def test_where_cores_are_left_over_or_shared_nobody_is_bound(threads: int) -> None:
    assert stay_on_own_core(threads) is None


def test_where_it_is_forbidden_the_threads_run_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_who: int, _cores: set[int]) -> None:
        raise PermissionError("seccomp")

    begin = stay_on_own_core(len(CORES))
    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    assert where_they_run(len(CORES), begin) == [CORES] * len(CORES)


def test_a_process_that_may_use_one_core_of_many_starts_one_thread() -> None:
    os.sched_setaffinity(os.getpid(), {min(CORES)})
    try:
        assert usual_threads() == 1
    finally:
        os.sched_setaffinity(os.getpid(), CORES)


def test_a_thread_that_is_bound_does_not_count_its_own_core_alone() -> None:
    with ThreadPoolExecutor(1, initializer=os.sched_setaffinity, initargs=(0, {min(CORES)})) as pool:
        assert pool.submit(usual_threads).result() == min(MAX_THREADS, len(CORES))
