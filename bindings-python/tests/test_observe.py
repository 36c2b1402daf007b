"""Events, logging and metrics (OPS-1, TOK-5)."""

import asyncio
import json
import logging
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import datetime, timezone

import pytest
from prometheus_client.parser import text_string_to_metric_families

import tdsec

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 10


def refused():
    with pytest.raises(tdsec.ConnectRefusedError):
        tdsec.connect("wss://127.0.0.1:1", bearer_token="never-used")


@pytest.fixture
def records():
    """The records of `tdsec`, as they come."""

    class Handler(logging.Handler):
        def __init__(self):
            super().__init__()
            self.records, self.came = [], threading.Condition()

        def emit(self, record):
            with self.came:
                self.records.append(record)
                self.came.notify_all()

        def until(self, condition):
            with self.came:
                assert self.came.wait_for(lambda: condition(self.records), PATIENCE), self.records
                return list(self.records)

    handler, logger = Handler(), logging.getLogger("tdsec")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_the_events_are_those_of_the_list_that_all_languages_share():
    listed = json.loads((ROOT / "tests/vectors/events.json").read_text())
    own = [dict(zip(("name", "severity", "sentence", "fields"), row)) for row in tdsec._tdsec.event_names()]
    assert own == listed


def test_iterating_gives_what_happens_and_ends_with_the_subscription(connect):
    with tdsec.subscribe(names=["connection.*"]) as events:
        connect().close()
        opened, closed = next(events), next(events)
        assert (opened.name, opened.severity, opened.fields["reconnect"]) == ("connection.opened", "debug", False)
        assert closed.name == "connection.closed" and closed.fields["endpoint"] == opened.fields["endpoint"]
        assert abs((datetime.now(timezone.utc) - opened.time).total_seconds()) < 60
        assert str(opened).startswith("connection.opened: ")
        assert events.next(timeout=0) is None
        refused()
    assert [event.name for event in events] == ["connection.failed"], "what came before the end can be read after it"
    with pytest.raises(tdsec.ClosedError):
        events.next(timeout=0)


def test_closing_in_another_thread_ends_the_wait():
    events = tdsec.subscribe(names=["token.expired"])
    threading.Timer(0.05, events.close).start()
    assert list(events) == []


def test_a_callback_hears_everything_until_it_is_closed_and_may_fail(records):
    heard = []

    def callback(event):
        heard.append(event.fields["code"])
        if len(heard) == 1:
            raise ValueError("planted")
        refused_again.set()

    refused_again = threading.Event()
    with tdsec.subscribe(callback, names=["connection.failed"]) as listener:
        refused()
        refused()
        assert refused_again.wait(PATIENCE)
    listener.close()
    refused()
    assert heard == ["CONNECT_REFUSED"] * 2
    records.until(lambda all: any(record.exc_info and "planted" in str(record.exc_info[1]) for record in all))


def test_a_callback_may_close_itself():
    done = threading.Event()

    def callback(event):
        listener.close()
        done.set()

    listener = tdsec.subscribe(callback, names=["connection.failed"])
    refused()
    assert done.wait(PATIENCE)


def test_a_wrong_filter_is_refused_with_the_nearest_name():
    for wrong in ({"names": ["rotation.promotd"]}, {"names": "rotation.*"}, {"severity": "fatal"}):
        with pytest.raises(tdsec.InvalidArgumentError) as caught:
            tdsec.subscribe(**wrong)
        assert "promotd" not in str(wrong) or "rotation.promoted" in str(caught.value)


def test_asyncio_iterates_and_a_cancelled_wait_loses_nothing(aio_connect):
    async def run():
        async with tdsec.aio.subscribe(names=["connection.*"]) as events:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(events.__anext__(), 0.01)
            waiting = asyncio.ensure_future(events.__anext__())
            async with await aio_connect():
                pass
            names = [(await waiting).name]
            async for event in events:
                names.append(event.name)
                if event.name == "connection.closed":
                    break
            assert events.ready() is None
        with pytest.raises(StopAsyncIteration):
            await events.__anext__()
        return names

    assert asyncio.run(run()) == ["connection.opened", "connection.closed"]


def test_asyncio_waits_for_the_next_event_as_long_as_said(aio_connect):
    async def run():
        events = tdsec.aio.subscribe(names=["connection.*"])
        began = time.monotonic()
        assert await events.next(timeout=0) is None
        assert await events.next(timeout=0.1) is None
        assert 0.1 <= time.monotonic() - began < 5
        async with await aio_connect():
            assert (await events.next()).name == "connection.opened"
            # Several that wait share what comes: each event goes to one of them.
            waiting = [asyncio.ensure_future(events.next(timeout)) for timeout in (0.3, None, None)]
        first, second = (await asyncio.wait_for(waiting[0], 5)), waiting[1:]
        closed = [first] if first else []
        for timeout in (-1, float("nan")):
            with pytest.raises(tdsec.InvalidArgumentError, match="timeout"):
                await events.next(timeout)
        events.close()
        for ended in await asyncio.wait_for(asyncio.gather(*second, return_exceptions=True), 5):
            closed += [] if isinstance(ended, tdsec.ClosedError) else [ended]
        assert [event.name for event in closed] == ["connection.closed"]
        with pytest.raises(tdsec.ClosedError):
            await events.next(timeout=5)

    asyncio.run(run())


def test_events_are_records_of_a_logger_for_each_group(connect, records):
    connect().close()
    refused()
    seen = records.until(lambda all: any(record.event == "connection.failed" for record in all))
    opened = next(record for record in seen if record.event == "connection.opened")
    failed = next(record for record in seen if record.event == "connection.failed")
    assert (opened.name, opened.levelno) == ("tdsec.connection", logging.DEBUG)
    assert (failed.name, failed.levelno) == ("tdsec.connection", logging.WARNING)
    assert failed.fields["code"] == "CONNECT_REFUSED"
    assert failed.getMessage().startswith("connection.failed: a connection could not be opened; endpoint=127.0.0.1:1")
    assert logging.Formatter("%(asctime)s %(name)s %(message)s").format(failed)


def test_the_level_of_a_group_is_respected(connect, records):
    logging.getLogger("tdsec.connection").setLevel(logging.WARNING)
    try:
        connect().close()
        refused()
        seen = records.until(lambda all: any(record.event == "connection.failed" for record in all))
    finally:
        logging.getLogger("tdsec.connection").setLevel(logging.NOTSET)
    assert {record.levelno for record in seen} == {logging.WARNING}


def test_no_event_record_or_metric_shows_a_token(connect, server, records):
    with tdsec.subscribe() as events:
        connect().close()
        for wrong in ("bait-token-7c0ffee7c0ffee", server["token"][:-1] + "!"):
            with pytest.raises(tdsec.Error):
                connect(bearer_token=wrong)
        seen = records.until(lambda all: sum(record.event == "connection.failed" for record in all) == 2)
    texts = [repr(event) + str(event) for event in events] + [repr(vars(record)) for record in seen] + [tdsec.metrics()]
    assert len(texts) > 4
    assert not [text for text in texts if server["token"][:-1] in text or "7c0ffee" in text]


def test_metrics_can_be_parsed_and_appended_to_those_of_prometheus_client(connect):
    connect().close()
    families = {family.name: family for family in text_string_to_metric_families(tdsec.metrics())}
    opened = families["tdsec_connections_opened"]
    assert opened.type == "counter" and opened.documentation
    assert all(sample.value >= 1 and set(sample.labels) == {"pool", "endpoint"} for sample in opened.samples)
    kinds = {sample.labels["kind"] for sample in families["tdsec_tls_handshakes"].samples}
    assert kinds == {"full", "resumed", "failed"}
    assert {sample.labels["whose"] for sample in families["tdsec_certificate_days_left"].samples} == {"server"}
    assert not [family.name for family in families.values() if family.type in ("untyped", "unknown")]


def test_metrics_are_served_until_the_server_is_closed():
    with tdsec.serve_metrics("127.0.0.1:0") as serving:
        with urllib.request.urlopen(f"http://{serving.address}/metrics") as answer:
            assert answer.headers["content-type"] == tdsec.METRICS_CONTENT_TYPE
            assert "tdsec_events_total" in answer.read().decode()
        with pytest.raises(tdsec.ListenFailedError):
            tdsec.serve_metrics(serving.address)
    # Refused, or reset while it ends.
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://{serving.address}/metrics")
    with pytest.raises(tdsec.InvalidArgumentError):
        tdsec.serve_metrics("0.0.0.0:0")


FORKING = """
import logging, os, sys, threading, tdsec
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(process)d %(name)s %(event)s")
def say(line):  # at once, so that no log line of another thread comes in between
    sys.stdout.write(line + "\\n")
    sys.stdout.flush()
def refused():
    try:
        tdsec.connect("wss://127.0.0.1:1", bearer_token="never-used")
    except tdsec.ConnectRefusedError:
        pass
heard = threading.Event()
parents = tdsec.subscribe()
callback = tdsec.subscribe(lambda event: heard.set())
refused()
heard.wait(10)
child = os.fork()
if child == 0:
    try:
        parents.next(timeout=0)
    except tdsec.ForkedError:
        say("forked")
    with tdsec.subscribe() as own:
        refused()
        say("child heard " + own.next(timeout=10).name)
    say("child counted " + str(tdsec.metrics().count('code="CONNECT_REFUSED"} 1')))
    sys.exit(0)
_, status = os.waitpid(child, 0)
say("ended " + str(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_begins_anew():
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for wanted in ("forked", "child heard connection.failed", "child counted 1", "ended 0"):
        assert wanted in lines, done.stdout + done.stderr
    logging_processes = {line.split()[0] for line in lines if line.endswith("tdsec.connection connection.failed")}
    assert len(logging_processes) == 2, "parent and child log: " + done.stdout


ENDING = """
import logging, sys, threading, tdsec
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(event)s")
tdsec.subscribe(lambda event: None)
waiting = threading.Thread(target=lambda events: list(events), args=(tdsec.subscribe(),), daemon=True)
waiting.start()
serving = tdsec.serve_metrics("127.0.0.1:0")
for _ in range(100):
    try:
        tdsec.connect("wss://127.0.0.1:1", bearer_token="never-used")
    except tdsec.ConnectRefusedError:
        pass
"""


def test_a_program_ends_by_itself_without_losing_a_line():
    done = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["connection.failed"] * 100
