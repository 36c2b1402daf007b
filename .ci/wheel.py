#!/usr/bin/env python3
"""Makes the wheel of an extension that cargo has built: wheel.py EXTENSION OUT NOTICES

Metadata comes from bindings-python/pyproject.toml, the version from Cargo.toml, the tag from the extension itself: the
oldest manylinux whose C library has every symbol that the extension asks for. The bytes depend on nothing else.
"""

import base64
import hashlib
import os
import pathlib
import platform
import re
import subprocess
import sys
import time
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bindings-python"
# What PEP 600 lets an extension expect of a system, of what we link.
ALLOWED = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1", "ld-linux-x86-64.so.2"}
# The oldest tag there is with a name of its own.
OLDEST = (2, 17)
# 1980-01-01: what a zip file can say.
OLDEST_ZIP = 315532800


def main(extension, out, notices):
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    tag = f"cp39-abi3-{platform_tag(extension)}"
    info = f"tdsec-{version}.dist-info"
    files = {path: (PACKAGE / "python" / path).read_bytes() for path in sources()}
    files["tdsec/_tdsec.abi3.so"] = extension.read_bytes()
    licences = (ROOT / "LICENSE-MIT", ROOT / "LICENSE-APACHE", notices)
    files[f"{info}/METADATA"] = metadata(project, version, licences).encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tdsec\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    for licence in licences:
        files[f"{info}/licenses/{licence.name}"] = licence.read_bytes()
    record = f"{info}/RECORD"
    lines = [f"{path},sha256={digest(content)},{len(content)}\n" for path, content in sorted(files.items())]
    files[record] = "".join([*lines, f"{record},,\n"]).encode()
    write(out / f"tdsec-{version}-{tag}.whl", files)


def sources():
    """The files of the package, without what building and testing leave beside them."""
    listed = subprocess.run(["git", "ls-files", "."], cwd=PACKAGE / "python", check=True, capture_output=True, text=True)
    return listed.stdout.splitlines()


def platform_tag(extension):
    dynamic = run("readelf", "-d", extension)
    foreign = set(re.findall(r"Shared library: \[(.+)\]", dynamic)) - ALLOWED
    if foreign:
        raise SystemExit(f"{extension} needs {sorted(foreign)}, which no manylinux promises")
    symbols = re.findall(r"\bGLIBC_(\d+)\.(\d+)", run("objdump", "-T", extension))
    major, minor = max([OLDEST, *((int(major), int(minor)) for major, minor in symbols)])
    return f"manylinux_{major}_{minor}_{platform.machine()}"


def metadata(project, version, licences):
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version}",
        f"Summary: {project['description']}",
        f"Requires-Python: {project['requires-python']}",
        f"License-Expression: {project['license']}",
        *(f"License-File: {licence.name}" for licence in licences),
        f"Keywords: {','.join(project['keywords'])}",
        *(f"Classifier: {classifier}" for classifier in project["classifiers"]),
        *(f"Project-URL: {name}, {url}" for name, url in project["urls"].items()),
        "Description-Content-Type: text/markdown",
    ]
    for extra, needed in project["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {name}; extra == "{extra}"' for name in needed]
    return "\n".join(lines) + "\n\n" + (PACKAGE / project["readme"]).read_text()


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def write(path, files):
    moment = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH", 0)), OLDEST_ZIP))[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name, content in sorted(files.items(), key=lambda item: (".dist-info/" in item[0], item[0])):
            entry = zipfile.ZipInfo(name, moment)
            entry.external_attr = (0o100755 if name.endswith(".so") else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))
