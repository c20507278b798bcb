# SPDX-License-Identifier: Apache-2.0
"""keytool, in one process for all calls: to start Java takes longer than most
of what it is asked for."""

import base64
import os
import pathlib
import subprocess
import tempfile

PROGRAM = pathlib.Path(__file__).with_name("Keytool.java")
KEYTOOL = "java.base/sun.security.tools.keytool=ALL-UNNAMED"


class Keytool:
    """Started when it is first asked, and again after a call that failed."""

    def __init__(self):
        self.process = None
        self.errors = None

    def start(self):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            ["java", "-XX:+UseSerialGC",
             "--add-exports", KEYTOOL, PROGRAM],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            env={**os.environ, "LC_ALL": "C.UTF-8"})

    def run(self, *argv):
        """What keytool printed; AssertionError when it failed."""
        if self.process is None:
            self.start()
        words = [base64.b64encode(str(word).encode()) for word in argv]
        self.process.stdin.write(b" ".join(words) + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError((argv, self.stop()))
        return base64.b64decode(answer)

    def stop(self):
        """End it; what it said of errors."""
        if self.process is None:
            return b""
        self.process.communicate(timeout=60)
        self.process = None
        with self.errors as errors:
            errors.seek(0)
            return errors.read()
