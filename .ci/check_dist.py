#!/usr/bin/env python3
"""Checks what dist.sh made: check_dist.py FOLDER [--debug]

Each package has exactly the files it should have, its licences, no path of this machine and no key; SHA256SUMS holds.
Then each is installed where nothing of this repository is, and runs the README's example of its language against the
test server. --debug: of a debug build, which names the paths it was built from.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import urllib.request
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
LICENCES = {"LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-NOTICES.txt"}
README_ADDRESS = "wss://localhost:6041"
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n[A-Za-z0-9+/=]")
ROWS = 10


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--debug", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    packages = Packages(folder)
    sums_hold(folder)
    for name, files in packages.contents().items():
        contents_are_as_they_should(name, files, paths_allowed=arguments.debug)
    with server() as ready, tempfile.TemporaryDirectory() as place:
        fill(ready)
        python_example_runs(packages.wheel, ready, pathlib.Path(place) / "python")
        node_example_runs(packages.npm, ready, pathlib.Path(place) / "node")
        c_example_runs(packages.c, ready, pathlib.Path(place) / "c")
    source_is_the_repository(packages.source)
    print(f"{len(packages.contents())} packages are as they should be, and the examples of the README run")


class Packages:
    """The four packages of a folder; fails if there is anything else."""

    def __init__(self, folder):
        self.wheel = one(folder, f"tdsec-{VERSION}-cp39-abi3-manylinux_*.whl")
        self.npm = one(folder, f"tdsec-{VERSION}.tgz")
        self.c = one(folder, f"tdsec-c-{VERSION}-linux-*.tar.gz")
        self.source = one(folder, f"tdsec-{VERSION}-source.tar.gz")
        expected = {self.wheel, self.npm, self.c, self.source, folder / "SHA256SUMS"}
        check(set(folder.iterdir()) == expected, f"{folder} holds {sorted(path.name for path in folder.iterdir())}")

    def contents(self):
        with zipfile.ZipFile(self.wheel) as wheel:
            files = {name: wheel.read(name) for name in wheel.namelist()}
        return {"wheel": files, "npm": unpacked(self.npm), "c": unpacked(self.c), "source": unpacked(self.source)}


def one(folder, pattern):
    found = list(folder.glob(pattern))
    check(len(found) == 1, f"{pattern}: {found}")
    return found[0]


def unpacked(path):
    """Contents of the files by their paths without the first folder."""
    with tarfile.open(path) as archive:
        members = [member for member in archive if not member.isdir()]
        for member in members:
            check((member.uid, member.gid) == (0, 0), f"{path.name}: {member.name} has an owner")
        content = {member.name: archive.extractfile(member) for member in members}
        return {name.partition("/")[2]: file.read() if file else b"" for name, file in content.items()}


def sums_hold(folder):
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split() for line in lines)}
    real = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name != "SHA256SUMS"}
    check(listed == real, "SHA256SUMS is not that of the files")


def contents_are_as_they_should(name, files, paths_allowed):
    wanted = expected_files(name)
    check(wanted is None or set(files) == wanted, f"{name}: {sorted(set(files) ^ (wanted or set()))}")
    names = {pathlib.PurePath(path).name for path in files}
    check(LICENCES - {"THIRD-PARTY-NOTICES.txt"} <= names, f"{name} has not all licences")
    check(name == "source" or LICENCES <= names, f"{name} has no notices of what is linked into it")
    for path, content in files.items():
        check(not KEY.search(content), f"{name}: {path} holds a private key")
        found = [] if paths_allowed else of_this_machine(content, name)
        check(not found, f"{name}: {path} names {found}")


def of_this_machine(content, package):
    """The paths of this machine in the content; a source may speak of `/root/` and mean something else."""
    folders = {str(ROOT), os.environ.get("CARGO_HOME", "")}
    if package != "source":
        folders |= {str(pathlib.Path.home()) + "/", str(ROOT.parent) + "/"}
    return [folder for folder in folders if folder.strip("/") and folder.encode() in content]


def expected_files(name):
    if name == "wheel":
        info = f"tdsec-{VERSION}.dist-info"
        modules = tracked("bindings-python/python")
        return modules | {"tdsec/_tdsec.abi3.so", *(f"{info}/{file}" for file in ("METADATA", "RECORD", "WHEEL"))} | {
            f"{info}/licenses/{licence}" for licence in LICENCES
        }
    if name == "npm":
        library = {f"lib/{path}" for path in tracked("bindings-node/lib")}
        top = {"index.cjs", "index.mjs", "index.d.ts", "index.d.mts", "generated.d.ts", "tdsec.node", "package.json", "README.md"}
        return library | top | LICENCES
    if name == "c":
        library = {"libtdsec.so", "libtdsec.so.0", f"libtdsec.so.{VERSION}", "libtdsec.a", "pkgconfig/tdsec.pc"}
        cmake = {"cmake/tdsec/tdsecConfig.cmake", "cmake/tdsec/tdsecConfigVersion.cmake"}
        documents = {f"share/doc/tdsec/{file}" for file in LICENCES | {"options.md"}}
        return {"include/tdsec.h"} | {f"lib/{file}" for file in library | cmake} | documents
    return None


def tracked(folder):
    return set(run(["git", "ls-files", "."], cwd=ROOT / folder).splitlines())


def source_is_the_repository(path):
    listed = set(run(["git", "ls-tree", "-r", "--name-only", "HEAD"], cwd=ROOT).splitlines())
    check(set(unpacked(path)) == listed, "the source is not the repository's HEAD")


@contextlib.contextmanager
def server():
    command = [ROOT / "target/debug/tdsec-testserver", "--exit-with-parent"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=10)


def fill(ready):
    """What the examples ask for, by REST: nothing of what is checked is used for it."""
    rows = " ".join(f"({1700000000000 + row}, {row}.5)" for row in range(ROWS + 2))
    statements = [
        "CREATE DATABASE power",
        "CREATE TABLE power.meters (ts TIMESTAMP, current FLOAT)",
        f"INSERT INTO power.meters VALUES {rows}",
        "CREATE TABLE power.d1 (ts TIMESTAMP, current FLOAT, voltage INT, phase FLOAT)",
    ]
    for sql in statements:
        login = base64.b64encode(b"root:taosdata").decode()
        request = urllib.request.Request(ready["url"].replace("wss", "https") + "/rest/sql", sql.encode(), {"Authorization": f"Basic {login}"})
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=ready["ca"]), timeout=10) as answer:
            check(json.load(answer)["code"] == 0, sql)


def example(language, ready, which=1):
    text = (ROOT / "README.md").read_text().split(f"```{language}\n")[which].split("```")[0]
    check(README_ADDRESS in text, f"the README's example in {language} has another address")
    return text.replace(README_ADDRESS, ready["url"])


def environment(ready, **more):
    """Of a user: the token, and the roots of the system, to which the server's CA belongs here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LD_", "NODE_", "npm_"))}
    return {**kept, "SSL_CERT_FILE": ready["ca"], "TDSEC_TOKEN": ready["token"], **more}


def python_example_runs(wheel, ready, place):
    run([sys.executable, "-m", "venv", place])
    pip = [place / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, f"tdsec[arrow] @ {wheel.as_uri()}"])
    (place / "example.py").write_text(example("python", ready) + "print(table.num_rows)\n")
    lines = run([place / "bin/python", "-I", "example.py"], cwd=place, env=environment(ready)).splitlines()
    check(len(lines) == ROWS + 1 and lines[-1] == str(ROWS + 2), f"Python: {lines}")
    run([place / "bin/python", "-I", "-c", f"import tdsec; assert tdsec.__version__ == '{VERSION}'"], cwd=place)


def node_example_runs(package, ready, place):
    place.mkdir()
    (place / "package.json").write_text('{"name": "example", "version": "1.0.0", "private": true, "type": "module"}')
    run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", package], cwd=place)
    (place / "example.js").write_text(example("js", ready))
    lines = run(["node", "example.js"], cwd=place, env=environment(ready)).splitlines()
    check(len(lines) == ROWS and lines[0].endswith(" 0.5"), f"Node: {lines}")
    (place / "token").write_text(ready["token"])
    pooled = example("js", ready, which=2)
    check("/run/secrets/token" in pooled, "the README's pool in Node has its token elsewhere")
    (place / "pool.js").write_text(pooled.replace("/run/secrets/token", str(place / "token")))
    lines = run(["node", "pool.js"], cwd=place, env=environment(ready)).splitlines()
    check(lines == [str(ROWS)], f"Node, a pool: {lines}")
    (place / "required.cjs").write_text("console.log(typeof require('tdsec').connect)")
    check(run(["node", "required.cjs"], cwd=place).strip() == "function", "Node: require")


def c_example_runs(package, ready, place):
    place.mkdir()
    with tarfile.open(package) as archive:
        archive.extractall(place)
    prefix = next(place.iterdir())
    (place / "query.c").write_text(example("c", ready))
    flags = run(["pkg-config", "--cflags", "--libs", "tdsec"], env={**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}).split()
    run(["cc", "query.c", "-o", "query", *flags], cwd=place)
    shown = run([place / "query"], cwd=place, env=environment(ready, LD_LIBRARY_PATH=str(prefix / "lib")))
    check(shown == f"{ROWS} rows\n", f"C: {shown}")


def run(command, **more):
    command = list(map(str, command))
    check(shutil.which(command[0]) or pathlib.Path(command[0]).exists(), f"{command[0]} is not installed")
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, **more)
    check(done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def check(holds, problem):
    if not holds:
        raise SystemExit(f"check_dist: {problem}")


if __name__ == "__main__":
    main()
