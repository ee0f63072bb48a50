"""hwgen train from the command line: what it prints and writes, and what it refuses."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from training_cases import SIDE, pictures

from hwgen.model import dump_model, load_model
from hwgen.training import batches as drawn

TOPOLOGY = {
    "format": "hwgen-topology/1",
    "name": "little",
    "convs": [{"channels": 6, "pool": "max"}],
    "dense": [],
}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.json").write_text(json.dumps(TOPOLOGY))
    x, y = pictures(150, 1, 1)
    np.savez(tmp_path / "d.npz", x=x, y=y)
    np.savez(tmp_path / "large.npz", x=x.repeat(4, 1).repeat(4, 2), y=y)
    return tmp_path


def arguments(*words: object) -> tuple[object, ...]:
    return ("train", "small.json", "--data", "d.npz", "-o", "m.json", "--epochs", 2, *words)


def test_it_writes_a_description_and_says_how_good_it_is(call, files: Path):
    code, text, _ = call(*arguments("--batch", 16))
    assert code == 0
    lines = text.splitlines()
    assert lines[0].startswith("epoch 1 of 2: loss ")
    assert lines[2].startswith("test accuracy ")
    assert lines[3:] == [
        "checked on 30 pictures: the description computes what was trained", "wrote m.json",
    ]  # fmt: skip
    assert max(map(len, lines)) <= 80
    model = load_model("m.json")
    assert model.classes == ("0", "1", "2")
    assert model.provenance["trained"] is True
    assert sorted(path.name for path in files.iterdir()) == [
        "d.npz",
        "large.npz",
        "m.json",
        "small.json",
    ]


def test_json_has_epochs_and_accuracy(call, files: Path):
    code, text, _ = call(*arguments("--json"))
    assert code == 0
    found = json.loads(text)
    assert list(found) == ["name", "epochs", "test_accuracy", "checked_pictures", "seconds"]
    assert [list(epoch) for epoch in found["epochs"]] == [["loss", "accuracy", "valid"]] * 2


def test_switches_and_networks_of_the_zoo(call, files: Path):
    words = ("--data", "d.npz", "-o", "m.json", "--epochs", 1)
    assert call("train", "F-6-m1-k1", "--width", 0.05, *words)[0] == 0
    first = load_model("m.json").layers[0]
    assert (len(first.weights), first.weight_bits) == (3, 16)
    switches = ("--depth", 4, "--wide-first", 2, "--residual", "--last-bits", 8)
    topology = TOPOLOGY | {"convs": [{"channels": 3}, {"channels": 3, "pool": "max"}]}
    (files / "small.json").write_text(json.dumps(topology))
    assert call("train", "small.json", *switches, *words)[0] == 0
    model = load_model("m.json")
    assert [len(x.weights) for x in model.layers if hasattr(x, "weights")] == [6, 3, 3, 3, 3, 3]
    assert model.layers[-1].weight_bits == 8
    assert sum(layer.kind == "add" for layer in model.layers) == 1


def test_a_description_is_trained_further_and_teaches(call, files: Path):
    assert call(*arguments())[0] == 0
    words = ("--data", "d.npz", "--epochs", 1)
    assert call("train", "--from", "m.json", *words, "-o", "n.json")[0] == 0
    facts: dict[str, Any] = load_model("n.json").provenance
    assert (facts["started_from"], facts["recipe"]["rate"]) == ("little", 0.001)
    assert call("train", "small.json", "--teacher", "m.json", *words, "-o", "t.json")[0] == 0
    assert load_model("t.json").provenance["teacher"] == "little"


def test_an_interrupted_training_goes_on_with_resume(call, files: Path, monkeypatch):
    words = ("--batch", 16, "--augment", "shift=1")
    assert call(*arguments(*words))[0] == 0
    whole = Path("m.json").read_bytes()
    Path("m.json").unlink()
    steps, real = iter(range(9)), drawn.augment

    def interrupted(*given):
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(drawn, "augment", interrupted)
        code, _, errors = call(*arguments(*words))
    assert code == 130
    assert errors.splitlines()[-1] == (
        "error: interrupted; m.checkpoint has all whole epochs: go on with --resume"
    )
    assert not Path("m.json").exists()
    code, _, errors = call(*arguments(*words))
    assert (code, errors) == (
        2,
        "error: m.checkpoint: is of a training that was not finished; go on with --resume, or "
        "remove it\n",
    )
    assert call(*arguments(*words, "--resume"))[0] == 0
    assert Path("m.json").read_bytes() == whole
    assert not Path("m.checkpoint").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "small.json"), "--data has to be given: pictures to learn from"),
        (("train", "--data", "d.npz"),
         "give either a topology or, with --from, a description to start from"),
        (("train", "fase", "--data", "d.npz"),
         "no network of the zoo is named 'fase'; there are face, .*; or give a topology file"),
        (arguments("--epochs", 1000000),
         "epochs must be an integer from 0 to below 1000000, not 1000000"),
        (arguments("--rate", 0), "rate must be a finite number above 0, not 0"),
        (arguments("--rate", "nan"), "rate must be a finite number above 0, not nan"),
        (arguments("--batch", 1), "batch must be an integer from 2 to below 65536, not 1"),
        (arguments("--gradient", "x"), "gradient must be polynomial or clip, not 'x'"),
        (arguments("--augment", "turn"), "augmentation 'turn' is unknown; there are .*"),
        (("train", "gender", "--data", "d.npz"),
         "gender: pictures of 8 x 8 x 1 do not go through its layers: layer 'pool1': .*"),
        (("train", "uyolo", "--data", "d.npz"),
         "uyolo: its scores are boxes, and only classes are trained"),
        (("train", "human", "--data", "large.npz"),
         "human: gives scores for each of 2 x 2 pixels, and only networks with one score a class "
         "are trained"),
        (("train", "small.json", "--data", "d.npz", "-o", "no/m.json"),
         "no/m.json: cannot be written: there is no folder no"),
        (("train", "--from", "small.json", "--data", "d.npz", "-o", "m.json"),
         "small.json: format must be 'hwgen-bnn/1', but is 'hwgen-topology/1'"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_sentence(call, files: Path, words, message):
    before = sorted(files.iterdir())
    code, text, errors = call(*words)
    assert (code, text) == (2, "")
    assert re.fullmatch(f"error: {message}", errors.splitlines()[-1]), errors
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (lambda x, y: {"x": x, "y": y[:-1]}, r"d\.npz: .*"),
        (lambda x, y: {"x": x, "y": y * 0}, r"d\.npz: .*"),
    ],
)
def test_data_that_cannot_train_is_refused_before_anything_else(call, files, arrays, message):
    np.savez(files / "d.npz", **arrays(*pictures(150, 1, 1)))
    code, _, errors = call(*arguments())
    assert code == 2
    assert re.fullmatch(f"error: {message}", errors.splitlines()[-1])
    assert not Path("m.json").exists()


def test_without_pytorch_it_says_what_to_install(call, files: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    code, text, errors = call(*arguments())
    assert (code, text) == (3, "")
    assert errors == "error: training needs PyTorch: pip install 'hwgen[train]'\n"


def test_the_help_names_every_option(call):
    code, text, _ = call("train", "--help")
    assert code == 0
    assert all(word in text for word in ("--from", "--teacher", "--wide-first", "--resume"))


def test_from_python_it_is_the_same(files: Path):
    import hwgen

    made = hwgen.train("small.json", "d.npz", epochs=2, batch=16)
    again = hwgen.train(
        "small.json", {"x": np.load("d.npz")["x"], "y": np.load("d.npz")["y"]}, epochs=2, batch=16
    )
    assert dump_model(made.model) == dump_model(again.model)
    assert made.model.input.height == SIDE
