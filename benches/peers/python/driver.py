"""The official connector of PyPI, taos-ws-py, as a driver of the benchmark; steps and answers as in benches/README.md.

What it is told to read it reads in the connector's own ways: iteration of a result (``fetch-rows``), ``fetchall`` of a
cursor (``fetch-all``), and a dataframe made from ``fetchall``, as it has no way to one of its own.
"""

from __future__ import annotations

import datetime
import json
import sys
import time
from pathlib import Path
from typing import Any, Callable

import taosws

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "runners" / "python"))
import bench_sums as sums  # noqa: E402

connections: dict[str, Any] = {}


def dsn(step: dict[str, Any]) -> str:
    options = step["options"]
    verified = f"tls_mode=verify_identity&tls_ca={options['tls_ca']}"
    return f"{step['address']}/?bearer_token={options['bearerToken']}&{verified}"


def iterate(connection: Any, sql: str) -> int:
    count = 0
    for _ts, _current, _voltage, _phase, _name in connection.query(sql):
        count += 1
    return count


def fetch_all(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(sql)
    return cursor.fetchall()


def dataframe(connection: Any, sql: str) -> Any:
    import pandas

    return pandas.DataFrame(fetch_all(connection, sql), columns=["ts", "current", "voltage", "phase", "name"])


def of_rows(rows: Any) -> sums.Sums:
    return sums.of_rows((instant(ts), *rest) for ts, *rest in rows)


def instant(ts: Any) -> Any:
    """The connector gives timestamps as text, with a blank before the offset."""
    return datetime.datetime.fromisoformat(ts[:-7] + ts[-6:]) if isinstance(ts, str) else ts


def of_frame(frame: Any) -> sums.Sums:
    return of_rows(frame.itertuples(index=False, name=None))


READERS: dict[str, tuple[Callable[[Any, str], Any], Callable[[Any, str], sums.Sums]]] = {
    "fetch-rows": (iterate, lambda connection, sql: of_rows(connection.query(sql))),
    "fetch-all": (lambda *given: len(fetch_all(*given)), lambda *given: of_rows(fetch_all(*given))),
    "fetch-dataframe": (lambda *given: len(dataframe(*given)), lambda *given: of_frame(dataframe(*given))),
    "select-1": (lambda connection, sql: len(list(connection.query(sql))), lambda *_: sums.Sums()),
}


def bench(step: dict[str, Any]) -> dict[str, Any]:
    if step["workload"] == "connect":
        return {"ns": [connect_once({**step, "options": options}) for options in step["each"]]}
    read, add = READERS[step["workload"]]
    given = (connections[step["conn"]], step["sql"])
    ns, value = [], 0
    for _ in range(step.get("times", 1)):
        start = time.perf_counter_ns()
        value = read(*given)
        ns.append(time.perf_counter_ns() - start)
    return {"ns": ns, **sums.answer(add(*given) if step.get("check") else value)}


def connect_once(step: dict[str, Any]) -> int:
    start = time.perf_counter_ns()
    connection = taosws.connect(dsn(step))
    if "sql" in step:
        next(iter(connection.query(step["sql"])))
    taken = time.perf_counter_ns() - start
    connection.close()
    return taken


def connect(step: dict[str, Any]) -> dict[str, Any]:
    connections[step["conn"]] = taosws.connect(dsn(step))
    return {}


def main() -> None:
    for line in sys.stdin:
        step = json.loads(line)
        if step["op"] == "quit":
            return
        try:
            answer: dict[str, Any] = {"ok": {"connect": connect, "bench": bench}[step["op"]](step)}
        except Exception as error:
            answer = {"error": {"code": type(error).__name__, "message": str(error)}}
        print(json.dumps({"id": step["id"], **answer}), flush=True)


main()
