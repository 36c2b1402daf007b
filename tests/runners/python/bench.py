"""The step ``bench``: work done several times, each time by the clock. Its answers are described in benches/README.md.

Adding up rows and dataframes in Python would take longer than reading them. So they are read by the clock as programs
read them, and once more with every value added up if the step asks for a ``check``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import bench_sums as sums
import tdsec
import tdsec.aio

Answer = dict[str, Any]


def run(step: dict[str, Any], connection: Any) -> Answer:
    """A workload of the blocking module."""
    if step["workload"] == "connect":
        return {"ns": [_connect(step, options) for options in step["each"]]}
    if step["workload"] == "ticks":
        return _ticks(lambda: list(connection.query(step["sql"])))
    read, add = _WAITING[step["workload"]]
    ns, value = [], None
    for _ in range(step.get("times", 1)):
        start = time.perf_counter_ns()
        value = read(connection.query(step["sql"]))
        ns.append(time.perf_counter_ns() - start)
    if step.get("check") and add:
        value = add(connection.query(step["sql"]))
    return {"ns": ns, **sums.answer(value)}


async def run_asyncio(step: dict[str, Any], connection: Any) -> Answer:
    """A workload of tdsec.aio."""
    if step["workload"] == "connect":
        return {"ns": [await _connect_asyncio(step, options) for options in step["each"]]}
    read, add = _AWAITING[step["workload"]]
    ns, value = [], None
    for _ in range(step.get("times", 1)):
        start = time.perf_counter_ns()
        value = await read(await connection.query(step["sql"]))
        ns.append(time.perf_counter_ns() - start)
    if step.get("check") and add:
        value = await add(await connection.query(step["sql"]))
    return {"ns": ns, **sums.answer(value)}


def _count(rows: Any) -> int:
    count = 0
    for _ts, _current, _voltage, _phase, _name in rows:
        count += 1
    return count


async def _count_asyncio(rows: Any) -> int:
    count = 0
    async for _ts, _current, _voltage, _phase, _name in rows:
        count += 1
    return count


async def _stream_asyncio(result: Any) -> sums.Sums:
    total = sums.Sums()
    async for batch in result.batches():
        total += sums.of_batch(batch)
    return total


# How a result is read by the clock, and how once more with every value added up.
_WAITING: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any] | None]] = {
    "fetch-columns": (lambda result: sums.of_arrow(result.to_arrow()), None),
    "fetch-rows": (_count, sums.of_rows),
    "fetch-dataframe": (lambda result: len(result.to_pandas()), lambda result: sums.of_frame(result.to_pandas())),
    "stream": (lambda result: sum(map(sums.of_batch, result.batches()), sums.Sums()), None),
    "select-1": (lambda result: len(list(result)), None),
}


async def _columns(result: Any) -> sums.Sums:
    return sums.of_arrow(await result.to_arrow())


async def _frame_length(result: Any) -> int:
    return len(await result.to_pandas())


async def _frame_sums(result: Any) -> sums.Sums:
    return sums.of_frame(await result.to_pandas())


async def _row_sums(result: Any) -> sums.Sums:
    return sums.of_rows([row async for row in result])


async def _list_length(result: Any) -> int:
    return len([row async for row in result])


_AWAITING: dict[str, tuple[Callable[[Any], Awaitable[Any]], Callable[[Any], Awaitable[Any]] | None]] = {
    "fetch-columns": (_columns, None),
    "fetch-rows": (_count_asyncio, _row_sums),
    "fetch-dataframe": (_frame_length, _frame_sums),
    "stream": (_stream_asyncio, None),
    "select-1": (_list_length, None),
}


def _connect(step: dict[str, Any], options: dict[str, Any]) -> int:
    start = time.perf_counter_ns()
    connection = tdsec.connect(step["address"], **options)
    if "sql" in step:
        next(iter(connection.query(step["sql"])))
    taken = time.perf_counter_ns() - start
    connection.close()
    return taken


async def _connect_asyncio(step: dict[str, Any], options: dict[str, Any]) -> int:
    start = time.perf_counter_ns()
    connection = await tdsec.aio.connect(step["address"], **options)
    if "sql" in step:
        await (await connection.query(step["sql"])).__aiter__().__anext__()
    taken = time.perf_counter_ns() - start
    await connection.close()
    return taken


def _ticks(wait: Callable[[], Any]) -> Answer:
    """Ticks a second of another thread while this one waits for a query, and while it sleeps as long."""
    seconds, ticks = _ticks_during(wait)
    _, ideal = _ticks_during(lambda: time.sleep(seconds))
    return {"ticks": ticks, "ideal": ideal}


def _ticks_during(wait: Callable[[], Any]) -> tuple[float, int]:
    ticks, ended = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not ended.wait(0.005):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    wait()
    seconds, seen = time.perf_counter() - start, ticks
    ended.set()
    thread.join()
    return seconds, seen
