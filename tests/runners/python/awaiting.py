"""The operations through ``tdsec.aio``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Union

import answers
import bench
import blocks
import facts
import forking
import load
import observing
import pools
import pyarrow
import tokens
from answers import found

import tdsec
from tdsec import aio

Step = dict[str, Any]


class Awaiting:
    def __init__(self) -> None:
        self._connections: dict[str, aio.Connection] = {}
        self._results: dict[str, aio.Result] = {}
        self._tasks: dict[str, asyncio.Task[Step]] = {}
        self._pools: dict[str, aio.Pool] = {}
        self._callbacks = pools.Callbacks()
        self._subscriptions: dict[str, aio.Subscription] = {}
        self._issued = tokens.Issued()

    async def connect(self, step: Step) -> Step:
        self._connections[step["conn"]] = await connect(step)
        return {}

    async def info(self, step: Step) -> Step:
        return facts.info(self._connection(step))

    async def query(self, step: Step) -> Step:
        return await query(self._connection(step), step)

    async def open(self, step: Step) -> Step:
        result = await run(self._connection(step), step)
        self._results[step["result"]] = result
        return {"columns": answers.columns(result.columns)}

    async def fetch(self, step: Step) -> Step:
        batch = await found(self._results, step["result"], "result").fetch_block()
        return {"end": True} if batch is None else {"rows": answers.plain_rows(batch.rows(), batch.precision)}

    async def close_result(self, step: Step) -> Step:
        found(self._results, step["result"], "result").close()
        del self._results[step["result"]]
        return {}

    async def start(self, step: Step) -> Step:
        task = asyncio.create_task(query(self._connection(step), step))
        self._tasks[step["task"]] = task
        await asyncio.sleep(0)  # the task begins, as a thread would
        return {}

    async def wait(self, step: Step) -> Step:
        task: asyncio.Task[Step] = found(self._tasks, step["task"], "task")
        del self._tasks[step["task"]]
        try:
            return await task
        except asyncio.CancelledError:
            # asyncio's own way to cancel; the code is what other languages get from their call.
            raise tdsec.CancelledError.because(tdsec.CancelledError.cause) from None

    async def cancel(self, step: Step) -> Step:
        found(self._tasks, step["task"], "task").cancel()
        return {}

    async def database(self, step: Step) -> Step:
        return {"database": await self._connection(step).current_database()}

    async def status(self, step: Step) -> Step:
        return {"status": (await self._connection(step).status()).status}

    async def subscribe(self, step: Step) -> Step:
        self._subscriptions[step["subscription"]] = aio.subscribe(**observing.asked(step))
        return {}

    async def events(self, step: Step) -> Step:
        subscription: aio.Subscription = found(self._subscriptions, step["subscription"], "subscription")
        events: list[tdsec.Event] = []
        while len(events) < step.get("count", 0):
            try:
                events.append(await asyncio.wait_for(subscription.__anext__(), observing.PATIENCE))
            except asyncio.TimeoutError:
                break
        while event := subscription.ready():
            events.append(event)
        return {"events": [observing.shown(event) for event in events]}

    async def metrics(self, step: Step) -> Step:
        return observing.metrics(step)

    async def close(self, step: Step) -> Step:
        await self._connection(step).close()
        return {}

    async def describe(self, step: Step) -> Step:
        return facts.describe(self._connection(step))

    async def tokens(self, step: Step) -> Step:
        of = self._connection(step).tokens
        if step["do"] == "describe":
            return self._issued.describe(step)
        if step["do"] == "create":
            return self._issued.keep(step, await of.create(step["name"], step["user"], **tokens.clauses(step)))
        if step["do"] == "list":
            return tokens.rows(await of.list())
        method, arguments = tokens.changes(step)
        await getattr(of, method)(*arguments)
        return {}

    async def bench(self, step: Step) -> Step:
        if step["workload"] == "rotation-load":
            return await load.run_asyncio(step, self._pools[step["pool"]])
        return await bench.run_asyncio(step, self._connections.get(step.get("conn", "")))

    async def rss(self, step: Step) -> Step:
        return facts.rss()

    async def fork(self, step: Step) -> Step:
        old = self._connection(step)

        async def in_child() -> Step:
            try:
                await run(old, {"sql": "select 1"})
                answer = "ok"
            except tdsec.Error as error:
                answer = error.code
            async with await connect(step) as connection:
                async with await connection.query("select 1") as result:
                    _ = [row async for row in result]
            return {"old": answer, "new": "ok"}

        # The parent's loop is of no use in the child, which runs one of its own.
        return forking.answer_of_child(lambda: asyncio.run(in_child()))

    async def callback_set(self, step: Step) -> Step:
        self._callbacks.set(step)
        return {}

    async def pool(self, step: Step) -> Step:
        source = pools.source(step.get("source"), self._function)
        self._pools[step["pool"]] = aio.Pool(*facts.address(step), token_source=source, **facts.options(step))
        return {}

    async def acquire(self, step: Step) -> Step:
        self._connections[step["conn"]] = await self._pool(step).acquire(facts.seconds(step))
        return {}

    async def pool_ready(self, step: Step) -> Step:
        await self._pool(step).ready(facts.seconds(step))
        return {}

    async def pool_query(self, step: Step) -> Step:
        return await query(self._pool(step), step)

    async def pool_info(self, step: Step) -> Step:
        return pools.info(self._pool(step))

    async def pool_close(self, step: Step) -> Step:
        patience = facts.seconds(step)
        await self._pool(step).close(5 if patience is None else patience)
        return {}

    async def rotate(self, step: Step) -> Step:
        self._pool(step).rotate()
        return {}

    async def revoke(self, step: Step) -> Step:
        self._pool(step).revoke()
        return {}

    def _pool(self, step: Step) -> aio.Pool:
        pool: aio.Pool = found(self._pools, step["pool"], "pool")
        return pool

    def _function(self, name: str) -> Callable[[], Awaitable[Union[str, tdsec.Token]]]:
        give = self._callbacks.function(name)

        async def give_later() -> Union[str, tdsec.Token]:
            await asyncio.sleep(0)
            return give()

        return give_later

    def _connection(self, step: Step) -> aio.Connection:
        connection: aio.Connection = found(self._connections, step["conn"], "connection")
        return connection


async def connect(step: Step) -> aio.Connection:
    return await aio.connect(*facts.address(step), **facts.options(step))


async def run(asked: Union[aio.Connection, aio.Pool], step: Step) -> aio.Result:
    options = {"timeout": facts.seconds(step), "req_id": step.get("req_id")}
    if isinstance(asked, aio.Pool):
        options["idempotent"] = step.get("idempotent", False)
    return await asked.query(step["sql"], **options)


async def query(asked: Union[aio.Connection, aio.Pool], step: Step) -> Step:
    async with await run(asked, step) as result:
        if result.is_update:
            return {"affected": result.affected_rows}
        mode = step.get("mode") or "rows"
        if mode.startswith("count-"):
            return await count(result, mode)
        if mode == "arrow":
            rows = blocks.arrow_rows(await result.to_arrow(), result.precision)
        elif mode == "columns":
            rows = [row async for batch in result.batches() for row in blocks.numpy_rows(batch)]
        else:
            rows = answers.plain_rows([row async for row in result.rows()], result.precision)
        return {"columns": answers.columns(result.columns), "precision": result.precision, "rows": rows}


async def count(result: aio.Result, mode: str) -> Step:
    rows = checksum = 0
    if mode == "count-columns":
        async for batch in result.batches():
            rows, checksum = rows + len(batch), checksum ^ blocks.numpy_checksum(batch.columns[0])
    elif mode == "count-arrow":
        async for batch in result.batches():
            decoded = pyarrow.record_batch(batch)
            rows, checksum = rows + decoded.num_rows, checksum ^ blocks.arrow_checksum(decoded.column(0))
    else:
        async for row in result.rows():
            rows, checksum = rows + 1, checksum ^ answers.bits(row[0], result.precision)
    return answers.summary(rows, checksum)
