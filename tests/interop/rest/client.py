"""REST with the standard library alone: the DSN is http(s)://user:password@host:port, or http(s)://:TOKEN@host:port.

connect DSN, run DSN FILE, metadata DSN, exec DSN SQL as in ../python/client.py; SSL_CERT_FILE names the CA.
"""

import base64
import json
import sys
import urllib.error
import urllib.parse
import urllib.request


def main(command, dsn, *rest):
    {"connect": connect, "run": run, "metadata": metadata, "exec": execute}[command](dsn, *rest)


def connect(dsn):
    show(post(dsn, "select 1"))


def run(dsn, path):
    # REST has no session: what `use` does is the path's.
    database = ""
    for sql in open(path, encoding="utf-8").read().splitlines():
        print(">", sql[:60])
        show(post(dsn, sql, database))
        if sql.startswith("use "):
            database = "/" + sql.removeprefix("use ")


def metadata(dsn):
    show(post(dsn, "select * from meters", "/interop"))
    show(post(dsn, "select ts, voltage from meters", "/interop?row_with_meta=true&tz=Asia/Shanghai"))


def execute(dsn, sql):
    show(post(dsn, sql))


def show(answer):
    status, reply = answer
    print(status, json.dumps({key: reply[key] for key in ("code", "desc", "column_meta", "rows") if key in reply}))
    for row in reply.get("data", []):
        print(json.dumps(row, ensure_ascii=False))


def post(dsn, sql, target=""):
    url = urllib.parse.urlsplit(dsn)
    headers = {"Authorization": authorization(url)}
    address = f"{url.scheme}://{url.hostname}:{url.port}/rest/sql{target}"
    request = urllib.request.Request(address, sql.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def authorization(url):
    if not url.username:
        return f"Bearer {url.password}"
    pair = f"{url.username}:{url.password}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
