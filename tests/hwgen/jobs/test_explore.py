"""Sweeps that go on where they were stopped."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hwgen.explore.store import Store
from hwgen.jobs.explore import explore

TINY = Path(__file__).parents[3] / "models" / "tiny.json"
SWEEP = {"devices": ["up5k", "hx1k"], "fps": [30.0, 1e5, None]}


def timeless(rows):
    return [replace(row, seconds=None) for row in rows]


def test_a_second_sweep_computes_nothing_and_a_larger_one_what_is_missing(tmp_path):
    first = explore([TINY], tmp_path / "s.db", **SWEEP)
    assert first.computed == len(first.rows) == 6
    again = explore([TINY], tmp_path / "s.db", **SWEEP)
    assert again.computed == 0
    assert again.rows == first.rows
    assert again.front == first.front
    more = explore([TINY], tmp_path / "s.db", devices=["up5k", "hx1k", "hx8k"], fps=SWEEP["fps"])
    assert more.computed == 3
    assert len(more.rows) == 9


def test_a_sweep_that_was_killed_goes_on_and_gives_the_same_rows(tmp_path):
    whole = explore([TINY], tmp_path / "whole.db", **SWEEP)
    store = tmp_path / "killed.db"
    command = [sys.executable, "-m", "hwgen", "explore", str(TINY), "--store", str(store)]
    command += ["--device", "up5k", "--device", "hx1k", "--fps", "30,100000,fastest"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGKILL)
    with Store(store) as kept:
        known = kept.rows()
    assert 2 <= len(known) <= 6, lines
    rest = explore([TINY], store, **SWEEP)
    assert rest.computed == 6 - len(known)
    assert list(rest.rows[: len(known)]) == known
    assert timeless(rest.rows) == timeless(whole.rows)


def test_accuracy_is_that_of_the_description_and_unknown_in_other_precisions(tmp_path):
    pictures = np.zeros((2, 4, 4, 1), np.uint8)
    pictures[0, 1, :] = pictures[1, :, 2] = 255
    found = explore(
        [TINY], tmp_path / "s.db", devices=["up5k"], bits=["-", "CB"], wide_bits=2,
        images=pictures, labels=np.array([0, 0]),
    )  # fmt: skip
    assert [(row.bits, row.accuracy) for row in found.rows] == [("-", 0.5), ("CB", None)]


def test_optuna_draws_points_of_the_grid_and_computes_none_twice(tmp_path):
    pytest.importorskip("optuna", reason="needs Optuna")
    drawn = explore([TINY], tmp_path / "s.db", trials=12, **SWEEP)
    assert 2 <= drawn.computed == len(drawn.rows) <= 6
    whole = explore([TINY], tmp_path / "all.db", **SWEEP)
    assert {r.key for r in drawn.rows} <= {r.key for r in whole.rows}
    assert explore([TINY], tmp_path / "s.db", trials=12, **SWEEP).computed + drawn.computed <= 6


@pytest.mark.skipif(os.cpu_count() == 1, reason="needs two processors")
def test_rows_are_shown_and_kept_while_others_are_computed(tmp_path):
    def look(row):
        with Store(tmp_path / "s.db") as store:
            seen.append((time.monotonic(), any(known.key == row.key for known in store.rows())))

    seen = []
    explore([TINY], tmp_path / "s.db", jobs=2, show=look, **SWEEP)
    assert [known for _, known in seen] == [True] * 6
