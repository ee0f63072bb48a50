"""Passes that change what a network computes, with the pictures that they measure on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.activity import Activity
from hwgen.compress.code_book import give_code_book
from hwgen.compress.low_rank import factorise
from hwgen.compress.prune import prune
from hwgen.compress.recalibrate import recalibrate
from hwgen.compress.report import Report
from hwgen.errors import ModelError
from hwgen.jobs.train import need_torch
from hwgen.model import INPUT_NAME, Conv2d, Dense, Model, infer_shapes
from sim import golden

if TYPE_CHECKING:
    from hwgen.training import TrainingData

__all__ = ["Lossy", "Pass", "TunedReport", "activities_of", "lossy_passes", "values_of"]

Floats = NDArray[np.float64]
Progress = Callable[[str], object]

Pass = Callable[[Model], tuple[Model, list[Report]]]
"""A pass, and what it did to each layer."""

SAMPLE = 256
"""Pictures that statistics are measured on."""

AT_ONCE = 32
"""Of them, whose maps are kept at once."""

MOST_VALUES = 1 << 14
"""Pixels of a map, of all pictures, that a factorisation looks at."""

EPOCHS = 5
"""Of training behind a pruning, where nothing is said."""


@dataclass(frozen=True)
class Lossy:
    """What is asked for, by layer: shares of channels to prune, ranks, values of code books.

    ``every`` is the share for all layers not named; ``epochs`` those of the training behind
    pruning and factorising, None for `EPOCHS` where there is pruning.
    """

    prune: Mapping[str, float] = field(default_factory=dict)
    every: float | None = None
    svd: Mapping[str, int] = field(default_factory=dict)
    codebook: Mapping[str, int] = field(default_factory=dict)
    epochs: int | None = None


@dataclass(frozen=True)
class TunedReport:
    """Report of the training behind other passes."""

    epochs: int

    @property
    def line(self) -> str:
        """How long."""
        return f"trained on for {self.epochs:,} epoch{'s' * (self.epochs != 1)}"

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"pass": "train", "epochs": self.epochs}


def lossy_passes(
    asked: Lossy,
    data: "TrainingData | None",
    progress: Progress = lambda step: None,
) -> list[Pass]:
    """Passes in the order in which they go: pruning, factorising, training, code books.

    Parameters
    ----------
    data : TrainingData, optional
        In the terms of the network. Without it nothing is measured, and nothing trained.

    Raises
    ------
    ModelError
        If there is nothing to train with, though that is asked for.
    """
    pictures = None if data is None else data.train_x[:: max(1, len(data.train_x) // SAMPLE)]
    found: list[Pass] = []
    pruning = bool(asked.prune) or asked.every is not None
    if pruning:
        found.append(lambda model: _pruned(model, asked, pictures, progress))
    if asked.svd:
        found.append(lambda model: _factorised(model, asked.svd, pictures, progress))
    epochs = EPOCHS if asked.epochs is None and pruning and data is not None else asked.epochs
    if epochs:
        if data is None:
            raise ModelError("--epochs needs pictures to learn from: --data")
        found.append(lambda model: _tuned(model, data, epochs, progress))
    if asked.codebook:
        found.append(lambda model: _with_books(model, asked.codebook, pictures, progress))
    return found


def values_of(model: Model, name: str, images: NDArray[Any]) -> Floats:
    """What a layer, or ``"input"``, gives for pictures, as it stands for: (n, channels)."""
    if name == INPUT_NAME:
        values = golden.picture(images, model.input).floats()
        return values.reshape(-1, values.shape[-1])
    values = golden.run(_up_to(model, name), images, keep=False).float_scores
    return values.reshape(-1, values.shape[-1])


def activities_of(model: Model, names: Iterable[str], images: NDArray[Any]) -> dict[str, Activity]:
    """Mean and variance of what layers with integers give for pictures, as it stands for."""
    names = list(names)
    sums: dict[str, list[Floats]] = {name: [] for name in names}
    pixels = dict.fromkeys(names, 0)
    for first in range(0, len(images), AT_ONCE):
        tensors = golden.run(model, images[first : first + AT_ONCE], keep=names).tensors
        for name in names:
            values = tensors[name].reshape(-1, tensors[name].shape[-1]).astype(np.float64)
            sums[name].append(np.stack([values.sum(axis=0), (values**2).sum(axis=0)]))
            pixels[name] += len(values)
    found = {}
    for name in names:
        mean, square = np.sum(sums[name], axis=0) / pixels[name]
        form = golden.run(_up_to(model, name), images[:1], keep=False)
        scale, offset = (
            np.array([float(x) for x in figures])
            for figures in (form.score_scale, form.score_offset)
        )
        variance = np.maximum(square - mean**2, 0.0) * scale**2
        found[name] = Activity(mean * scale + offset, variance)
    return found


def _up_to(model: Model, name: str) -> Model:
    """The part of a model that ends in a layer."""
    wanted = {name}
    for layer in reversed(model.layers):
        if layer.name in wanted:
            wanted.update(layer.inputs)
    layers = tuple(layer for layer in model.layers if layer.name in wanted)
    return replace(model, layers=layers, classes=None, head=None)


def _measure(pictures: NDArray[Any]) -> Callable[[Model, str], Activity]:
    return lambda model, name: Activity.of(values_of(model, name, pictures))


def _pruned(
    model: Model, asked: Lossy, pictures: NDArray[Any] | None, progress: Progress
) -> tuple[Model, list[Report]]:
    measured: dict[str, Activity] = {}
    if pictures is not None:
        progress("what layers read")
        read = {x.inputs[0] for x in model.layers if isinstance(x, Conv2d | Dense)}
        measured = activities_of(model, read - {INPUT_NAME}, pictures)
    small, report = prune(model, asked.prune, asked.every, measured)
    if pictures is None:
        return small, [report]
    had, has = infer_shapes(model), infer_shapes(small)
    fewer = [x.name for x in model.layers if isinstance(x, Conv2d | Dense)
             and had[x.inputs[0]] != has[x.inputs[0]]]  # fmt: skip
    return _as_before(small, model, fewer, pictures, progress, report.kept), [report]


def _factorised(
    model: Model, ranks: Mapping[str, int], pictures: NDArray[Any] | None, progress: Progress
) -> tuple[Model, list[Report]]:
    before, reports = model, list[Report]()
    for name, rank in ranks.items():
        progress(f"factorising {name}")
        layer, read = model.named.get(name), None
        if pictures is not None and isinstance(layer, Conv2d | Dense):
            read = values_of(model, layer.inputs[0], pictures)
            read = read[:: max(1, len(read) // MOST_VALUES)]
        model, report = factorise(model, name, rank, read)
        reports.append(report)
    return _as_before(model, before, list(ranks), pictures, progress), reports


def _with_books(
    model: Model, counts: Mapping[str, int], pictures: NDArray[Any] | None, progress: Progress
) -> tuple[Model, list[Report]]:
    before, reports = model, list[Report]()
    for name, count in counts.items():
        progress(f"code book of {name}")
        model, report = give_code_book(model, name, count)
        reports.append(report)
    return _as_before(model, before, list(counts), pictures, progress), reports


def _as_before(
    model: Model,
    before: Model,
    changed: Sequence[str],
    pictures: NDArray[Any] | None,
    progress: Progress,
    kept: Mapping[str, NDArray[np.int64]] | None = None,
) -> Model:
    """Model with sums that are on average what they were, from the changed layers on."""
    if pictures is None:
        return model
    touched = set(changed)
    for layer in before.layers:
        if not touched.isdisjoint(layer.inputs):
            touched.add(layer.name)
    progress("sums before")
    sums = [x.name for x in before.layers if x.name in touched and isinstance(x, Conv2d | Dense)]
    wanted = activities_of(before, sums, pictures)
    if kept is not None:
        wanted = {
            name: Activity(had.mean[kept[name]], had.variance[kept[name]])
            for name, had in wanted.items()
        }
    return recalibrate(model, wanted, _measure(pictures), progress)


def _tuned(
    model: Model, data: "TrainingData", epochs: int, progress: Progress
) -> tuple[Model, list[Report]]:
    need_torch()
    # Imported where it is used, because PyTorch is slow to import.
    from hwgen.training.runs import fine_tune

    tuned = fine_tune(model, data, epochs=epochs, progress=progress)
    return replace(tuned, source=model.source), [TunedReport(epochs)]
