"""The clients: how each is had from its registry, how its addresses are written, how it is started."""

import os
import shutil
import subprocess
import sys
from urllib.parse import quote

from paths import BUILT, HERE

LIMIT_S = 60

# What JDK tools expect; the store holds no secret.
TRUST_STORE_PASSWORD = "changeit"


class NotAvailable(Exception):
    """The reason why a client cannot run here."""


class Client:
    name = ""
    version = ""
    # Why it has no bearer token, if it has none.
    no_token = None
    # Why it cannot read a table of every type, if it cannot.
    no_types = None

    # Why it cannot trust the test server's CA, if it cannot.
    no_tls = None

    def prepare(self):
        """Installs and builds what is missing; raises NotAvailable."""

    def dsn(self, server, user="root", password="taosdata", token=None):
        raise NotImplementedError

    def command(self, server):
        raise NotImplementedError

    def environment(self, server):
        return {}

    def dsn_without_tls_options(self, server):
        """What somebody writes who says no more than `wss`."""
        return self.dsn(server)

    def start_trusting_nothing(self, server, *arguments):
        """As `start`, with no CA made known to the client."""
        return self.start(server, *arguments, environment={})

    def start(self, server, *arguments, command=None, environment=None, limit_s=LIMIT_S):
        """Runs the program; its output, with a last line that tells of a bad end."""
        given = self.environment(server) if environment is None else environment
        run = subprocess.run(
            [*(command or self.command(server)), *map(str, arguments)],
            env={**os.environ, "TZ": "UTC", **given},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=limit_s,
        )
        output = run.stdout.replace(server.address, "ADDRESS").replace(server.token, "TOKEN")
        if run.returncode != 0:
            output += f"ended with {run.returncode}: {run.stderr.strip().splitlines()[-1:]}\n"
        return output


class Python(Client):
    name = "python"
    version = "taos-ws-py 0.7.0"

    def prepare(self):
        need("python3 -m venv", [sys.executable, "-m", "venv", BUILT / "venv"], unless=self.interpreter())
        requirements = HERE / "python" / "requirements.txt"
        install = [self.interpreter(), "-m", "pip", "install", "--quiet", "--requirement", requirements]
        need(f"pip install {self.version}", install)

    def dsn(self, server, user="root", password="taosdata", token=None, tls="verify_identity"):
        options = [f"bearer_token={quote(token, safe='')}"] if token else []
        if server.secure and tls:
            options += [f"tls_mode={tls}", f"tls_ca={server.ca}"]
        login = "" if token else f"{user}:{password}@"
        return f"{scheme(server, 'ws')}://{login}{server.address}/?{'&'.join(options)}".rstrip("?")

    def dsn_without_tls_options(self, server):
        return self.dsn(server, tls=None)

    def command(self, server):
        return [self.interpreter(), HERE / "python" / "client.py"]

    def interpreter(self):
        return BUILT / "venv" / "bin" / "python"


class Go(Client):
    name = "go"
    version = "driver-go 3.7.8"

    def prepare(self):
        must_have("go")
        build = ["go", "build", "-o", BUILT / "go-client", "."]
        need("go build with github.com/taosdata/driver-go/v3", build, cwd=HERE / "go")

    def dsn(self, server, user="root", password="taosdata", token=None):
        address = f"{scheme(server, 'ws')}({server.address})"
        return f"@{address}/?bearerToken={token}" if token else f"{user}:{password}@{address}/"

    def command(self, server):
        return [BUILT / "go-client"]

    def environment(self, server):
        return {"SSL_CERT_FILE": server.ca} if server.secure else {}


class Java(Client):
    name = "java"
    version = "taos-jdbcdriver 3.7.9"
    no_token = "taos-jdbcdriver 3.7.9, the newest in its registry, has no bearerToken"

    def prepare(self):
        for tool in ("mvn", "javac", "keytool"):
            must_have(tool)
        folder = BUILT / "java"
        plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
        copy = ["mvn", "-B", "-q", plugin, f"-DoutputDirectory={folder / 'lib'}"]
        jar = folder / "lib" / "taos-jdbcdriver-3.7.9.jar"
        need("mvn com.taosdata.jdbc:taos-jdbcdriver", copy, unless=jar, cwd=HERE / "java")
        need("javac", ["javac", "-d", folder / "classes", HERE / "java" / "Client.java"])

    def dsn(self, server, user="root", password="taosdata", token=None):
        secure = "&useSSL=true" if server.secure else ""
        return f"jdbc:TAOS-WS://{server.address}/?user={user}&password={password}{secure}"

    def command(self, server):
        return self.java(*(trust_store(server.ca) if server.secure else []))

    def start_trusting_nothing(self, server, *arguments):
        return self.start(server, *arguments, command=self.java())

    def java(self, *options):
        folder = BUILT / "java"
        java = ["java", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", *options]
        return [*java, "-cp", f"{folder / 'classes'}:{folder / 'lib'}/*", "Client"]


class Rest(Client):
    name = "rest"
    version = "urllib of Python"

    def dsn(self, server, user="root", password="taosdata", token=None):
        login = f":{token}" if token else f"{user}:{password}"
        return f"{scheme(server, 'http')}://{login}@{server.address}"

    def command(self, server):
        return [sys.executable, HERE / "rest" / "client.py"]

    def environment(self, server):
        return {"SSL_CERT_FILE": server.ca} if server.secure else {}


class Rust(Client):
    name = "rust"
    version = "crate taos 0.12.3"
    no_token = "crate taos 0.12.3 has no bearer token"
    no_types = "crate taos 0.12.3 panics in a task of its own on a DECIMAL(10,4) column, and the query never ends"
    no_tls = "crate taos 0.12.3 trusts built-in public roots only, no private CA"

    def prepare(self):
        must_have("cargo")
        build = ["cargo", "build", "--quiet", "--locked", "--target-dir", BUILT / "rust"]
        need("cargo build with crate taos", build, cwd=HERE / "rust")

    def dsn(self, server, user="root", password="taosdata", token=None):
        return f"taos+ws://{user}:{password}@{server.address}/"

    def command(self, server):
        return [BUILT / "rust" / "debug" / "interop-rust"]


ALL = [Python(), Go(), Java(), Rust(), Rest()]

# Official clients that this folder does not run, and why.
NOT_RUN = {
    "node": "not available: @tdengine/websocket is not in its registry",
    "c": "not available: libtaosws is not in a registry",
}


def scheme(server, plain):
    return plain + "s" if server.secure else plain


def trust_store(ca):
    """Makes a Java trust store that holds the CA alone; the options that name it."""
    store = BUILT / "java" / "trust.p12"
    store.unlink(missing_ok=True)
    fixed = ["-noprompt", "-alias", "ca", "-storetype", "PKCS12", "-storepass", TRUST_STORE_PASSWORD]
    need("keytool", ["keytool", "-importcert", *fixed, "-keystore", store, "-file", ca])
    store_options = {"trustStore": store, "trustStorePassword": TRUST_STORE_PASSWORD}
    return [f"-Djavax.net.ssl.{name}={value}" for name, value in store_options.items()]


def must_have(tool):
    if shutil.which(tool) is None:
        raise NotAvailable(f"{tool} is not installed")


def need(what, command, unless=None, cwd=None):
    if unless is not None and unless.exists():
        return
    BUILT.mkdir(parents=True, exist_ok=True)
    run = subprocess.run(list(map(str, command)), cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode != 0:
        lines = run.stdout.strip().splitlines()
        raise NotAvailable(f"{what} failed: {lines[-1] if lines else run.returncode}")
