"""The same API for asyncio: what waits there is awaited here.

::

    connection = await tdsec.aio.connect("wss://db.example:6041/power", bearer_token=token)
    async with connection:
        async for row in await connection.query("select ts, current from meters"):
            print(row)

Cancelling a task gives up its statement at once; the connection stays usable (HOST-1). Rows come a block at a time: an
await only where the network is waited for. Needs an event loop with ``add_reader``: every one on Linux and macOS.
"""

from __future__ import annotations

from .connection import Connection, connect
from .cursor import Cursor
from .observe import Subscription, subscribe
from .pool import Acquiring, Pool
from .result import Result
from .tokens import Tokens

__all__ = ["Acquiring", "Connection", "Cursor", "Pool", "Result", "Subscription", "Tokens", "connect", "subscribe"]
