"""Lossy passes in their order, with the pictures that they measure on."""

import numpy as np
import pytest
from plan_networks import precise
from small_networks import small_face

from hwgen.errors import ModelError
from hwgen.jobs.lossy_passes import Lossy, activities_of, lossy_passes, values_of
from hwgen.model import Model
from hwgen.training import TrainingData
from sim import golden


def pictures(model: Model, count: int = 60, classes: int = 4) -> TrainingData:
    """Noise and labels, the same for all parts."""
    read = model.input
    rng = np.random.default_rng(5)
    x = rng.integers(0, 256, (count, read.height, read.width, read.channels)).astype(np.uint8)
    y = np.arange(count) % classes
    names = tuple(map(str, range(classes)))
    return TrainingData(x, y, x[:0], y[:0], x[:20], y[:20], names)


def done(model: Model, asked: Lossy, data: TrainingData | None) -> tuple[Model, list]:
    reports = []
    for each in lossy_passes(asked, data):
        model, told = each(model)
        reports += [report.to_json() for report in told]
    return model, reports


def test_values_are_what_layers_give_as_it_stands_for():
    model = small_face()
    x = pictures(model).train_x
    assert (values_of(model, "input", x) == x.reshape(-1, 3) / 128 - 1).all()
    tensors = golden.run(model, x).tensors
    assert (values_of(model, "pool1", x) == tensors["pool1"].reshape(-1, 8)).all()
    assert (values_of(model, "fc", x) == tensors["fc"].reshape(-1, 4)).all()


def test_activities_are_those_of_the_values(monkeypatch):
    monkeypatch.setattr("hwgen.jobs.lossy_passes.AT_ONCE", 7)
    for model in (small_face(), precise()):
        x = pictures(model).train_x
        names = [name for name, layer in model.named.items() if layer.kind != "batch_norm"]
        for name, found in activities_of(model, names, x).items():
            values = values_of(model, name, x)
            assert found.mean == pytest.approx(values.mean(axis=0), abs=1e-9)
            assert found.variance == pytest.approx(values.var(axis=0), abs=1e-9)


@pytest.mark.parametrize("measured", [True, False])
def test_passes_go_in_their_order_and_pictures_keep_what_sums_are_on_average(measured):
    model = precise()
    data = pictures(model, classes=3) if measured else None
    made, reports = done(model, Lossy(svd={"fc": 2}, codebook={"conv": 4, "fc": 4}), data)
    assert [(r["pass"], r["layer"]) for r in reports] == [
        ("svd", "fc"), ("codebook", "conv"), ("codebook", "fc"),
    ]  # fmt: skip
    x = pictures(model).train_x
    had, has = (values_of(each, "conv", x).mean(axis=0) for each in (model, made))
    assert (np.abs(had - has).max() < 1e-4) == measured
    assert len(np.unique(made.named["fc"].weights)) == 4


def test_pruned_signs_are_set_as_often_as_they_were():
    model = small_face()
    made, reports = done(model, Lossy(prune={"conv1": 0.5}, epochs=0), pictures(model))
    (report,) = reports
    assert report["layers"] == [{"name": "conv1", "channels": 8, "left": 4}]
    x = pictures(model).train_x
    had, has = (values_of(each, "norm2", x) for each in (model, made))
    assert has.mean(axis=0) == pytest.approx(had.mean(axis=0), abs=1e-6)
    assert has.var(axis=0) == pytest.approx(had.var(axis=0))


def test_training_goes_behind_pruning_and_ahead_of_code_books():
    pytest.importorskip("torch")
    model = small_face()
    made, reports = done(model, Lossy(every=0.5, epochs=1), pictures(model))
    assert [report["pass"] for report in reports] == ["prune", "train"]
    assert made.named["conv1"].weights.shape[0] == 4
    assert len(lossy_passes(Lossy(every=0.5), pictures(model))) == 2
    assert len(lossy_passes(Lossy(every=0.5), None)) == 1
    with pytest.raises(ModelError, match=r"^--epochs needs pictures to learn from: --data$"):
        lossy_passes(Lossy(epochs=3), None)
