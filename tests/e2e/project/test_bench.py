# SPDX-License-Identifier: Apache-2.0
"""The statistics of the bench, and its table."""

import csv
import importlib.util

import pytest

from vso.source import ROOT

spec = importlib.util.spec_from_file_location(
    "table", ROOT / "tests/bench/table.py")
table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(table)


def test_percentile():
    values = list(range(1, 101))[::-1]
    assert [table.percentile(values, p) for p in (0, 1, 50, 99, 99.5, 100)] \
        == [1, 1, 50, 99, 100, 100]
    assert table.percentile([7], 99) == 7
    with pytest.raises(ValueError):
        table.percentile([], 50)


def test_ratios_are_of_one_round():
    assert table.ratios([2, 30], [1, 10]) == [2, 3]
    with pytest.raises(ValueError):
        table.ratios([1], [1, 2])


@pytest.mark.parametrize("number, text", [
    (0, "0"), (12345, "12345"), (12345.6, "12346"), (12.34, "12.3"),
    (1.0, "1.00"), (0.01234, "0.0123"), (0.0000001234, "0.000000"),
    (None, "")])
def test_numbers_are_short(number, text):
    assert table.shorten(number) == text


def test_a_goal_is_told_and_is_no_failure(tmp_path):
    made = table.Table()
    made.add(table.Figure.of_rounds("a", "one", [3.0, 1.0, 2.0], "ms", goal=2),
             table.Figure.of_rounds("a", "two", [1.011, 1.009, 1.2], "ratio",
                                    goal=1.01),
             table.Figure("b", "three", 7, note="as, it \"is\""))
    made.remark("said once")
    made.remark("said once")
    assert [f.met for f in made.figures] == ["yes", "NO", ""]
    assert [f.name for f in made.missed()] == ["two"]
    lines = made.text().splitlines()
    assert lines[2].split() == ["a", "one", "2.00", "ms", "1.00..3.00", "3",
                                "<=", "2", "yes"]
    assert lines[3].split()[-1] == "NO" and "1.011" in lines[3]
    assert lines.count("said once") == 1
    path = tmp_path / "bench.csv"
    made.write_csv(path)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [r["value"] for r in rows[:3]] == ["2.0", "1.011", "7"]
    assert (rows[0]["low"], rows[0]["high"], rows[2]["low"]) == \
        ("1.0", "3.0", "")
    assert rows[2]["note"] == 'as, it "is"'
    assert rows[3] == {**rows[3], "row": "remark", "figure": "said once"}
