"""``hwgen explore`` as its users call it."""

import json
import re
from pathlib import Path

import pytest

TINY = str(Path(__file__).parents[3] / "models" / "tiny.json")


def test_it_prints_a_line_a_point_and_the_front(call, tmp_path):
    store, rows, picture = (tmp_path / name for name in ("s.db", "rows.json", "front.svg"))
    asked = ("explore", TINY, "--store", str(store), "--device", "up5k", "--fps", "30,fastest,1e9")
    code, text, _ = call(*asked, "--export", str(rows), "--front", str(picture))
    assert code == 0
    lines = text.splitlines()
    assert max(len(line) for line in lines if str(store) not in line) <= 80
    assert lines[0].split() == [
        "network", "device", "asked", "cycles", "frames/s", "cells", "EBR", "DSP", "uJ"
    ]  # fmt: skip
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["tiny", "up5k", "30"], ["tiny", "up5k", "1e+09"], ["tiny", "up5k", "fastest"],
    ]  # fmt: skip
    assert lines[2].split()[3:] == ["none"]
    assert lines[4] == f"3 points, 2 of them with a design; 3 computed now, all in {store}"
    assert lines[5:] == ["front: 2 designs", lines[1], lines[3]]
    assert [row["problem"] is None for row in json.loads(rows.read_text())] == [True, False, True]
    assert "logic cells" in picture.read_text()
    code, text, _ = call(*asked)
    assert code == 0
    assert "; 0 computed now, all in" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fps", "30,many"], "--fps must be numbers with commas, or 'fastest', not 'many'"),
        (["--device", "generic"], "--device must be one of hx1k, "),
        (["--bits", "CCC"], f"{TINY}: --bits must be 2 letters B or C, one for each of lines"),
        (["--export", "rows.xls"], "rows.xls: results are exported as .csv, .json, .parquet"),
        (["--front", "front.gif"], "front.gif: Pareto fronts are .svg or .png pictures"),
        (["--store", "absent/s.db"], "absent/s.db: cannot be written: there is no folder absent"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(call, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    code, out, errors = call("explore", TINY, *options)
    assert (code, out) == (2, "")
    assert re.search(rf"^error: {re.escape(message)}", errors, re.MULTILINE)
    assert len(errors.strip().splitlines()) <= 2
