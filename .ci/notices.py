#!/usr/bin/env python3
"""Prints the notices of everything that is linked into the three libraries: names, versions, licences and their texts.

Reads what cargo has fetched; needs no network.
"""

import json
import pathlib
import subprocess
import sys

PACKAGES = ["tdsec-c", "tdsec-python", "tdsec-node"]
NAMES = ("license", "licence", "copying", "notice")
RULE = "=" * 100


def main():
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--filter-platform", host()))
    packages = {(package["name"], package["version"]): package for package in metadata["packages"]}
    chosen = [packages[key] for key in sorted(linked()) if packages[key]["source"]]
    print("This software contains the following packages, each under its own licence.\n")
    for package in chosen:
        print(f"{package['name']} {package['version']}: {package['license']}")
    printed = set()
    for package in chosen:
        for path, text in texts(package):
            print(f"\n{RULE}\n{package['name']} {package['version']}: {path.name}\n{RULE}\n")
            print(text if text not in printed else "The same text as above.")
            printed.add(text)
    missing = [package["name"] for package in chosen if not package["license"]]
    return f"no licence is stated by {missing}" if missing else 0


def linked():
    """Name and version of every package whose code gets into the libraries."""
    flags = [flag for package in PACKAGES for flag in ("--package", package)]
    lines = cargo("tree", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}", *flags).splitlines()
    words = [line.split() for line in lines if line]
    return {(name, version.removeprefix("v")) for name, version, *_ in words}


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name.lower().startswith(NAMES):
            yield path, path.read_text(encoding="utf-8", errors="replace").strip()


def host():
    lines = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout.splitlines()
    return next(line.removeprefix("host: ") for line in lines if line.startswith("host: "))


def cargo(*arguments):
    command = ["cargo", arguments[0], "--locked", *arguments[1:]]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
