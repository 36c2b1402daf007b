"""Where things are."""

from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
REPOSITORY = HERE.parent.parent
STATEMENTS = HERE / "statements"
EXPECTED = HERE / "expected"
BUILT = REPOSITORY / "target" / "interop"
SERVER = REPOSITORY / "target" / "debug" / "tdsec-testserver"
