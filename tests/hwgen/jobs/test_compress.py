"""Descriptions made smaller, as Python calls it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from small_networks import small_face

from hwgen.errors import MismatchError, ModelError
from hwgen.jobs import compress as job
from hwgen.jobs.compress import compress
from hwgen.model import infer_shapes, load_model, save_model


def planted():
    model = small_face()
    layers = []
    for layer in model.layers:
        if layer.name == "norm1":
            gamma, beta = layer.gamma.copy(), layer.beta.copy()
            gamma[:2], beta[:2] = 0, -1
            layer = replace(layer, gamma=gamma, beta=beta)
        layers.append(layer)
    return replace(model, layers=tuple(layers))


@dataclass(frozen=True)
class Told:
    line: str = "turned"

    def to_json(self):
        return {"pass": "turn"}


def turn(model):
    """All weights of the last layer negated."""
    last = model.layers[-1]
    layers = (*model.layers[:-1], replace(last, weights=-last.weights))
    return replace(model, layers=layers), Told()


def test_the_file_that_is_written_is_the_smaller_description(tmp_path):
    save_model(planted(), tmp_path / "in.json")
    found = compress(tmp_path / "in.json", tmp_path / "out.json")
    made = load_model(tmp_path / "out.json")
    assert infer_shapes(made)["conv1"][2] == 6
    assert found.weight_bits - found.weight_bits_left == 2 * 27 + 2 * 9 * 8
    assert [r.to_json()["pass"] for r in found.reports] == ["exact"]


def test_other_passes_come_first():
    found = compress(planted(), passes=[turn])
    assert [r.to_json()["pass"] for r in found.reports] == ["turn", "exact"]
    assert (found.model.layers[-1].weights == -planted().layers[-1].weights).all()
    assert infer_shapes(found.model)["conv1"][2] == 6


def test_where_scores_would_differ_nothing_is_written(tmp_path, monkeypatch):
    exact = job.remove_channels

    def wrong(model):
        made, report = exact(model)
        rng = np.random.default_rng(0)
        last = made.layers[-1]
        other = rng.permuted(last.weights, axis=1)
        return replace(made, layers=(*made.layers[:-1], replace(last, weights=other))), report

    monkeypatch.setattr(job, "remove_channels", wrong)
    with pytest.raises(MismatchError, match=r"^<memory>: without channels that change nothing "):
        compress(planted(), tmp_path / "out.json")
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_refused_first(tmp_path):
    with pytest.raises(ModelError, match=r"^\S*none/out\.json: cannot be written: "):
        compress(tmp_path / "missing.json", tmp_path / "none" / "out.json")
