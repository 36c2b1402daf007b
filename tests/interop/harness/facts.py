"""Facts about the clients that a user should know, measured by what the server saw. docs/peers.md tells them."""

import subprocess

from paths import EXPECTED
from server import Server, fingerprint

# Until a program counts as one that waits.
PATIENCE_S = 30


def impostor(client):
    """`wss` to a server with a self-signed certificate for another name, no option about TLS set."""
    if client.no_tls:
        return f"not measured: {client.no_tls}"
    with Server("zoo:self-signed") as server:
        client.start_trusting_nothing(server, "connect", client.dsn_without_tls_options(server))
        logins = server.stats()["logins"]
    if not logins:
        return "refused; the impostor saw no login"
    return f"logs in; the impostor saw {what_was_sent(logins[0])}"


def beside_a_token(client):
    """What is sent beside a bearer token."""
    if client.no_token:
        return f"not measured: {client.no_token}"
    with Server("off") as server:
        client.start(server, "connect", client.dsn(server, token=server.token))
        logins = [login for login in server.stats()["logins"] if login["fingerprint"] == fingerprint(server.token)]
    return what_was_sent(logins[0]) if logins else "the token did not arrive"


def token_in_request_line(client):
    """Whether the HTTP request line, which proxies log, holds the token."""
    if client.no_token:
        return f"not measured: {client.no_token}"
    with Server("off") as server:
        client.start(server, "connect", client.dsn(server, token=server.token))
        lines = server.stats()["request_lines"]
    return "yes" if any(server.token in line for line in lines) else "no"


def insert_after_drop(client):
    """One INSERT is executed and the connection cut before its answer: how often the server gets it, what the program is told."""
    with Server("off") as server:
        dsn = client.dsn(server)
        for sql in ("create database facts", "create table facts.t (ts timestamp, v int)"):
            client.start(server, "exec", dsn, sql)
        server.add_fault({"action": "any", "sql_contains": "insert into facts"}, {"kind": "drop_after"})
        server.reset_stats()
        told = told_of_insert(client, server, dsn)
        times = server.stats()["requests"]["query"]
    return f"the server gets it {'once' if times == 1 else f'{times} times'}; the program {told}"


def told_of_insert(client, server, dsn):
    try:
        told = client.start(server, "exec", dsn, "insert into facts.t values (now, 1)", limit_s=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return f"still waits after {PATIENCE_S} s"
    return "is told of success" if told.startswith("affected") else "is told of an error"


FACTS = {
    "impostor": impostor,
    "beside a token": beside_a_token,
    "token in the request line": token_in_request_line,
    "insert after drop": insert_after_drop,
}


def what_was_sent(login):
    sent = [word for word, was in (("a user", login["sent_user"]), ("a password", login["sent_password"])) if was]
    return " and ".join(sent) or "nothing"


def measure(client):
    """The lines of a client in expected/facts.txt, which are sorted."""
    return sorted(f"{client.name}: {name}: {fact(client)}" for name, fact in FACTS.items())


def expected(client, folder=EXPECTED):
    lines = (folder / "facts.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith(f"{client.name}: ")]


def bless(clients, lines):
    path = EXPECTED / "facts.txt"
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = tuple(f"{client.name}: " for client in clients)
    kept = [line for line in kept if not line.startswith(names)]
    path.write_text("\n".join(sorted(kept + lines)) + "\n", encoding="utf-8")
