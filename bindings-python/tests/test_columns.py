"""Columns: NumPy views, Arrow, data frames (HOST-7)."""

import datetime
import decimal
import gc

import numpy
import pandas
import polars
import pyarrow
import pytest

import tdsec

TYPES = "SELECT * FROM tdsec_types(10)"
NUMPY = {
    "ts": "<M8[ms]", "c_bool": "|b1", "c_tinyint": "|i1", "c_smallint": "<i2", "c_int": "<i4", "c_bigint": "<i8",
    "c_utinyint": "|u1", "c_usmallint": "<u2", "c_uint": "<u4", "c_ubigint": "<u8", "c_float": "<f4",
    "c_double": "<f8",
}  # fmt: skip
ARROW = {
    "ts": pyarrow.timestamp("ms", "UTC"), "c_bool": pyarrow.bool_(), "c_tinyint": pyarrow.int8(),
    "c_smallint": pyarrow.int16(), "c_int": pyarrow.int32(), "c_bigint": pyarrow.int64(),
    "c_utinyint": pyarrow.uint8(), "c_usmallint": pyarrow.uint16(), "c_uint": pyarrow.uint32(),
    "c_ubigint": pyarrow.uint64(), "c_float": pyarrow.float32(), "c_double": pyarrow.float64(),
    "c_varchar": pyarrow.string(), "c_nchar": pyarrow.string(), "c_varbinary": pyarrow.binary(),
    "c_geometry": pyarrow.binary(), "c_decimal64": pyarrow.decimal128(18, 4),
    "c_decimal": pyarrow.decimal128(38, 10), "c_blob": pyarrow.binary(), "c_json": pyarrow.string(),
}  # fmt: skip


@pytest.fixture
def batch(connection):
    return connection.query(TYPES).fetch_block()


@pytest.fixture
def rows(connection):
    return list(connection.query(TYPES))


def test_fixed_columns_are_views_of_the_received_bytes(batch):
    for name, kind in NUMPY.items():
        column = batch[name]
        array = column.to_numpy()
        assert array.dtype.str == kind, name
        assert not array.flags.owndata and not array.flags.writeable, name
        address = column.__array_interface__["data"][0]
        assert array.__array_interface__["data"][0] == address == batch[name].__array_interface__["data"][0]


def test_views_keep_the_bytes_alive(connection):
    array = connection.query("SELECT id FROM tdsec_gen(4096, 5)").fetch_block()["id"].to_numpy()
    gc.collect()
    connection.query("SELECT * FROM tdsec_gen(100000, 5)").to_arrow()
    assert (array == numpy.arange(4096)).all()


def test_masks_tell_the_nulls_and_views_the_values(batch, rows):
    for place, column in enumerate(batch.columns):
        values = [row[place] for row in rows]
        assert column.null_mask.tolist() == [value is None for value in values], column.name
        assert column.null_count == sum(value is None for value in values)
        assert column.to_list() == values
        shown = column.to_numpy().tolist()
        if column.name == "ts":
            values = [value.replace(tzinfo=None) for value in values]
        assert [v for v, null in zip(shown, column.null_mask) if not null] == [v for v in values if v is not None]


def test_times_are_datetime64_in_the_precision_of_the_result(connection):
    connection.execute("CREATE DATABASE IF NOT EXISTS py_ns PRECISION 'ns'")
    connection.execute("CREATE TABLE IF NOT EXISTS py_ns.t (ts TIMESTAMP, v INT)")
    connection.execute("INSERT INTO py_ns.t VALUES (1700000000123456789, 1)")
    result = connection.query("SELECT ts FROM py_ns.t")
    assert result.precision == "ns"
    (moment,) = result.fetch_block()["ts"].to_numpy()
    assert moment == numpy.datetime64(1700000000123456789, "ns")
    ((row,),) = connection.query("SELECT ts FROM py_ns.t")
    assert isinstance(row, tdsec.Timestamp) and row.value == 1700000000123456789 and row.nanosecond == 789


def test_a_batch_is_read_by_place_and_name(batch):
    assert len(batch) == 10 and len(batch.columns) == 20
    assert batch[0].name == "ts" and batch[-1].name == "c_json" and batch["c_int"].type == "INT"
    with pytest.raises(KeyError):
        batch["nothing"]
    with pytest.raises(IndexError):
        batch[20]
    assert batch.rows()[3] == tuple(column.to_list()[3] for column in batch.columns)


def test_arrow_has_every_type_exactly(connection, rows):
    table = connection.query(TYPES).to_arrow()
    assert {field.name: field.type for field in table.schema} == ARROW
    assert table.schema.field("c_nchar").metadata == {b"tdengine.type": b"NCHAR"}
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    assert table["c_decimal"][3].as_py() == decimal.Decimal(10**38 - 1).scaleb(-10, decimal.Context(prec=38))


def test_any_arrow_library_reads_the_stream(connection):
    expected = connection.query("SELECT * FROM tdsec_gen(10000, 5)").to_arrow()
    reader = pyarrow.RecordBatchReader.from_stream(connection.query("SELECT * FROM tdsec_gen(10000, 5)"))
    assert reader.read_all() == expected
    assert pyarrow.table(connection.query("SELECT * FROM tdsec_gen(10000, 5)")) == expected
    frame = polars.DataFrame(connection.query("SELECT * FROM tdsec_gen(10000, 5)"))
    assert frame.to_arrow().to_pylist() == expected.to_pylist()
    batches = connection.query("SELECT * FROM tdsec_gen(10000, 5)").batches()
    assert pyarrow.Table.from_batches([pyarrow.record_batch(batch) for batch in batches]) == expected


def test_a_stream_is_read_as_it_is_asked_for(connection, control):
    result = connection.query("SELECT * FROM tdsec_gen(1000000, 5)")
    reader = pyarrow.RecordBatchReader.from_stream(result)
    before = control.requests("fetch")
    assert reader.read_next_batch().num_rows == 4096
    assert control.requests("fetch") - before <= 2
    reader.close()


def test_an_error_in_the_middle_of_a_stream_reaches_the_consumer(connection, control):
    sql = "SELECT * FROM tdsec_gen(100000, 5)"
    control.fault("error", action="fetch", nth=4, count=0, code=0x2603, message="gone in the middle")
    reader = pyarrow.RecordBatchReader.from_stream(connection.query(sql))
    with pytest.raises(Exception, match="gone in the middle") as caught:
        reader.read_all()
    assert "TABLE_NOT_FOUND" in str(caught.value)
    with pytest.raises(tdsec.TableNotFoundError):
        connection.query(sql).to_arrow()
    with pytest.raises(tdsec.TableNotFoundError):
        list(connection.query(sql))
    control.ask("DELETE", "/faults")
    assert connection.query(sql).to_arrow().num_rows == 100000


def test_pandas_gets_every_type(connection, rows):
    frame = connection.query(TYPES).to_pandas()
    assert isinstance(frame, pandas.DataFrame) and list(frame.columns) == list(ARROW)
    assert frame["ts"].dtype == pandas.DatetimeTZDtype("ms", "UTC")
    assert frame["c_varchar"].tolist()[3] == rows[3][12] and frame["c_decimal"][0] == decimal.Decimal("1.5")
    typed = connection.query(TYPES).to_pandas(types_mapper=pandas.ArrowDtype)
    assert typed["c_bigint"].tolist()[2:4] == [-(2**63), 2**63 - 1]


def test_polars_gets_every_type(connection, rows):
    frame = connection.query(TYPES).to_polars()
    assert frame.height == 10 and frame.columns == list(ARROW)
    assert frame["ts"].dtype == polars.Datetime("ms", "UTC")
    assert frame["c_ubigint"].to_list() == [row[9] for row in rows]
    assert frame["c_nchar"].to_list() == [row[13] for row in rows]
    assert frame["c_decimal"].to_list()[0] == decimal.Decimal("1.5")


def test_an_empty_result_has_its_columns(connection, table):
    sql = f"SELECT * FROM {table}"
    assert list(connection.query(sql)) == []
    assert connection.query(sql).fetch_block() is None
    arrow = connection.query(sql).to_arrow()
    assert arrow.num_rows == 0 and arrow.column_names == ["ts", "v", "x", "s", "n", "b"]
    assert connection.query(sql).to_polars().shape == (0, 6)
    assert connection.query(sql).to_pandas().shape == (0, 6)


def test_a_result_is_read_in_one_way(connection):
    result = connection.query("SELECT * FROM tdsec_gen(10000, 5)")
    next(iter(result))
    for read in (result.to_arrow, result.fetch_block, result.to_polars, result.__arrow_c_stream__):
        with pytest.raises(tdsec.ResultConsumedError):
            read()
    assert len(list(result)) == 9999
    blocks = connection.query("SELECT * FROM tdsec_gen(10000, 5)")
    blocks.fetch_block()
    with pytest.raises(tdsec.ResultConsumedError):
        next(iter(blocks))
    assert blocks.to_arrow().num_rows == 10000 - 4096


def test_rows_are_tuples_of_typed_values(connection):
    rows = list(connection.query("SELECT * FROM tdsec_gen(10000, 5)"))
    assert len(rows) == 10000 and type(rows[0]) is tuple
    assert [type(value) for value in rows[1]] == [datetime.datetime, float, int, float, int]
    assert rows[5][0] == datetime.datetime.fromtimestamp(1700000000.005, datetime.timezone.utc)
    assert rows[0][0].tzinfo is datetime.timezone.utc


def test_rows_and_arrow_hold_the_same_values(connection):
    sql = "SELECT * FROM tdsec_gen(20000, 8, 'nulls')"
    columns = [column.to_pylist() for column in connection.query(sql).to_arrow().columns]
    assert list(zip(*columns)) == list(connection.query(sql))


def test_a_time_beyond_datetime_is_told_and_left_to_columns(connection):
    sql = "SELECT CAST(9223372036854775807 AS TIMESTAMP) AS far"
    with pytest.raises(tdsec.ValueOutOfRangeError, match="far"):
        list(connection.query(sql))
    assert connection.query(sql).fetch_block()["far"].to_numpy().view("i8").tolist() == [2**63 - 1]
