"""Runs the clients over ws and wss and prints which of them can do what."""

import argparse
import difflib
import json
import pathlib
import sys

import clients
import facts
import steps
from paths import EXPECTED
from server import Server

GOOD, BAD = "✓", "✗"


def main():
    arguments = read_arguments()
    chosen = [client for client in clients.ALL if not arguments.client or client.name in arguments.client]
    lines, differences = [], []
    ready, missing = prepare(chosen)
    for tls, over in (("off", "plain"), ("auto", "TLS")):
        with Server(tls) as server:
            for client in ready:
                line, wrong = check(client, server, over, arguments)
                lines.append(line)
                differences += wrong
    differences += compare_facts(ready, arguments)
    if not arguments.client:
        missing.update(clients.NOT_RUN)
    report(lines, missing, differences, arguments.json)
    return 1 if differences else 0


def read_arguments():
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    parser.add_argument("--client", action="append", choices=[client.name for client in clients.ALL])
    parser.add_argument("--bless", action="store_true", help="write what was seen over plain connections to expected/")
    parser.add_argument("--expected", type=pathlib.Path, default=EXPECTED, help="another folder to compare with")
    return parser.parse_args()


def prepare(chosen):
    ready, missing = [], {}
    for client in chosen:
        try:
            client.prepare()
            ready.append(client)
        except clients.NotAvailable as reason:
            missing[client.name] = f"not available: {reason}"
    return ready, missing


def compare_facts(ready, arguments):
    """Prints what docs/peers.md tells, and what is other than it tells."""
    wrong, measured = [], []
    for client in ready:
        seen = facts.measure(client)
        measured += seen
        expected = [] if arguments.bless else facts.expected(client, arguments.expected)
        if not arguments.bless and seen != expected:
            wrong.append((f"{client.name}: facts", "\n".join(expected), "\n".join(seen)))
    if arguments.bless:
        facts.bless(ready, measured)
    if not arguments.json:
        print("\n".join(measured), end="\n\n")
    return wrong


def check(client, server, over, arguments):
    outputs = {step: steps.perform(client, server, step) for step in steps.STEPS}
    if arguments.bless and not server.secure:
        steps.bless(client, outputs)
    expected = steps.expected(client, arguments.expected)
    results, wrong = {}, []
    for step, seen in outputs.items():
        if seen is None:
            results[step] = f"not available: {steps.reason(client, server, step)}"
        elif seen == expected.get(step):
            results[step] = GOOD
        else:
            results[step] = BAD
            wrong.append((f"{client.name} over {over}: {step}", expected.get(step, ""), seen))
    return {"client": client.name, "version": client.version, "over": over, "steps": results}, wrong


def report(lines, missing, differences, as_json):
    for title, wanted, seen in differences:
        print(f"{title}: expected (-) and seen (+)", file=sys.stderr)
        pair = (wanted.splitlines(), seen.splitlines())
        print("\n".join(difflib.unified_diff(*pair, lineterm="", n=1)), file=sys.stderr)
    if as_json:
        print(json.dumps({"clients": lines, "missing": missing}, ensure_ascii=False, indent=2))
        return
    print("  ".join(["client".ljust(30), "over ", *steps.STEPS]))
    notes = {}
    for line in lines:
        marks = [mark(result, notes).ljust(len(step)) for step, result in line["steps"].items()]
        print("  ".join([f"{line['client']} ({line['version']})".ljust(30), line["over"].ljust(5), *marks]))
    for name, reason in missing.items():
        print(f"{name.ljust(30)}  {reason}")
    for note, sign in notes.items():
        print(f"{sign} {note}")
    passed = sum(result == GOOD for line in lines for result in line["steps"].values())
    skipped = sum(result not in (GOOD, BAD) for line in lines for result in line["steps"].values())
    print(f"{passed} passed, {len(differences)} failed, {skipped} skipped")


def mark(result, notes):
    """The sign itself, or that of a note under the table."""
    if result in (GOOD, BAD):
        return result
    return notes.setdefault(result, f"[{len(notes) + 1}]")


if __name__ == "__main__":
    sys.exit(main())
