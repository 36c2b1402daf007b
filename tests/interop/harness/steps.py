"""What every client has to do, and the comparison with what is expected of it."""

import subprocess

from paths import EXPECTED, STATEMENTS

STEPS = [
    "password",
    "token",
    "basic",
    "types",
    "metadata",
    "syntax-error",
    "wrong-password",
    "wrong-token",
]

HUNG = "hung\n"


def perform(client, server, step):
    """The output of a step, or `None` if the client has nothing like it; `reason` says why."""
    if reason(client, server, step):
        return None
    try:
        return output(client, server, step)
    except subprocess.TimeoutExpired:
        return HUNG


def reason(client, server, step):
    """Why a step cannot be asked of the client; `None` if it can."""
    if server.secure and client.no_tls:
        return client.no_tls
    return {"types": client.no_types, "token": client.no_token, "wrong-token": client.no_token}.get(step)


def output(client, server, step):
    dsn = client.dsn(server)
    match step:
        case "password":
            return client.start(server, "connect", dsn)
        case "token":
            return client.start(server, "connect", client.dsn(server, token=server.token))
        case "wrong-password":
            return client.start(server, "connect", client.dsn(server, password="wrong"))
        case "wrong-token":
            return client.start(server, "connect", client.dsn(server, token="A" * 63))
        case "metadata":
            prepared = client.start(server, "run", dsn, STATEMENTS / "metadata.sql")
            seen = client.start(server, "metadata", dsn)
            removed = client.start(server, "exec", dsn, "drop database interop")
            return prepared + seen + removed
        case _:
            return client.start(server, "run", dsn, STATEMENTS / f"{step}.sql")


def expected(client, folder=EXPECTED):
    """Sections of expected/CLIENT.txt, each headed by `@ step`."""
    sections = {}
    path = folder / f"{client.name}.txt"
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []:
        if line.startswith("@ "):
            section = sections.setdefault(line.removeprefix("@ ").strip(), [])
        else:
            section.append(line)
    return {step: "".join(lines) for step, lines in sections.items()}


def ended_badly(seen):
    return seen.startswith(HUNG) or seen.rsplit("\n", 2)[-2:][0].startswith("ended with ")


def bless(client, outputs):
    """Makes what was seen what is expected; a person reads the difference. A bad end is never expected."""
    outputs = {step: seen for step, seen in outputs.items() if seen is not None and not ended_badly(seen)}
    text = "".join(f"@ {step}\n{seen}" for step, seen in outputs.items())
    (EXPECTED / f"{client.name}.txt").write_text(text, encoding="utf-8")
