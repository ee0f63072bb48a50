"""hwgen tables from the command line."""

import json

from hwgen.model import save_model
from models.zoo import make_network


def test_tables_are_no_wider_than_a_terminal(call, model, human):
    for path in (model, human):
        code, text, _ = call("tables", path)
        assert code == 0
        lines = [x for x in text.splitlines() if not x.startswith("not built")]
        assert max(len(line.rstrip()) for line in lines) <= 80


def test_json_has_every_line_as_described_and_as_built(call, model):
    code, text, _ = call("tables", model, "--json", "--kilobyte", "1024")
    document = json.loads(text)
    assert code == 0
    assert document["kilobyte"] == 1024
    conv2 = next(layer for layer in document["layers"] if layer["name"] == "conv2")
    assert conv2["macs"] == 8 * 9 * 8 * 16
    assert conv2["weight_kb"] == {"16": 1.125, "8": 0.5625, "1": 0.0703125}
    assert conv2["described"] == {
        "activation_bits": 1, "activation_kb": 0.015625, "weight_bits": 1, "weight_kb": 0.0703125
    }  # fmt: skip
    assert conv2["built"]["weight_kb"] == 0.0703125
    assert document["total"]["built"]["buffer_kb"] > 0
    assert document["not_built"] is None


def test_a_network_that_is_not_built_yet_has_its_table_all_the_same(call, tmp_path):
    path = tmp_path / "vgg8.json"
    save_model(make_network("face-cnn8"), path)
    code, text, _ = call("tables", path, "--json")
    document = json.loads(text)
    assert code == 0
    assert (document["not_built"] is None) == (document["total"]["built"] is not None)


def test_markdown_is_one_table(call, model):
    code, text, _ = call("tables", model, "--markdown", "--no-norms", "--no-picture")
    assert code == 0
    assert [line.split(" | ")[0] for line in text.splitlines()] == [
        "| layer", "| ---", "| conv1", "| pool1", "| conv2", "| pool2", "| fc", "| total"
    ]  # fmt: skip


def test_two_forms_at_once_are_one_sentence(call, model):
    code, text, errors = call("tables", model, "--json", "--markdown")
    assert (code, text) == (2, "")
    assert errors == "error: only one of --json and --markdown can be given\n"


def test_a_file_that_is_no_description_is_one_sentence(call, tmp_path):
    code, text, errors = call("tables", tmp_path / "none.json")
    assert (code, text) == (2, "")
    assert errors.splitlines()[-1].startswith(f"error: {tmp_path / 'none.json'}: ")
