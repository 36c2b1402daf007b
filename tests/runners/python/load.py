"""The workload ``rotation-load`` of the step ``bench``: workers run a small statement on a pool until the time is over."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from typing import Any

import tdsec
import tdsec.aio

Step = dict[str, Any]


class _Tally:
    """Of one worker."""

    def __init__(self) -> None:
        self.ns: list[int] = []
        self.errors: list[str] = []


def run(step: Step, pool: tdsec.Pool) -> Step:
    """By threads."""
    end = time.perf_counter_ns() + step["ms"] * 1_000_000
    tallies = [_Tally() for _ in range(step["workers"])]

    def work(tally: _Tally) -> None:
        while (start := time.perf_counter_ns()) < end:
            try:
                for _row in pool.query(step["sql"]):
                    pass
                tally.ns.append(time.perf_counter_ns() - start)
            except tdsec.Error as error:
                tally.errors.append(str(error))

    threads = [threading.Thread(target=work, args=(tally,)) for tally in tallies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _answer(tallies)


async def run_asyncio(step: Step, pool: tdsec.aio.Pool) -> Step:
    """By tasks of one loop."""
    end = time.perf_counter_ns() + step["ms"] * 1_000_000
    tallies = [_Tally() for _ in range(step["workers"])]

    async def work(tally: _Tally) -> None:
        while (start := time.perf_counter_ns()) < end:
            try:
                async for _row in await pool.query(step["sql"]):
                    pass
                tally.ns.append(time.perf_counter_ns() - start)
            except tdsec.Error as error:
                tally.errors.append(str(error))

    await asyncio.gather(*(work(tally) for tally in tallies))
    return _answer(tallies)


def _answer(tallies: list[_Tally]) -> Step:
    ns = sorted(ns for tally in tallies for ns in tally.ns)
    errors = [error for tally in tallies for error in tally.errors]

    def rank(share: float) -> float:  # nearest rank
        return ns[max(math.ceil(len(ns) * share) - 1, 0)] / 1000 if ns else 0.0

    return {
        "statements": len(ns) + len(errors),
        "failed": len(errors),
        "errors": errors[:3],
        "p50_us": rank(0.5),
        "p99_us": rank(0.99),
    }
