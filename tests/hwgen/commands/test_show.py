"""hwgen show from the command line."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from hwgen.jobs.build import build
from hwgen.model import Builder, save_model

LONG = "a_name_of_sixty_letters_that_no_column_of_the_table_has_room_for"


def branching():
    """Two branches and a path around a layer, one of them with a long name."""
    signs = np.random.default_rng(3).choice
    net = Builder("parting", height=8, width=8, channels=2)
    net.conv2d(signs([-1, 1], (4, 3, 3, 2)), "stem").sign("bits")
    net.conv2d(signs([-1, 1], (4, 1, 1, 4)), LONG, inputs="bits").sign("left")
    net.conv2d(signs([-1, 1], (4, 3, 3, 4)), "other", padding="same", pad_value=0, inputs="bits")
    net.sign("right").concat(["left", "right"], "joined")
    net.conv2d(signs([-1, 1], (4, 1, 1, 8)), "last").sign("last_bits")
    net.add(["last_bits", "bits"], "sum").batch_norm(1.0, 0.0, 0.5, 1.0, 0.0, "norm").sign("s")
    net.flatten("flat").dense(signs([-1, 1], (2, 144)), "scores").classes(["<a>", "b & c"])
    return net.provenance({"author": "nobody", "notes": "word " * 60}).build()


@pytest.fixture
def parting(tmp_path):
    path = tmp_path / "parting.json"
    save_model(branching(), path)
    return path


def test_the_table_fits_a_terminal_and_cuts_no_name(call, model, human, parting):
    for path in (model, human, parting):
        code, text, _ = call("show", path)
        assert code == 0
        assert max(map(len, text.splitlines())) <= 80
    assert LONG in text.split()
    assert "  reads left, right" in text.splitlines()
    assert "classes: <a>, b & c" in text.splitlines()
    assert "author: nobody" in text.splitlines()


def test_json_has_each_layer_and_the_totals(call, model):
    code, text, _ = call("show", model, "--json")
    document = json.loads(text)
    assert code == 0
    assert document["input"]["meaning"] == "1/128 * pixel - 1"
    conv2 = next(layer for layer in document["layers"] if layer["name"] == "conv2")
    assert conv2 == {
        "name": "conv2", "kind": "conv2d", "inputs": ["pool1"], "shape": [4, 4, 8],
        "activation_bits": 8, "weight_bits": 1, "parameters": 8 * 9 * 8,
        "macs": 4 * 4 * 8 * 9 * 8,
    }  # fmt: skip
    assert document["macs"] == sum(layer["macs"] for layer in document["layers"])
    assert document["parameters"] == sum(layer["parameters"] for layer in document["layers"])


def test_counts_are_those_of_a_build(call, model, tmp_path):
    built = build(model, tmp_path / "built")
    for source in (model, tmp_path / "built"):
        code, text, _ = call("show", source, "--json")
        document = json.loads(text)
        assert code == 0
        assert document["macs"] == built.manifest["macs"]
        assert document["binary_macs"] == built.manifest["binary_macs"]


def test_the_graph_is_drawn_with_every_layer_and_branches_side_by_side(call, parting, tmp_path):
    picture = tmp_path / "graph.svg"
    code, text, _ = call("show", parting, "--svg", picture)
    assert code == 0
    assert text.endswith(f"wrote {picture}\n")
    root = ET.parse(picture).getroot()
    space = "{http://www.w3.org/2000/svg}"
    places = {e.text: (float(e.get("x")), float(e.get("y"))) for e in root.iter(f"{space}text")
              if e.get("font-weight")}  # fmt: skip
    assert set(places) == {"input", *(layer.name for layer in branching().layers)}
    assert places["left"][1] == places["right"][1]
    assert places["left"][0] != places["right"][0]
    width, height = float(root.get("width")), float(root.get("height"))
    boxes = [
        tuple(float(e.get(k)) for k in ("x", "y", "width", "height"))
        for e in root.iter(f"{space}rect") if e.get("rx")
    ]  # fmt: skip
    assert len(boxes) == len(places)
    for k, (x, y, wide, tall) in enumerate(boxes):
        assert 0 <= x <= width - wide
        assert 0 <= y <= height - tall
        for other_x, other_y, *_ in boxes[:k]:
            assert abs(x - other_x) >= wide or abs(y - other_y) >= tall


def test_the_network_is_written_as_qonnx_that_import_reads(call, human, tmp_path):
    pytest.importorskip("onnx", reason="needs the package onnx")
    code, text, _ = call("show", human, "--onnx", tmp_path / "net.onnx")
    assert code == 0
    assert text.endswith(f"wrote {tmp_path / 'net.onnx'}\n")
    code, text, _ = call("import", tmp_path / "net.onnx", "-o", tmp_path / "back.json")
    assert code == 0
    kinds = []
    for path in (human, tmp_path / "back.json"):
        document = json.loads(call("show", path, "--json")[1])
        kinds.append([(x["kind"], x["shape"], x["weight_bits"]) for x in document["layers"]])
    assert kinds[0] == kinds[1]


def test_what_cannot_be_written_is_one_sentence_and_nothing_is(call, model, tmp_path):
    for option in ("--svg", "--onnx"):
        code, text, errors = call("show", model, option, tmp_path / "none" / "x")
        assert (code, text) == (2, "")
        assert errors.startswith(f"error: {tmp_path / 'none' / 'x'}: cannot be written: ")
    code, _, errors = call("show", model, "--svg", tmp_path / "a.svg", "--onnx", tmp_path / "no/b")
    assert code == 2
    assert not (tmp_path / "a.svg").exists()


def test_one_file_for_both_is_refused(call, model, tmp_path):
    code, _, errors = call("show", model, "--svg", tmp_path / "x", "--onnx", tmp_path / "x")
    assert code == 2
    assert errors.endswith("error: --svg and --onnx must be different files\n")


def test_a_folder_that_is_no_build_is_one_sentence(call, tmp_path):
    code, text, errors = call("show", tmp_path)
    assert (code, text) == (2, "")
    assert errors.endswith(f"error: {tmp_path}: has no manifest.json; run `hwgen build` first\n")
    code, text, errors = call("verify", tmp_path / "none")
    assert errors.endswith(f"error: {tmp_path}/none: is no folder; run `hwgen build` first\n")


def test_a_network_without_layers_of_weights_is_shown(call, tmp_path):
    path = tmp_path / "plain.json"
    net = Builder("plain", height=2, width=2, channels=1).sign("bits")
    save_model(net.build(), path)
    code, text, _ = call("show", path)
    assert code == 0
    assert "input: a pixel stands for its number, 0 to 255" in text.splitlines()
