"""What PEP 249 promises to every program that uses a database."""

import datetime
import inspect

import pytest

import tdsec


def test_the_module_tells_what_it_can():
    assert tdsec.apilevel == "2.0"
    assert tdsec.threadsafety == 2
    assert tdsec.paramstyle == "qmark"


def test_the_exceptions_form_the_tree_of_the_standard():
    assert issubclass(tdsec.Warning, Exception) and issubclass(tdsec.Error, Exception)
    assert issubclass(tdsec.InterfaceError, tdsec.Error) and issubclass(tdsec.DatabaseError, tdsec.Error)
    names = "DataError OperationalError IntegrityError InternalError ProgrammingError NotSupportedError"
    for name in names.split():
        assert getattr(tdsec, name).__mro__[1] is tdsec.DatabaseError


def test_the_exceptions_hang_on_the_connection(connection):
    names = ["Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError", "IntegrityError"]
    for name in [*names, "InternalError", "ProgrammingError", "NotSupportedError"]:
        assert getattr(connection, name) is getattr(tdsec, name)
        assert getattr(tdsec.aio.Connection, name) is getattr(tdsec, name)


def test_a_cursor_has_everything_the_standard_asks_for(connection):
    cursor = connection.cursor()
    for name in "execute executemany fetchone fetchmany fetchall close setinputsizes setoutputsize".split():
        assert callable(getattr(cursor, name))
    assert cursor.description is None and cursor.rowcount == -1 and cursor.arraysize == 1
    assert cursor.connection is connection
    cursor.setinputsizes([10])
    cursor.setoutputsize(1000, 0)


def test_a_cursor_opens_no_connection_of_its_own(connection, control):
    before = control.stats()["connections_total"]
    for _ in range(20):
        assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]
    assert control.stats()["connections_total"] == before


def test_the_description_has_seven_items_for_each_column(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM tdsec_types(1)")
    assert all(len(column) == 7 for column in cursor.description)
    by_name = {column[0]: column for column in cursor.description}
    assert by_name["ts"][1] == tdsec.DATETIME and by_name["ts"][1] != tdsec.NUMBER
    assert by_name["c_int"][1] == tdsec.NUMBER and by_name["c_nchar"][1] == tdsec.STRING
    assert by_name["c_blob"][1] == tdsec.BINARY
    assert by_name["c_decimal"][4:6] == (38, 10) and by_name["c_int"][4:6] == (None, None)


def test_rows_come_one_by_one_in_numbers_and_all(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT id FROM tdsec_gen(10, 5)")
    assert cursor.rowcount == -1
    assert cursor.fetchone() == (0,)
    assert cursor.fetchmany() == [(1,)]
    cursor.arraysize = 2
    assert cursor.fetchmany() == [(2,), (3,)]
    assert cursor.fetchmany(3) == [(4,), (5,), (6,)]
    assert cursor.fetchmany(0) == []
    assert cursor.fetchall() == [(7,), (8,), (9,)]
    assert (cursor.fetchone(), cursor.fetchmany(5), cursor.fetchall()) == (None, [], [])


def test_fetches_run_across_blocks(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT id FROM tdsec_gen(10000, 5)")
    seen = [row[0] for row in cursor.fetchmany(4095) + [cursor.fetchone()] + cursor.fetchmany(3) + cursor.fetchall()]
    assert seen == list(range(10000))


def test_a_cursor_is_an_iterator_and_leaving_it_early_loses_no_row(connection):
    cursor = connection.cursor().execute("SELECT id FROM tdsec_gen(5, 5)")
    for row in cursor:
        if row == (1,):
            break
    assert next(cursor) == (2,)
    assert [row[0] for row in cursor] == [3, 4]


def test_fetching_without_rows_is_an_error(connection, table):
    cursor = connection.cursor()
    with pytest.raises(tdsec.Error) as never_executed:
        cursor.fetchone()
    cursor.execute(f"INSERT INTO {table} (ts, v) VALUES (NOW, 1)")
    with pytest.raises(tdsec.Error) as no_rows:
        cursor.fetchall()
    assert never_executed.value.code == no_rows.value.code == "INVALID_ARGUMENT"


def test_rowcount_tells_how_many_rows_a_statement_changed(connection, table):
    cursor = connection.cursor()
    cursor.execute(f"INSERT INTO {table} (ts, v) VALUES (1700000000000, 1) (1700000000001, 2)")
    assert cursor.rowcount == 2 and cursor.description is None
    rows = [(1700000000010 + i, i) for i in range(5)]
    cursor.executemany(f"INSERT INTO {table} (ts, v) VALUES (?, ?)", rows)
    assert cursor.rowcount == 5
    assert cursor.execute(f"SELECT count(*) FROM {table}").fetchone() == (7,)


def test_executemany_refuses_statements_with_rows(connection):
    with pytest.raises(tdsec.InvalidArgumentError):
        connection.cursor().executemany("SELECT ?", [(1,), (2,)])
    assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]


PARAMETERS = ["", "plain", "it's", 'a "quoted" one', "back\\slash", "a; drop table t", "-- comment", "? mark", "值€😀"]


@pytest.mark.parametrize("text", PARAMETERS)
def test_a_text_comes_back_as_it_was_given(connection, table, text):
    connection.execute(f"INSERT INTO {table} (ts, s, n) VALUES (?, ?, ?)", [datetime.datetime.now(), text, text])
    assert list(connection.query(f"SELECT s, n FROM {table}")) == [(text, text)]
    assert list(connection.query(f"SELECT v FROM {table} WHERE s = ?", [text])) == [(None,)]


def test_numbers_bools_times_and_nulls_come_back_as_they_were_given(connection, table):
    moment = datetime.datetime(2024, 2, 29, 12, 30, 45, 678000, tzinfo=datetime.timezone.utc)
    row = (moment, -(2**31) + 1, 0.1 + 0.2, None, None, True)
    connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)", row)
    assert list(connection.query(f"SELECT * FROM {table}")) == [row]


def test_a_question_mark_in_quotes_or_comments_is_none_to_fill(connection):
    assert list(connection.query("SELECT '?', ? /* ? */ -- ?", [7])) == [("?", 7)]


@pytest.mark.parametrize("parameters", [[], [1], [1, 2, 3]])
def test_too_few_or_too_many_parameters_are_refused(connection, parameters):
    with pytest.raises(tdsec.InvalidArgumentError):
        connection.query("SELECT ?, ?", parameters)


def test_a_parameter_without_a_literal_is_refused(connection):
    with pytest.raises(tdsec.InvalidArgumentError, match="parameter 2"):
        connection.query("SELECT ?, ?", [1, object()])
    with pytest.raises(tdsec.ValueOutOfRangeError):
        connection.query("SELECT ?", [2**64])


def test_commit_does_nothing_and_rollback_says_why_not(connection):
    connection.commit()
    with pytest.raises(tdsec.NotSupportedError):
        connection.rollback()


def test_the_constructors_of_the_standard_make_parameters():
    assert tdsec.Date(2024, 2, 29) == datetime.date(2024, 2, 29)
    assert tdsec.Time(1, 2, 3) == datetime.time(1, 2, 3)
    assert tdsec.DateFromTicks(0) == datetime.date.fromtimestamp(0)
    assert tdsec.TimeFromTicks(0) == datetime.datetime.fromtimestamp(0).time()
    assert tdsec.TimestampFromTicks(1.5).timestamp() == 1.5
    assert tdsec.Binary(b"\x00\xff") == b"\x00\xff"


def test_both_surfaces_have_the_same_methods():
    for name in ["Connection", "Cursor", "Result"]:
        plain, awaiting = getattr(tdsec, name), getattr(tdsec.aio, name)
        public = {n for n in dir(plain) if not n.startswith("_")}
        mirrored = {n for n in dir(awaiting) if not n.startswith("_")}
        # A task is cancelled by asyncio itself.
        assert public - mirrored <= {"cancel"} and mirrored <= public
        for method in public & mirrored:
            ours, theirs = getattr(plain, method), getattr(awaiting, method)
            if inspect.isfunction(ours):
                assert parameters(ours) == parameters(theirs), f"{name}.{method}"


def parameters(function):
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]
