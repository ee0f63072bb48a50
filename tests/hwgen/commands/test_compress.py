"""The command: options, what it prints, sentences."""

import json

import numpy as np
import pytest
from plan_networks import precise
from small_networks import small_face

from hwgen.model import dump_model, load_model, save_model


@pytest.fixture
def wide(tmp_path):
    path = tmp_path / "precise.json"
    save_model(precise(), path)
    return path


def constant(path):
    """Description whose last four channels of conv1 are -1 always."""
    document = json.loads(dump_model(small_face()))
    norm = next(layer for layer in document["layers"] if layer["name"] == "norm1")
    norm["gamma"][4:], norm["beta"][4:] = [0] * 4, [-1] * 4
    path.write_text(json.dumps(document))
    return path


def test_what_was_left_out_is_told_and_the_rest_written(call, tmp_path):
    code, text, _ = call("compress", constant(tmp_path / "in.json"), "-o", tmp_path / "out.json")
    assert code == 0
    assert text.splitlines() == [
        "conv1: 4 of 8 channels left, 4 constant",
        "396 of 920 bits of weights saved",
        f"wrote {tmp_path / 'out.json'}",
    ]
    assert load_model(tmp_path / "out.json").named["conv1"].weights.shape == (4, 3, 3, 3)


def test_without_a_file_nothing_is_written(call, model):
    _, text, _ = call("compress", model)
    assert text == "no channel is constant, unread, or stands for another\n"
    assert list(model.parent.iterdir()) == [model]


def test_json_has_each_pass_and_the_bits(call, tmp_path):
    told = json.loads(call("compress", constant(tmp_path / "in.json"), "--json")[1])
    (exact,) = told["passes"]
    assert exact["pass"] == "exact"
    assert [layer["left"] for layer in exact["layers"]] == [4]
    assert (told["weight_bits"], told["weight_bits_left"]) == (920, 524)
    assert (told["before"]["weight_bits"], told["after"]["weight_bits"]) == (920, 524)


def test_a_missing_file_is_one_sentence(call, tmp_path):
    code, _, error = call("compress", tmp_path / "none.json")
    assert code == 2
    assert f"error: {tmp_path / 'none.json'}: cannot be read" in error


def test_it_writes_a_description_and_says_what_that_saved(call, wide, tmp_path):
    out = tmp_path / "small.json"
    code, text, _ = call("compress", wide, "--codebook", "conv:4", "--svd", "fc:2", "-o", out)
    assert code == 0
    lines = text.splitlines()
    assert max(len(line) for line in lines if str(out) not in line) <= 80
    assert "bits of weights in memory: 240 before, 148 after" in lines
    assert "accuracy: not measured, no --data" in lines
    assert lines[-1] == f"wrote {out}"
    made = load_model(out)
    assert len(np.unique(made.named["conv"].weights)) == 4
    assert "fc_rank" in made.named


def test_json_has_all_of_it(call, model):
    code, text, _ = call("compress", model, "--prune", "conv2:0.5", "--prune", "0.25", "--json",
                         "--device", "up5k")  # fmt: skip
    found = json.loads(text)
    assert code == 0
    assert found["passes"][0]["layers"] == [
        {"name": "conv1", "channels": 8, "left": 6},
        {"name": "conv2", "channels": 8, "left": 4},
    ]
    assert found["device"] == "up5k"
    assert found["after"]["design"]["logic_cells"] < found["before"]["design"]["logic_cells"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--svd", "fc"], "--svd must be LAYER:NUMBER, not 'fc'"),
        (["--svd", ":3"], "--svd must be LAYER:NUMBER, not ':3'"),
        (["--svd", "3"], "--svd must be LAYER:NUMBER, not '3'"),
        (["--codebook", "fc:few"], "--codebook must be LAYER:NUMBER, not 'fc:few'"),
        (["--prune", "half"], "--prune must be LAYER:NUMBER or NUMBER, not 'half'"),
        (["--prune", "0.5", "--prune", "0.4"], "--prune is given twice for all layers"),
        (["--svd", "fc:1", "--svd", "fc:2"], "--svd is given twice for fc"),
        (["--epochs", "2"], "--epochs needs pictures to learn from: --data"),
        (["--device", "up6k"], "device must be one of"),
        (["--codebook", "x:4"], "layer 'x': there is none of this name"),
        (["--prune", "conv:1.5"], "must be between 0 and 1, not 1.5"),
        (["--data", "no.npz"], "no.npz"),
    ],
)
def test_what_cannot_be_is_one_sentence(call, wide, tmp_path, options, message):
    code, text, error = call("compress", wide, *options, "-o", tmp_path / "out.json")
    assert (code, text) == (2, "")
    last = error.splitlines()[-1]
    assert last.startswith("error: ")
    assert message in error
    assert not (tmp_path / "out.json").exists()
