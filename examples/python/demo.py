"""The demo's Python program: connects as the environment says, runs the statements given as arguments, prints their rows."""

import datetime
import os
import sys

import tdsec

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def text(value: object) -> str:
    """One spelling of each value for all languages: six digits for floating point, milliseconds since 1970 for times."""
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, datetime.datetime):
        return str((value - EPOCH) // datetime.timedelta(milliseconds=1))
    return str(value)


def main() -> None:
    options = {"bearer_token": os.environ["TDSEC_TOKEN"]}
    if os.environ.get("TDSEC_TLS_CA"):
        options["tls_ca"] = os.environ["TDSEC_TLS_CA"]
    with tdsec.connect(os.environ["TDSEC_URL"], **options) as connection:
        for sql in sys.argv[1:]:
            with connection.query(sql) as result:
                print(" | ".join(column.name for column in result.columns))
                for row in result:
                    print(" | ".join(map(text, row)))


try:
    main()
except tdsec.Error as error:
    print(f"error: {error.code}: {error}", file=sys.stderr)
    sys.exit(3)
