"""hwgen import from the command line: what it writes, and nothing where it fails."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from foreign_networks import conv_arrays, dense_arrays, save

from hwgen.model import load_model
from hwgen.model.importers import import_model
from sim import golden


def test_it_writes_a_description_that_computes_the_same(call, tmp_path):
    path = save(tmp_path, conv_arrays())
    code, text, _ = call("import", path, "-o", tmp_path / "model.json")
    assert code == 0
    assert text == (
        "a network of BNN-PYNQ (.npz): 18 layers, 18x18x3 to 4 scores\n"
        f"wrote {tmp_path / 'model.json'}\n"
    )
    model = load_model(tmp_path / "model.json")
    pictures = np.random.default_rng(1).integers(0, 256, (3, 18, 18, 3), dtype=np.uint8)
    scores = golden.run(import_model(path)[0], pictures).scores
    assert np.array_equal(golden.run(model, pictures).scores, scores)


def test_without_a_name_it_writes_into_the_working_folder(call, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    path = save(tmp_path / "there", dense_arrays(), "lfc-mini.npz")
    monkeypatch.chdir(tmp_path)
    code, text, _ = call("import", path)
    assert code == 0
    assert text.endswith("\nwrote lfc_mini.json\n")
    assert json.loads(Path("lfc_mini.json").read_text())["name"] == "lfc_mini"


def test_what_pixels_mean_is_printed_and_can_be_said(call, tmp_path):
    pytest.importorskip("onnx", reason="needs the package onnx")
    net = importlib.import_module("qonnx_files").Net(1, 1, 2, 2).quantise().then("Flatten")
    path = net.dense(np.ones((2, 4))).then("Softmax", axis=1).save(tmp_path)
    code, _, errors = call("import", path, "-o", tmp_path / "model.json")
    assert code == 2
    assert ": gives the same for every pixel, read as pixel / 255, which " in errors
    assert errors.splitlines()[-1] == "    change  try --input signed"
    code, text, _ = call("import", path, "--input", "signed", "-o", tmp_path / "model.json")
    assert (code, text.splitlines()[1:4]) == (
        0,
        [
            "pixels: -1 to 1: 2 * pixel / 255 - 1; as asked for",
            "layout: channels first; as ONNX has it; --layout last where that is wrong",
            "dropped, for it keeps the scores' order: Softmax",
        ],
    )


def test_the_same_file_gives_the_same_bytes(call, tmp_path):
    path = save(tmp_path, dense_arrays())
    for name in ("a.json", "b.json"):
        assert call("import", path, "-o", tmp_path / name)[0] == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_an_imported_network_builds(call, tmp_path):
    call("import", save(tmp_path, dense_arrays()), "-o", tmp_path / "model.json")
    assert call("build", tmp_path / "model.json", "-o", tmp_path / "out")[0] == 0
    assert (tmp_path / "out" / "mini.v").is_file()


def test_what_cannot_be_read_is_one_sentence_and_leaves_what_was_there(call, tmp_path):
    path = save(tmp_path, dense_arrays() | {"X": np.int64(1)})
    target = tmp_path / "model.json"
    target.write_text("precious")
    code, text, errors = call("import", path, "-o", target)
    assert (code, text) == (2, "")
    last = errors.splitlines()[-1]
    assert last == f"error: {path}: holds an array 'X', which no network of BNN-PYNQ has"
    assert target.read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mini.npz", "model.json"]


def test_an_output_that_cannot_be_written_is_one_sentence_before_anything_is_read(call, tmp_path):
    path = tmp_path / "not_there.npz"
    target = tmp_path / "none" / "model.json"
    code, _, errors = call("import", path, "-o", target)
    assert code == 2
    assert errors.splitlines()[-1] == (
        f"error: {target}: cannot be written: there is no folder {target.parent}"
    )


def test_a_missing_package_is_a_missing_tool(call, tmp_path, monkeypatch):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"\x08\x08\x12\x07pytorch")
    monkeypatch.setitem(sys.modules, "onnx", None)
    code, _, errors = call("import", path, "-o", tmp_path / "model.json")
    assert code == 3
    assert errors.splitlines()[-1] == (
        f"error: {path}: is an ONNX file, which is read with the package onnx: "
        "pip install 'hwgen[import]'"
    )
    assert not (tmp_path / "model.json").exists()


def test_what_was_imported_can_be_held_against_scores(call, tmp_path):
    path = save(tmp_path, dense_arrays())
    model = import_model(path)[0]
    size = (5, model.input.height, model.input.width, model.input.channels)
    pictures = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8)
    scores = golden.run(model, pictures).float_scores
    check, target = tmp_path / "x.npz", tmp_path / "model.json"
    np.savez(check, X=pictures, R=scores)
    code, text, _ = call("import", path, "-o", target, "--check", check)
    assert code == 0
    assert text.splitlines()[-2:] == [
        "the same class: 5 of 5 pictures",
        "the same scores: 5 of 5 pictures, at most 0 apart",
    ]
    scores[2] = scores[2][::-1] + 1
    np.savez(check, X=pictures, R=scores)
    code, text, errors = call("import", path, "-o", target, "--check", check)
    assert code == 1
    assert text.splitlines()[-1].startswith("the same scores: 4 of 5 pictures, at most ")
    assert errors.splitlines()[-1] == f"error: {target}: does not compute what {check} says"
    target.unlink()
    code, _, errors = call("import", path, "-o", target, "--check", tmp_path / "none.npz")
    assert code == 2
    assert errors.splitlines()[-1] == (
        f"error: {tmp_path}/none.npz: cannot be read: No such file or directory"
    )
    assert not target.exists()
