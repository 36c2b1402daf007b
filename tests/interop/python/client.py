"""The official WebSocket connector of PyPI (taos-ws-py) against the server of a DSN.

connect DSN          logs in and asks for one value
run DSN FILE         executes the statements of a file, one a line, on one connection
metadata DSN         what a program sees of columns and PEP 249
exec DSN SQL         executes one statement
"""

import sys

import taosws


def main(command, dsn, *rest):
    {"connect": connect, "run": run, "metadata": metadata, "exec": execute}[command](dsn, *rest)


def connect(dsn):
    # The name keeps the connection: iterating a result whose connection is gone waits for ever.
    connection = taosws.connect(dsn)
    show(connection.query("select 1"))


def run(dsn, path):
    connection = taosws.connect(dsn)
    for sql in open(path, encoding="utf-8").read().splitlines():
        print(">", sql[:60])
        try:
            if sql.split()[0] in ("select", "selec", "show", "describe"):
                show(connection.query(sql))
            else:
                print("affected", connection.execute(sql))
        except taosws.Error as error:
            print_error(error)


def metadata(dsn):
    cursor = taosws.connect(dsn).cursor()
    cursor.execute("select * from interop.meters")
    for column in cursor.description:
        print(column)
    print("fetchone", cursor.fetchone())
    print("fetchone", cursor.fetchone())
    cursor.execute("select voltage, location from interop.meters")
    print("fetchall", cursor.fetchall())
    cursor.execute("select voltage, location from interop.meters")
    print("fetch_all_into_dict", cursor.fetch_all_into_dict())
    cursor.execute("insert into interop.d1001 values ('2024-01-01 00:00:20.000', 1.5, 220)")
    print("row_count", cursor.row_count)


def execute(dsn, sql):
    print("affected", taosws.connect(dsn).execute(sql))


def show(result):
    for row in result:
        print(" | ".join(f"{type(value).__name__} {value!r}" for value in row))


def print_error(error):
    print(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except taosws.Error as error:
        print_error(error)
