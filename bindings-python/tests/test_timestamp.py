"""tdsec.Timestamp: a datetime with nanoseconds, exact in everything it does."""

import copy
import datetime
import itertools
import pickle
import time

import pytest

import tdsec

UTC = datetime.timezone.utc
EAST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
VALUES = [0, 1, 999, 1000, -1, -1000, 1700000000123456789, -1700000000123456789, 10**18 + 7, 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_comes_back_from_every_form(value):
    moment = tdsec.Timestamp.from_value(value)
    assert moment.value == value and moment.nanosecond == value % 1000
    assert isinstance(moment, datetime.datetime) and moment.tzinfo is UTC
    for twin in (pickle.loads(pickle.dumps(moment)), copy.deepcopy(moment), moment.astimezone(EAST)):
        assert twin.value == value and twin == moment and hash(twin) == hash(moment)
    assert moment.replace(nanosecond=5).value == value - value % 1000 + 5


def test_order_is_exact_and_holds_with_datetime():
    moments = sorted(tdsec.Timestamp.from_value(value) for value in VALUES)
    assert [moment.value for moment in moments] == sorted(VALUES)
    for earlier, later in itertools.combinations(moments, 2):
        assert earlier < later and later > earlier and earlier <= later and later >= earlier and earlier != later
    plain = datetime.datetime(2023, 11, 14, 22, 13, 20, 123456, UTC)
    exact = tdsec.Timestamp.from_value(1700000000123456000)
    assert exact == plain and plain == exact and hash(exact) == hash(plain)
    assert plain < tdsec.Timestamp.from_value(1700000000123456001) and not plain == exact.replace(nanosecond=1)
    assert tdsec.Timestamp.from_value(1700000000123456001) > plain


def test_a_datetime_without_zone_is_not_compared():
    moment = tdsec.Timestamp.from_value(0)
    assert moment != datetime.datetime(1970, 1, 1)
    with pytest.raises(TypeError):
        moment < datetime.datetime(1970, 1, 1)  # noqa: B015 - raises
    with pytest.raises(TypeError):
        moment < "1970"  # noqa: B015


def test_arithmetic_keeps_the_nanoseconds():
    moment = tdsec.Timestamp.from_value(1700000000123456789)
    day = datetime.timedelta(days=1)
    assert (moment + day).value == (day + moment).value == 1700000000123456789 + 86400 * 10**9
    assert (moment - day).value == 1700000000123456789 - 86400 * 10**9
    assert moment + day - moment == day and moment - (moment - day) == day


def test_its_text_has_nine_digits_and_is_read_by_the_server(connection):
    moment = tdsec.Timestamp.from_value(1700000000000000005)
    assert moment.isoformat() == "2023-11-14T22:13:20.000000005+00:00"
    assert str(moment) == "2023-11-14 22:13:20.000000005+00:00"
    assert moment.isoformat(timespec="seconds") == "2023-11-14T22:13:20+00:00"
    assert repr(moment) == "tdsec.Timestamp('2023-11-14T22:13:20.000000005+00:00')"
    connection.execute("CREATE DATABASE IF NOT EXISTS py_nano PRECISION 'ns'")
    connection.execute("CREATE TABLE IF NOT EXISTS py_nano.t (ts TIMESTAMP, v INT)")
    connection.execute("INSERT INTO py_nano.t VALUES (?, 1)", [moment])
    ((back,),) = connection.query("SELECT ts FROM py_nano.t WHERE ts = ?", [moment])
    assert back == moment and back.value == 1700000000000000005
    connection.execute("DROP DATABASE py_nano")


def test_other_constructors_are_exact_and_never_local_time(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    before, now, after = time.time_ns(), tdsec.Timestamp.now(), time.time_ns()
    assert before <= now.value <= after and now.tzinfo is UTC
    assert before <= tdsec.Timestamp.now(EAST).value and tdsec.Timestamp.now(EAST).tzinfo is EAST
    assert tdsec.Timestamp.fromtimestamp(1.5).value == 1_500_000_000
    assert tdsec.Timestamp.fromtimestamp(1.5, EAST).value == 1_500_000_000
    for value in VALUES:
        moment = tdsec.Timestamp.from_value(value)
        for text in (moment.isoformat(), str(moment), moment.astimezone(EAST).isoformat()):
            assert tdsec.Timestamp.fromisoformat(text).value == value
    assert tdsec.Timestamp.fromisoformat("2024-01-01T00:00:00.1234567").nanosecond == 700
    assert tdsec.Timestamp.fromisoformat("2024-01-01").tzinfo is UTC
    monkeypatch.undo()
    time.tzset()


def test_more_than_999_nanoseconds_are_refused():
    for wrong in (-1, 1000):
        with pytest.raises(ValueError):
            tdsec.Timestamp(2024, 1, 1, nanosecond=wrong)


@pytest.mark.parametrize("precision", ["ms", "us", "ns"])
@pytest.mark.parametrize("text", ["1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", "2000-02-29T12:00:00.001Z",
                                  "2023-12-31T23:59:59.999Z", "2024-01-01T00:00:00Z", "2100-03-01T00:00:00Z"])  # fmt: skip
def test_rows_hold_the_same_moment_as_the_calendar(connection, precision, text):
    """The days around the turns of the calendar, in every precision."""
    expected = datetime.datetime.strptime(text.rstrip("Z"), f"%Y-%m-%dT%H:%M:%S{'.%f' if '.' in text else ''}")
    connection.execute(f"CREATE DATABASE IF NOT EXISTS py_day_{precision} PRECISION '{precision}'")
    connection.execute(f"CREATE TABLE IF NOT EXISTS py_day_{precision}.t (ts TIMESTAMP, other TIMESTAMP)")
    connection.execute(f"INSERT INTO py_day_{precision}.t VALUES (NOW, '{text}')")
    ((moment,),) = connection.query(f"SELECT last(other) FROM py_day_{precision}.t")
    assert moment == expected.replace(tzinfo=UTC) and moment.utcoffset() == datetime.timedelta(0)
    connection.execute(f"DROP DATABASE py_day_{precision}")
