"""A training that was broken off goes on as if it had not been; what cannot go on is refused."""

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from training_cases import DEEP, PLAIN, TOPOLOGIES, small_data

from hwgen.errors import ModelError
from hwgen.model import dump_model
from hwgen.training import Augmentation, Recipe, train
from hwgen.training import batches as drawn

RECIPE = Recipe(epochs=4, batch=16, augmentation=Augmentation(shift=1, noise=0.1))


def broken_off(state: Path, monkeypatch: pytest.MonkeyPatch, step: int, topology=PLAIN, **options):
    """Train up to a step, which the user interrupts."""
    steps = iter(range(step))
    real = drawn.augment

    def interrupted(*arguments):
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(drawn, "augment", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(topology, small_data(), RECIPE, checkpoint=state, **options)


@pytest.mark.parametrize(
    ("topology", "step"),
    [(PLAIN, 15), (PLAIN, 18), (TOPOLOGIES["residual of 8 bits"], 9), (DEEP, 3)],
)
def test_a_resumed_training_gives_the_same_bits_as_an_unbroken_one(
    tmp_path, monkeypatch, topology, step
):
    whole = train(topology, small_data(), RECIPE).model
    state = tmp_path / "x.checkpoint"
    broken_off(state, monkeypatch, step, topology)
    assert state.exists() == (step >= 6)
    told: list[str] = []
    resumed = train(
        topology, small_data(), RECIPE, checkpoint=state, resume=True, report=told.append
    ).model
    assert dump_model(resumed) == dump_model(whole)
    assert len(told) == 4 - step // 6


def test_a_resumed_training_with_a_teacher_gives_the_same_bits_too(tmp_path, monkeypatch):
    teacher = train(PLAIN, small_data(), RECIPE).model
    whole = train(DEEP, small_data(), RECIPE, teacher=teacher).model
    broken_off(tmp_path / "x", monkeypatch, 7, DEEP, teacher=teacher)
    resumed = train(
        DEEP, small_data(), RECIPE, teacher=teacher, checkpoint=tmp_path / "x", resume=True
    ).model
    assert dump_model(resumed) == dump_model(whole)


def test_without_the_state_of_the_optimiser_the_bits_would_differ(tmp_path, monkeypatch):
    whole = train(PLAIN, small_data(), RECIPE).model
    state = tmp_path / "x"
    broken_off(state, monkeypatch, 15)
    with np.load(state) as archive:
        arrays = dict(archive)
    for name, value in arrays.items():
        if name.endswith("exp_avg"):
            arrays[name] = np.zeros_like(value)
    with state.open("wb") as file:
        np.savez(file, **arrays)
    resumed = train(PLAIN, small_data(), RECIPE, checkpoint=state, resume=True).model
    assert dump_model(resumed) != dump_model(whole)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 5}, "epochs 4, not 5"),
        ({"seed": 2}, "seed 1, not 2"),
        ({"augmentation": Augmentation()}, "augmentation 'shift=1,noise=0.1', not 'none'"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(tmp_path, monkeypatch, change, message):
    state = tmp_path / "x"
    broken_off(state, monkeypatch, 7)
    with pytest.raises(
        ModelError,
        match=f"^{state}: is of a training with {message}; ask for the same, or begin anew "
        "without --resume$",
    ):
        train(PLAIN, small_data(), replace(RECIPE, **change), checkpoint=state, resume=True)


def damaged(path: Path, how: str) -> None:
    if how == "cut short":
        path.write_bytes(path.read_bytes()[:-100])
    elif how == "no archive":
        path.write_bytes(b"x" * 100)
    elif how == "other arrays":
        with path.open("wb") as file:
            np.savez(file, x=np.zeros(3))
    else:
        with np.load(path) as archive:
            arrays = {k: v for k, v in archive.items() if "conv1" not in k}
        with path.open("wb") as file:
            np.savez(file, **arrays)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("cut short", "is a damaged .npz file, or one cut short"),
        ("no archive", "is a damaged .npz file, or one cut short"),
        ("other arrays", "is no checkpoint of a training"),
        ("a layer lost", "is a checkpoint of another network, or a damaged one"),
    ],
)
def test_a_damaged_checkpoint_is_one_sentence(tmp_path, monkeypatch, how, message):
    state = tmp_path / "x"
    broken_off(state, monkeypatch, 7)
    damaged(state, how)
    with pytest.raises(ModelError, match=f"^{state}: {message}$"):
        train(PLAIN, small_data(), RECIPE, checkpoint=state, resume=True)


def test_where_the_disk_is_full_the_checkpoint_before_stays(tmp_path, monkeypatch):
    state = tmp_path / "x"
    whole = train(PLAIN, small_data(), RECIPE).model
    broken_off(state, monkeypatch, 7)
    kept = state.read_bytes()

    def full(path, data):
        with path.open("wb") as file:
            file.write(data[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(
            ModelError, match=f"^{state}: cannot be written: No space left on device$"
        ):
            train(PLAIN, small_data(), RECIPE, checkpoint=state, resume=True)
    assert state.read_bytes() == kept
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    resumed = train(PLAIN, small_data(), RECIPE, checkpoint=state, resume=True).model
    assert dump_model(resumed) == dump_model(whole)


def test_the_generator_is_part_of_the_state(tmp_path, monkeypatch):
    state = tmp_path / "x"
    broken_off(state, monkeypatch, 13)
    with np.load(state) as archive:
        assert archive["batches/generator"].dtype == np.uint8
        fresh = torch.Generator().manual_seed(RECIPE.seed).get_state().numpy()
        assert not np.array_equal(archive["batches/generator"], fresh)
