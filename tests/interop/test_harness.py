"""The harness fails when a client does other than is expected. Needs the test server alone: the client is REST."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class Harness(unittest.TestCase):
    def setUp(self):
        self.expected = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "expected"
        shutil.copytree(HERE / "expected", self.expected)

    def run_harness(self):
        command = [sys.executable, "-B", HERE / "harness", "--client", "rest", "--expected", self.expected]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)

    def change(self, name, before, after):
        path = self.expected / name
        text = path.read_text(encoding="utf-8")
        self.assertIn(before, text)
        path.write_text(text.replace(before, after, 1), encoding="utf-8")

    def test_passes_when_all_is_as_expected(self):
        done = self.run_harness()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(" passed, 0 failed, ", done.stdout)

    def test_fails_and_shows_the_line_that_differs(self):
        self.change("rest.txt", "219", "218")
        done = self.run_harness()
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("rest over plain: basic: expected (-) and seen (+)", done.stderr)
        self.assertIn("rest over TLS: basic", done.stderr)
        self.assertIn("✗", done.stdout)

    def test_fails_when_a_step_is_not_expected_at_all(self):
        self.change("rest.txt", "@ syntax-error", "@ something-else")
        self.assertEqual(self.run_harness().returncode, 1)

    def test_fails_when_a_fact_is_another(self):
        self.change("facts.txt", "rest: insert after drop: the server gets it once", "rest: insert after drop: the server gets it 2 times")
        done = self.run_harness()
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("rest: facts: expected (-) and seen (+)", done.stderr)


if __name__ == "__main__":
    unittest.main()
