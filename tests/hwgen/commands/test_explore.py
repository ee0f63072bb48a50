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
        "network", "device", "asked", "weights", "cycles", "frames/s", "cells", "EBR", "DSP", "uJ"
    ]  # fmt: skip
    assert [line.split()[2:4] for line in lines[1:4]] == [
        ["30", "auto"], ["1e+09", "auto"], ["fastest", "auto"],
    ]  # fmt: skip
    assert lines[2].split()[4:] == ["none"]
    assert lines[4] == f"3 points, 2 of them with a design; 3 computed now, all in {store}"
    assert lines[5:] == ["front: 2 designs", lines[1], lines[3]]
    assert [row["problem"] is None for row in json.loads(rows.read_text())] == [True, False, True]
    assert "logic cells" in picture.read_text()
    code, text, _ = call(*asked)
    assert code == 0
    assert "; 0 computed now, all in" in text


def test_folding_files_storage_and_products_are_asked_for_beside_rates(call, tmp_path):
    folding = tmp_path / "unrolled_one.json"
    folding.write_text('{"lines": {"pe": 2}}')
    store, rows = tmp_path / "s.db", tmp_path / "rows.csv"
    asked = ("explore", TINY, "--store", str(store), "--device", "up5k", "--folding", str(folding))
    code, text, _ = call(
        *asked, "--fps", "30", "--storage", "memory,spram", "--products", "auto, dsp",
        "--export", str(rows),
    )  # fmt: skip
    assert code == 0
    lines = text.splitlines()[1:6]
    assert [line.split()[2:4] for line in lines] == [
        *[["30", "memory"]] * 2, *[["30", "spram"]] * 2, ["unrolled", "auto"],
    ]  # fmt: skip
    assert [line.endswith("none  products in dsp") for line in lines] == [0, 1, 0, 1, 0]
    exported = rows.read_text().splitlines()
    assert all(name in exported[0] for name in ("storage", "products", "folding_file"))
    assert str(folding) in exported[5]
    code, text, _ = call(*asked)
    assert code == 0
    assert "1 point, 1 of them with a design; 0 computed now" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fps", "30,many"], "--fps must be numbers with commas, or 'fastest', not 'many'"),
        (["--device", "generic"], "--device must be one of hx1k, "),
        (["--bits", "CCC"], f"{TINY}: --bits must be 2 letters B or C, one for each of lines"),
        (
            ["--storage", "auto,disk"],
            "--storage must be auto or constant or memory or spram or ext",
        ),
        (["--products", "lut"], "--products must be auto or logic or dsp, not 'lut'"),
        (["--folding", "absent.json"], "absent.json: cannot be read: "),
        (["--folding", TINY, "--storage", "spram"], "--storage and --products go with rates: "),
        (["--folding", TINY], f"{TINY}: layer 'classes': the network has no such matrix layer"),
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
