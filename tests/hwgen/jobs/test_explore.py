"""Sweeps that go on where they were stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hwgen.explore.store import Store
from hwgen.jobs.build import build
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


def test_a_folding_file_is_a_point_that_is_known_by_what_is_in_it(tmp_path):
    path, store = tmp_path / "mine.json", tmp_path / "s.db"
    path.write_text('{"lines": {"pe": 2, "simd": 9, "m": [2, 2], "taps": [3, 3]}}')
    first = explore([TINY], store, devices=["up5k", "hx8k"], foldings=[path])
    assert [row.asked_fps for row in first.rows] == [None, None]
    assert {(row.folding_file, row.problem is None) for row in first.rows} == {(str(path), True)}
    assert json.loads(first.rows[0].folding)["lines"] == {
        "pe": 2, "simd": 9, "m": [2, 2], "taps": [3, 3],
    }  # fmt: skip
    assert explore([TINY], store, devices=["up5k"], foldings=[path]).computed == 0
    path.write_text('{"lines": {"pe": 1, "simd": 9, "m": [2, 2], "taps": [3, 3]}}')
    changed = explore([TINY], store, devices=["up5k"], foldings=[path], fps=[30.0])
    assert [row.asked_fps for row in changed.rows] == [30.0, None]
    assert changed.computed == 2
    digests = {row.folding_digest for row in (*first.rows, *changed.rows)}
    assert len(digests) == 3
    assert None in digests


def test_a_folding_that_is_larger_than_the_device_or_is_none_for_it_is_no_design(tmp_path):
    # All products of a frame at once, and weights where the device has no memory for them.
    whole = {"lines": {"pe": 2, "simd": 9, "m": [2, 2], "taps": [3, 3]}, "classify": {"simd": 8}}
    spram = {"lines": {"storage": "spram"}}
    found = explore([TINY], tmp_path / "s.db", devices=["hx1k"], foldings=[whole, spram])
    problems = [row.problem for row in found.rows]
    assert problems[0] is not None
    assert re.search(r": does not fit hx1k: takes 1,\d+ logic cells of 1,280$", problems[0])
    assert problems[1] == (
        "folding: layer 'lines': storage \"spram\" needs a device with SPRAM (up5k), not hx1k"
    )
    assert not found.front


def test_each_row_is_built_again_by_what_was_asked_for_and_by_its_folding(tmp_path):
    found = explore(
        [TINY], tmp_path / "s.db", devices=["up5k"], fps=[1e5], storages=["auto", "spram"],
        foldings=[{"lines": {"pe": 2, "storage": "spram"}}],
    )  # fmt: skip
    assert len({row.folding for row in found.rows}) == 3
    for number, row in enumerate(found.rows):
        folding = json.loads(row.folding)
        again = build(TINY, tmp_path / f"{number}", device="up5k", folding=folding)
        assert again.design.plan.folding == folding
        assert again.manifest["interval_cycles"] == row.interval_cycles
        assert again.manifest["resources"]["logic_cells"] == row.logic_cells
        if row.folding_file is None:
            storage = None if row.storage == "auto" else row.storage
            asked = build(TINY, tmp_path / f"{number}", device="up5k", fps=1e5, storage=storage)
            assert asked.manifest == again.manifest


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


def test_optuna_draws_storages_and_folding_files_too(tmp_path):
    pytest.importorskip("optuna", reason="needs Optuna")
    asked = {
        "devices": ["up5k"], "fps": [30.0, 1e5], "storages": ["auto", "spram"],
        "products": ["auto", "logic"], "foldings": [{}, {"lines": {"pe": 2}}],
    }  # fmt: skip
    drawn = explore([TINY], tmp_path / "s.db", trials=40, **asked)
    assert {row.storage for row in drawn.rows} == {"auto", "spram"}
    assert {row.products for row in drawn.rows} == {"auto", "logic"}
    assert {row.folding_file for row in drawn.rows} == {None, "folding"}
    assert len(drawn.rows) == drawn.computed <= 2 * 2 * 2 + 2


@pytest.mark.skipif(os.cpu_count() == 1, reason="needs two processors")
def test_rows_are_shown_and_kept_while_others_are_computed(tmp_path):
    def look(row):
        with Store(tmp_path / "s.db") as store:
            seen.append((time.monotonic(), any(known.key == row.key for known in store.rows())))

    seen = []
    explore([TINY], tmp_path / "s.db", jobs=2, show=look, **SWEEP)
    assert [known for _, known in seen] == [True] * 6
