"""Whether a network computes what an archive says: what agrees, and planted faults."""

from pathlib import Path

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.jobs.compare_scores import Comparison, compare_scores, read_expected
from hwgen.model import Builder, Model
from sim import golden

PICTURES = np.random.default_rng(4).integers(0, 256, (9, 2, 2, 1), dtype=np.uint8)


def network(scores: int = 3) -> Model:
    net = Builder("sums", height=2, width=2, channels=1)
    weights = np.random.default_rng(1).choice([-1, 1], (scores, 4))
    return net.flatten().dense(weights, "scores").batch_norm(0.3, 1.0, 0.5, 2.0).build()


def compared(path: Path, model: Model, **arrays: np.ndarray) -> Comparison:
    np.savez(path / "x.npz", **arrays)
    return compare_scores(model, read_expected(path / "x.npz", model))


@pytest.mark.parametrize("keys", [("X", "R"), ("images", "scores")])
def test_scores_that_are_rounded_agree_and_others_do_not(tmp_path: Path, keys: tuple[str, str]):
    model = network()
    values = golden.run(model, PICTURES).float_scores
    rounded = values.astype(np.float32)
    found = compared(tmp_path, model, **{keys[0]: PICTURES, keys[1]: rounded})
    assert (found.images, found.same_scores, found.same_classes) == (9, 9, 9)
    assert found.right
    rounded[4, 1] += 1e-4 * np.abs(rounded[4]).max()
    found = compared(tmp_path, model, **{keys[0]: PICTURES, keys[1]: rounded})
    assert found.same_scores == 8
    assert not found.right
    assert found.max_abs_diff == pytest.approx(1e-4 * np.abs(values[4]).max(), rel=1e-2)


@pytest.mark.parametrize("shape", [(9,), (9, 1)])
@pytest.mark.parametrize("key", ["R", "classes", "labels"])
def test_classes_are_counted(tmp_path: Path, shape: tuple[int, ...], key: str):
    model = network()
    classes = golden.run(model, PICTURES).classes
    assert classes is not None
    found = compared(tmp_path, model, X=PICTURES, **{key: classes.reshape(shape)})
    assert found == Comparison(9, None, 9, None)
    found = compared(tmp_path, model, X=PICTURES, **{key: (classes.reshape(shape) + 1) % 3})
    assert found == Comparison(9, None, 0, None)
    assert not found.right


def test_a_network_of_one_score_is_held_to_its_sign(tmp_path: Path):
    model = network(1)
    values = golden.run(model, PICTURES).float_scores
    assert compared(tmp_path, model, X=PICTURES, R=values).same_classes == 9
    assert compared(tmp_path, model, X=PICTURES, R=-values).same_classes == 0


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((9, 3), np.uint8)}, "has no pictures of 2x2x1 under images, .*"),
        ({"X": PICTURES}, r"has neither scores, \(9, 3\), under .* nor classes under classes, .*"),
        ({"X": PICTURES, "R": np.zeros((8, 3))}, "has neither scores, .*"),
    ],
)
def test_archives_without_pictures_or_scores_are_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str
):
    with pytest.raises(ModelError, match=f"^{tmp_path}/x.npz: {message}$"):
        compared(tmp_path, network(), **arrays)


def test_other_files_are_refused():
    with pytest.raises(ModelError, match=r"^x\.npy: must be an \.npz archive of pictures, and "):
        read_expected(Path("x.npy"), network())
