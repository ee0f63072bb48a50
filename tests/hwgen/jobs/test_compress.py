"""What a description costs before and after."""

from dataclasses import replace

import numpy as np
import pytest
from plan_networks import precise, tiny
from small_networks import small_face

from hwgen.errors import MismatchError, ModelError
from hwgen.jobs import compress as job
from hwgen.jobs.compress import compress, memory_bits
from hwgen.jobs.lossy_passes import Lossy
from hwgen.model import Builder, infer_shapes, load_model, save_model


def few() -> Builder:
    """A layer of 8-bit weights of all values, 256 of each."""
    weights = np.tile(np.arange(-128, 128), (256, 1))
    net = Builder("few", height=1, width=1, channels=256).sign("sign")
    return net.dense(weights, "fc", weight_bits=8)


def test_memory_holds_indices_where_weights_have_few_values():
    model = few().build()
    assert memory_bits(model) == 8 << 16
    made = compress(model, lossy=Lossy(codebook={"fc": 16})).model
    assert memory_bits(made) == 4 << 16
    assert memory_bits(tiny()) == sum(
        layer.weights.size for layer in tiny().layers if hasattr(layer, "weights")
    )


def test_it_tells_bits_accuracy_and_what_designs_take_and_writes_the_description(tmp_path):
    model = few().build()
    path = tmp_path / "small.json"
    found = compress(model, path, lossy=Lossy(codebook={"fc": 4}), device="ecp5-25", cycles=70_000)
    document = found.to_json()
    assert (document["before"]["memory_bits"], document["after"]["memory_bits"]) == (
        8 << 16,
        2 << 16,
    )
    assert (document["weight_bits"], document["weight_bits_left"]) == (8 << 16, 8 << 16)
    assert (document["images"], document["before"]["accuracy"]) == (0, None)
    rams = [document[when]["design"]["ebr"] for when in ("before", "after")]
    assert rams[0] - rams[1] >= 20
    assert [step["pass"] for step in document["passes"]] == ["codebook", "exact"]
    assert (load_model(path).named["fc"].weights == found.model.named["fc"].weights).all()


def test_accuracies_are_those_of_the_test_pictures():
    pytest.importorskip("torch")
    model = small_face()
    rng = np.random.default_rng(2)
    x = rng.integers(0, 256, (40, 8, 8, 3)).astype(np.uint8)
    data = {
        "train_x": x,
        "train_y": np.arange(40) % 4,
        "test_x": x[:10],
        "test_y": np.arange(10) % 4,
    }
    found = compress(model, data=data, lossy=Lossy(prune={"conv2": 0.5}, epochs=0))
    assert found.images == 10
    assert found.before.accuracy is not None
    assert found.after.accuracy is not None
    assert 0 <= found.after.accuracy <= 1


def test_a_design_that_does_not_fit_says_why_and_nothing_is_written_behind_an_error(tmp_path):
    net = few().quantise(8, signed=True, scale=512, name="level")
    model = net.dense(np.tile(np.arange(-128, 128), (8, 1)), "out", weight_bits=8).build()
    found = compress(model, device="hx1k")
    design = found.after.design
    assert design is not None
    assert "does not fit hx1k" in design["problem"]
    with pytest.raises(ModelError, match=r"the rank of 3 x 8 weights is 1 to 3, not 9$"):
        compress(precise(), tmp_path / "x.json", lossy=Lossy(svd={"fc": 9}))
    assert not list(tmp_path.iterdir())


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


def test_the_file_that_is_written_is_the_smaller_description(tmp_path):
    save_model(planted(), tmp_path / "in.json")
    found = compress(tmp_path / "in.json", tmp_path / "out.json")
    made = load_model(tmp_path / "out.json")
    assert infer_shapes(made)["conv1"][2] == 6
    assert found.weight_bits - found.weight_bits_left == 2 * 27 + 2 * 9 * 8
    assert [r.to_json()["pass"] for r in found.reports] == ["exact"]


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
