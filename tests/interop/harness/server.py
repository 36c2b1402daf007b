"""A running tdsec-testserver and its control API."""

import hashlib
import json
import subprocess
import urllib.request

from paths import SERVER


class Server:
    """Runs from `with` to its end; `tls` is what `--tls` takes."""

    def __init__(self, tls):
        self.tls = tls

    def __enter__(self):
        command = [SERVER, "--tls", self.tls, "--exit-with-parent"]
        # Standard input stays open: the server ends when this process does, however that happens.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.secure = self.tls != "off"
        self.address = ready["url"].split("//")[1]
        self.token = ready["token"]
        self.ca = ready.get("ca")
        self.control = ready["control"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)

    def stats(self):
        return self._call("GET", "/stats")

    def reset_stats(self):
        self._call("POST", "/stats/reset")

    def add_fault(self, when, do):
        self._call("POST", "/faults", {"when": when, "do": do})

    def clear_faults(self):
        self._call("DELETE", "/faults")

    def _call(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method != "GET" else None
        request = urllib.request.Request(self.control + path, data, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


def fingerprint(secret):
    """How the stats show a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]
