"""hwgen check from the command line: all problems at once, and an exit code that answers."""

import importlib
import json
import re

import numpy as np
import pytest
from foreign_networks import dense_arrays, save

import hwgen

pytest.importorskip("onnx", reason="needs the package onnx")
Net = importlib.import_module("qonnx_files").Net

WEIGHTS = np.ones((3, 4), np.int64)
KEYS = ["file", "importer", "ok", "problems", "notes"]


def good(folder):
    return Net(4, 1, 2, 2).begin().dense(WEIGHTS).then("Softmax", axis=1).save(folder)


def bad(folder):
    net = Net(1, 1, 2, 2).begin().dense(WEIGHTS).then("Elu").quantise()
    return net.then("Quant", 1.0, 0.0, 2.5, domain="onnx.brevitas").save(folder)


def test_what_can_be_imported_exits_with_0_and_says_what_was_taken(call, tmp_path):
    code, text, errors = call("check", good(tmp_path))
    assert code == 0
    assert text.splitlines() == [
        "a QONNX network (.onnx): can be imported",
        "pixels: pixel / 255, which torchvision's ToTensor gives; as the graph shows",
        "layout: channels first; as ONNX has it; --layout last where that is wrong",
        "batch: the graph takes 4 frames at a time; one is taken",
        "dropped, for it keeps the scores' order: Softmax",
    ]
    assert "error" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]


def test_what_cannot_exits_with_1_and_lists_every_node(call, tmp_path):
    code, text, errors = call("check", bad(tmp_path))
    assert code == 1
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  n")] == [
        "node", "n7", "n9",
    ]  # fmt: skip
    assert all(len(line) <= 80 for line in text.splitlines())
    last = errors.splitlines()[-1]
    assert re.fullmatch(r"error: \S+net\.onnx: node 'n7' \(Elu\): .* \(and 1 more problem\)", last)


def test_json_has_the_keys_that_stay(call, tmp_path):
    path = bad(tmp_path)
    code, text, _ = call("check", path, "--json")
    found = json.loads(text)
    assert (code, list(found)) == (1, KEYS)
    assert (found["file"], found["importer"], found["ok"]) == (str(path), "qonnx", False)
    assert [list(problem) for problem in found["problems"]] == [
        ["node", "operator", "found", "reason", "remedy"]
    ] * 2
    assert found["problems"][0]["node"] == "n7"


def test_import_prints_the_same_table_below_its_sentence(call, tmp_path):
    path = bad(tmp_path)
    table = call("check", path)[1].splitlines()
    code, text, errors = call("import", path, "-o", tmp_path / "model.json")
    assert (code, text) == (2, "")
    sentence, *below = errors[errors.index("error: ") :].splitlines()
    assert sentence.startswith(f"error: {path}: node 'n7' (Elu): ")
    assert below == [line for line in table if line.startswith("  ")]
    assert not (tmp_path / "model.json").exists()


def test_import_answers_in_json_too(call, tmp_path):
    code, text, _ = call("import", good(tmp_path), "--json", "-o", tmp_path / "model.json")
    found = json.loads(text)
    assert (code, list(found), found["ok"], found["problems"]) == (0, KEYS, True, [])
    assert (tmp_path / "model.json").is_file()
    code, text, errors = call("import", bad(tmp_path), "--json", "-o", tmp_path / "other.json")
    assert (code, json.loads(text)["ok"]) == (1, False)
    assert errors.splitlines()[-1].startswith("error: ")
    assert not (tmp_path / "other.json").exists()


def test_files_of_arrays_are_checked_too(call, tmp_path):
    assert call("check", save(tmp_path, dense_arrays()))[0] == 0
    code, text, _ = call("check", save(tmp_path, dense_arrays() | {"X": np.int64(1)}), "--json")
    (problem,) = json.loads(text)["problems"]
    assert (code, problem["node"]) == (1, "")
    assert problem["reason"] == "holds an array 'X', which no network of BNN-PYNQ has"


def test_content_that_nothing_reads_is_no_network_and_a_missing_file_is_wrong_input(call, tmp_path):
    (tmp_path / "x").write_bytes(b"hello")
    code, text, _ = call("check", tmp_path / "x", "--json")
    assert (code, json.loads(text)["importer"]) == (1, None)
    code, text, errors = call("check", tmp_path / "none.onnx")
    assert (code, text) == (2, "")
    assert errors.splitlines()[-1].endswith("none.onnx: cannot be read: No such file or directory")


def test_the_function_gives_what_the_command_prints(tmp_path):
    found = hwgen.check(good(tmp_path), pixels="signed", layout="first")
    assert found.ok
    assert found.model is not None
    assert found.notes[0] == "pixels: -1 to 1: 2 * pixel / 255 - 1; as asked for"
    assert found.notes[1] == "layout: channels first; as asked for"
    assert not hwgen.check(bad(tmp_path)).ok
    with pytest.raises(hwgen.HwgenError, match=r"^pixels must be one of pixels, unit, signed, raw"):
        hwgen.check(good(tmp_path), pixels="rgb")
