"""``hwgen compress``."""

import json

from small_networks import small_face
from typer.testing import CliRunner

from hwgen.cli import app
from hwgen.model import dump_model, load_model


def call(*args):
    return CliRunner().invoke(app, [str(a) for a in args])


def constant(path):
    """Description whose last four channels of conv1 are -1 always."""
    document = json.loads(dump_model(small_face()))
    norm = next(layer for layer in document["layers"] if layer["name"] == "norm1")
    norm["gamma"][4:], norm["beta"][4:] = [0] * 4, [-1] * 4
    path.write_text(json.dumps(document))
    return path


def test_what_was_left_out_is_told_and_the_rest_written(tmp_path):
    done = call("compress", constant(tmp_path / "in.json"), "-o", tmp_path / "out.json")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "conv1: 4 of 8 channels left, 4 constant",
        "396 of 920 bits of weights saved",
        f"wrote {tmp_path / 'out.json'}",
    ]
    assert load_model(tmp_path / "out.json").named["conv1"].weights.shape == (4, 3, 3, 3)


def test_without_a_file_nothing_is_written(tmp_path):
    (tmp_path / "in.json").write_bytes(dump_model(small_face()))
    done = call("compress", tmp_path / "in.json")
    assert done.stdout == "no channel is constant, unread, or stands for another\n"
    assert [path.name for path in tmp_path.iterdir()] == ["in.json"]


def test_json_has_each_pass_and_the_bits(tmp_path):
    told = json.loads(call("compress", constant(tmp_path / "in.json"), "--json").stdout)
    assert list(told) == ["file", "passes", "weight_bits", "weight_bits_left"]
    (exact,) = told["passes"]
    assert exact["pass"] == "exact"
    assert [layer["left"] for layer in exact["layers"]] == [4]
    assert (told["weight_bits"], told["weight_bits_left"]) == (920, 524)


def test_a_missing_file_is_one_sentence(tmp_path):
    done = call("compress", tmp_path / "none.json")
    assert isinstance(done.exception, Exception)
    assert str(done.exception).startswith(f"{tmp_path / 'none.json'}: cannot be read")
