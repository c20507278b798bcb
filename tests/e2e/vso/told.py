# SPDX-License-Identifier: Apache-2.0
"""A program for VSOCertMessageCmd that writes down what it is told."""

from . import wait_for
from .server import set_owner

SCRIPT = """#!/bin/sh
shift
{{ echo "$*"; env | grep ^VSOCERT_ | sort; echo; }} >{folder}/new.$$
mv {folder}/new.$$ {folder}/told.$$
{more}
"""


class Told:
    """The program and what it was told."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        set_owner(folder)
        self.script = folder / "tell"
        self.write()

    def write(self, more=""):
        self.script.write_text(SCRIPT.format(folder=self.folder, more=more))
        self.script.chmod(0o755)

    def directive(self, name="ops"):
        """The folder is among the arguments: the program may write there."""
        return (f'VSOCertMessageCmd {self.script} {self.folder} '
                f'"{name} team"')

    def all(self):
        """[(EVENT, SUBJECT, {variable: value})] in any order."""
        found = []
        for path in self.folder.glob("told.*"):
            first, *rest = path.read_text().splitlines()
            *words, event, subject = first.split(" ")
            assert words == ["ops", "team"]
            variables = dict(line.split("=", 1) for line in rest if line)
            assert variables["VSOCERT_EVENT"] == event
            found.append((event, subject, variables))
        return found

    def events(self):
        return sorted((event, subject) for event, subject, _ in self.all())

    def wait(self, *wanted):
        wait_for(lambda: sorted(wanted) == self.events() or None,
                 lambda_text(self, wanted))

    def one(self, event):
        """The variables of an event that was told once."""
        found, = [v for e, _, v in self.all() if e == event]
        return found


def lambda_text(told, wanted):
    class Text:
        def __str__(self):
            return f"{sorted(wanted)}; told: {told.events()}"
    return Text()
