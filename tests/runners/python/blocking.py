"""The operations through the module that waits."""

from __future__ import annotations

import threading
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

Step = dict[str, Any]


class Blocking:
    def __init__(self) -> None:
        self._connections: dict[str, tdsec.Connection] = {}
        self._results: dict[str, tdsec.Result] = {}
        self._tasks: dict[str, Task] = {}
        self._pools: dict[str, tdsec.Pool] = {}
        self._callbacks = pools.Callbacks()
        self._subscriptions: dict[str, tdsec.Subscription] = {}
        self._issued = tokens.Issued()

    def connect(self, step: Step) -> Step:
        self._connections[step["conn"]] = connect(step)
        return {}

    def info(self, step: Step) -> Step:
        return facts.info(self._connection(step))

    def query(self, step: Step) -> Step:
        return query(self._connection(step), step)

    def open(self, step: Step) -> Step:
        result = run(self._connection(step), step)
        self._results[step["result"]] = result
        return {"columns": answers.columns(result.columns)}

    def fetch(self, step: Step) -> Step:
        batch = found(self._results, step["result"], "result").fetch_block()
        return {"end": True} if batch is None else {"rows": answers.plain_rows(batch.rows(), batch.precision)}

    def close_result(self, step: Step) -> Step:
        found(self._results, step["result"], "result").close()
        del self._results[step["result"]]
        return {}

    def start(self, step: Step) -> Step:
        self._tasks[step["task"]] = Task(self._connection(step), step)
        return {}

    def wait(self, step: Step) -> Step:
        task = found(self._tasks, step["task"], "task")
        del self._tasks[step["task"]]
        return task.outcome()

    def cancel(self, step: Step) -> Step:
        found(self._tasks, step["task"], "task").cancel()
        return {}

    def database(self, step: Step) -> Step:
        return {"database": self._connection(step).current_database()}

    def status(self, step: Step) -> Step:
        return {"status": self._connection(step).status().status}

    def close(self, step: Step) -> Step:
        self._connection(step).close()
        return {}

    def describe(self, step: Step) -> Step:
        return facts.describe(self._connection(step))

    def subscribe(self, step: Step) -> Step:
        self._subscriptions[step["subscription"]] = tdsec.subscribe(**observing.asked(step))
        return {}

    def events(self, step: Step) -> Step:
        subscription = found(self._subscriptions, step["subscription"], "subscription")
        events: list[tdsec.Event] = []
        wanted = step.get("count", 0)
        while event := subscription.next(observing.PATIENCE if len(events) < wanted else 0):
            events.append(event)
        return {"events": [observing.shown(event) for event in events]}

    def metrics(self, step: Step) -> Step:
        return observing.metrics(step)

    def tokens(self, step: Step) -> Step:
        of = self._connection(step).tokens
        if step["do"] == "describe":
            return self._issued.describe(step)
        if step["do"] == "create":
            return self._issued.keep(step, of.create(step["name"], step["user"], **tokens.clauses(step)))
        if step["do"] == "list":
            return tokens.rows(of.list())
        method, arguments = tokens.changes(step)
        getattr(of, method)(*arguments)
        return {}

    def bench(self, step: Step) -> Step:
        if step["workload"] == "rotation-load":
            return load.run(step, self._pools[step["pool"]])
        return bench.run(step, self._connections.get(step.get("conn", "")))

    def rss(self, step: Step) -> Step:
        return facts.rss()

    def fork(self, step: Step) -> Step:
        old = self._connection(step)

        def in_child() -> Step:
            try:
                run(old, {"sql": "select 1"})
                answer = "ok"
            except tdsec.Error as error:
                answer = error.code
            with connect(step) as connection:
                list(connection.query("select 1"))
            return {"old": answer, "new": "ok"}

        return forking.answer_of_child(in_child)

    def callback_set(self, step: Step) -> Step:
        self._callbacks.set(step)
        return {}

    def pool(self, step: Step) -> Step:
        source = pools.source(step.get("source"), self._callbacks.function)
        self._pools[step["pool"]] = tdsec.Pool(*facts.address(step), token_source=source, **facts.options(step))
        return {}

    def acquire(self, step: Step) -> Step:
        self._connections[step["conn"]] = self._pool(step).acquire(facts.seconds(step))
        return {}

    def pool_ready(self, step: Step) -> Step:
        self._pool(step).ready(facts.seconds(step))
        return {}

    def pool_query(self, step: Step) -> Step:
        return query(self._pool(step), step)

    def pool_info(self, step: Step) -> Step:
        return pools.info(self._pool(step))

    def pool_close(self, step: Step) -> Step:
        patience = facts.seconds(step)
        self._pool(step).close(5 if patience is None else patience)
        return {}

    def rotate(self, step: Step) -> Step:
        self._pool(step).rotate()
        return {}

    def revoke(self, step: Step) -> Step:
        self._pool(step).revoke()
        return {}

    def _pool(self, step: Step) -> tdsec.Pool:
        pool: tdsec.Pool = found(self._pools, step["pool"], "pool")
        return pool

    def _connection(self, step: Step) -> tdsec.Connection:
        connection: tdsec.Connection = found(self._connections, step["conn"], "connection")
        return connection


class Task:
    """A query in a thread of its own."""

    def __init__(self, connection: tdsec.Connection, step: Step) -> None:
        self._connection, self._step = connection, step
        self._answer: Step | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._answer = query(self._connection, self._step)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self._error = error

    def cancel(self) -> None:
        # cancel() ends waits that have begun; the thread may be on its way there.
        while self._thread.is_alive():
            self._connection.cancel()
            self._thread.join(0.005)

    def outcome(self) -> Step:
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        return self._answer


def connect(step: Step) -> tdsec.Connection:
    return tdsec.connect(*facts.address(step), **facts.options(step))


def run(asked: Union[tdsec.Connection, tdsec.Pool], step: Step) -> tdsec.Result:
    options = {"timeout": facts.seconds(step), "req_id": step.get("req_id")}
    if isinstance(asked, tdsec.Pool):
        options["idempotent"] = step.get("idempotent", False)
    return asked.query(step["sql"], **options)


def query(asked: Union[tdsec.Connection, tdsec.Pool], step: Step) -> Step:
    with run(asked, step) as result:
        if result.is_update:
            return {"affected": result.affected_rows}
        mode = step.get("mode") or "rows"
        if mode.startswith("count-"):
            return count(result, mode)
        if mode == "arrow":
            rows = blocks.arrow_rows(result.to_arrow(), result.precision)
        elif mode == "columns":
            rows = [row for batch in result.batches() for row in blocks.numpy_rows(batch)]
        else:
            rows = answers.plain_rows(result.rows(), result.precision)
        return {"columns": answers.columns(result.columns), "precision": result.precision, "rows": rows}


def count(result: tdsec.Result, mode: str) -> Step:
    rows = checksum = 0
    if mode == "count-columns":
        for batch in result.batches():
            rows, checksum = rows + len(batch), checksum ^ blocks.numpy_checksum(batch.columns[0])
    elif mode == "count-arrow":
        for batch in pyarrow.RecordBatchReader.from_stream(result):
            rows, checksum = rows + batch.num_rows, checksum ^ blocks.arrow_checksum(batch.column(0))
    else:
        for row in result.rows():
            rows, checksum = rows + 1, checksum ^ answers.bits(row[0], result.precision)
    return answers.summary(rows, checksum)
