"""How well a network does, against counting by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from shared_data import mnist_test, shared_file

import hwgen
from hwgen.errors import ModelError
from hwgen.model import Builder, Model
from hwgen.model.importers import import_model
from sim import golden

RNG = np.random.default_rng(4)
PICTURES = RNG.integers(0, 256, (40, 2, 2, 1), dtype=np.uint8)


def network(classes: int, names: list[str] | None = None, *, normed: bool = False) -> Model:
    """Scores are sums of four pixels times -1 or +1."""
    net = Builder("sums", height=2, width=2, channels=1)
    weights = np.random.default_rng(classes).choice([-1, 1], (classes, 4))
    net.flatten().dense(weights, "scores")
    if normed:
        figures = np.random.default_rng(1).uniform(0.5, 2, (4, classes))
        net.batch_norm(*figures)
    return net.classes(names).build() if names else net.build()


def by_hand(model: Model, labels: np.ndarray) -> dict[str, Any]:
    """Accuracy, top five and confusions, a picture at a time."""
    values = golden.run(model, PICTURES).float_scores
    counts = np.zeros((values.shape[1],) * 2, int)
    top = 0
    for row, label in zip(values, labels, strict=True):
        order = sorted(range(len(row)), key=lambda k: (-row[k], k))
        counts[label, order[0]] += 1
        top += label in order[:5]
    return {"confusion": counts.tolist(), "correct": int(np.trace(counts)), "top5": top / 40}


@pytest.mark.parametrize("normed", [False, True])
@pytest.mark.parametrize("classes", [2, 8])
@pytest.mark.parametrize("batch", [1, 7 * 4, 1 << 20])
def test_counts_are_those_by_hand_however_pictures_are_grouped(
    classes: int, batch: int, normed: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("hwgen.jobs.evaluate.BATCH_BYTES", batch)
    model, labels = network(classes, normed=normed), RNG.integers(0, classes, 40)
    told: list[str] = []
    found = hwgen.evaluate(model, PICTURES, labels, progress=told.append)
    expected = by_hand(model, labels)
    assert found.to_json() | expected == found.to_json()
    assert found.accuracy == expected["correct"] / 40
    assert (found.images, found.max_abs_diff, found.mean_abs_diff) == (40, None, None)
    assert told[0] == "reading pictures"
    assert told[-1] == "40 of 40 pictures done"
    assert (found.auc is None) == (classes != 2)


def test_of_two_scores_the_area_is_that_of_their_difference():
    model, labels = network(2), RNG.integers(0, 2, 40)
    scores = golden.run(model, PICTURES).scores.astype(int)
    margins = scores[:, 1] - scores[:, 0]
    pairs = [(a, b) for a in margins[labels == 1] for b in margins[labels == 0]]
    expected = sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)
    assert hwgen.evaluate(model, PICTURES, labels).auc == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("sign", [1, -1])
def test_one_score_tells_two_classes_apart_by_its_sign(sign: int):
    """A scale below zero turns the order of the integers around."""
    net = Builder("one", height=2, width=2, channels=1)
    net.flatten().dense(np.ones((1, 4), int), "score").batch_norm(sign, 0, 510, 1)
    model, labels = net.build(), np.arange(40) % 2
    values = sign * (PICTURES.reshape(40, 4).sum(axis=1).astype(int) - 510)
    found = hwgen.evaluate(model, PICTURES, labels)
    assert found.correct == int(((values >= 0) == labels).sum())
    assert found.confusion is not None
    assert found.confusion.shape == (2, 2)
    assert found.top5 is None
    pairs = [(a, b) for a in values[labels == 1] for b in values[labels == 0]]
    assert found.auc == pytest.approx(sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs))


def test_a_value_of_0_is_class_1():
    net = Builder("zero", height=1, width=1, channels=1)
    net.flatten().dense(np.ones((1, 1), int), "score").batch_norm(1, 0, 7, 1, 0)
    pictures = np.array([6, 7, 8], np.uint8).reshape(3, 1, 1, 1)
    found = hwgen.evaluate(net.build(), pictures, [0, 1, 1])
    assert found.correct == 3


def test_differences_to_a_reference_are_those_of_the_values(tmp_path: Path):
    model = network(3, normed=True)
    values = golden.run(model, PICTURES).float_scores
    apart = RNG.normal(size=values.shape)
    np.savez(tmp_path / "r.npz", scores=values + apart, labels=np.zeros(40, int))
    found = hwgen.evaluate(model, PICTURES, reference=tmp_path / "r.npz")
    assert found.max_abs_diff == pytest.approx(np.abs(apart).max())
    assert found.mean_abs_diff == pytest.approx(np.abs(apart).mean())
    assert (found.correct, found.accuracy, found.top5, found.confusion) == (None,) * 4
    assert hwgen.evaluate(model, PICTURES, reference=values).max_abs_diff == 0


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (np.zeros((40, 2)), r"scores must have shape \(40, 3\), not \(40, 2\)"),
        (np.full((40, 3), np.nan), "scores must be finite"),
        (np.zeros((40, 3), "U1"), "scores must be numbers, not <U1"),
    ],
)
def test_other_references_are_refused(reference: np.ndarray, message: str, tmp_path: Path):
    with pytest.raises(ModelError, match=f"^reference: {message}$"):
        hwgen.evaluate(network(3), PICTURES, reference=reference)
    np.save(tmp_path / "r.npy", reference)
    with pytest.raises(ModelError, match=f"^{tmp_path}/r.npy: {message}$"):
        hwgen.evaluate(network(3), PICTURES, reference=tmp_path / "r.npy")


def test_pictures_of_folders_are_read_a_batch_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """More of them than may be in memory at once."""
    monkeypatch.setattr("sim.pictures.sources.MAX_BYTES", 16)
    monkeypatch.setattr("hwgen.jobs.evaluate.BATCH_BYTES", 16)
    names, labels = ["dog", "cat"], []
    for k, pixels in enumerate(PICTURES):
        labels.append(k % 2)
        path = tmp_path / names[k % 2] / f"{k:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels[..., 0]).save(path)
    model = network(2, names)
    with pytest.raises(ModelError, match=r"brings the pictures to more than 16 bytes$"):
        hwgen.simulate(model, tmp_path)
    found = hwgen.evaluate(model, tmp_path)
    assert found.to_json() | by_hand(model, np.array(labels)) == found.to_json()


def test_without_labels_or_reference_it_is_refused(tmp_path: Path):
    np.save(tmp_path / "x.npy", PICTURES)
    unsaid = r"x\.npy: nothing says what the pictures show; give --labels or --reference$"
    with pytest.raises(ModelError, match=unsaid):
        hwgen.evaluate(network(3), tmp_path / "x.npy")


def test_a_network_of_several_pixels_has_no_classes_but_differences():
    net = Builder("map", height=2, width=2, channels=1)
    net.conv2d(np.ones((3, 1, 1, 1), int), "scores")
    model = net.build()
    values = golden.run(model, PICTURES).float_scores
    assert hwgen.evaluate(model, PICTURES, reference=values + 1).mean_abs_diff == 1
    with pytest.raises(ModelError, match=r"^<memory>: has no classes: its output is 2x2 pixels$"):
        hwgen.evaluate(model, PICTURES, np.zeros(40, int))


def test_tfc_has_the_accuracy_on_mnist_that_its_authors_state(tmp_path: Path):
    pytest.importorskip("onnx", reason="needs the package onnx")
    model, _ = import_model(shared_file("models/public/TFC_1W2A.onnx"))
    pictures, labels = mnist_test()
    found = hwgen.evaluate(model, pictures, labels)
    assert (found.images, found.correct, found.accuracy) == (10_000, 9474, 0.9474)
    again = hwgen.evaluate(model, shared_file("images/mnist_full.npz"))
    assert again.to_json() | {"seconds": 0} == found.to_json() | {"seconds": 0}
