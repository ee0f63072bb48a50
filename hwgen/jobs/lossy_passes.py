"""Passes that change what a network computes, with the pictures that they measure on."""

from collections.abc import Callable, Mapping
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
from hwgen.model import INPUT_NAME, Conv2d, Dense, Model, infer_shapes
from sim import golden

if TYPE_CHECKING:
    from hwgen.training import TrainingData

__all__ = ["Lossy", "Pass", "TunedReport", "lossy_passes", "values_of"]

Floats = NDArray[np.float64]
Progress = Callable[[str], object]

Pass = Callable[[Model], tuple[Model, Report]]
"""A pass, and what it did."""

SAMPLE = 256
"""Pictures that statistics are measured on."""

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
    for name, rank in asked.svd.items():
        found.append(_factorising(name, rank, pictures, progress))
    epochs = EPOCHS if asked.epochs is None and pruning and data is not None else asked.epochs
    if epochs:
        if data is None:
            raise ModelError("--epochs needs pictures to learn from: --data")
        found.append(_tuning(data, epochs, progress))
    for name, values in asked.codebook.items():
        found.append(_booking(name, values, progress))
    return found


def values_of(model: Model, name: str, images: NDArray[Any]) -> Floats:
    """What a layer, or ``"input"``, gives for pictures, as it stands for: (n, channels)."""
    if name == INPUT_NAME:
        values = golden.picture(images, model.input).floats()
        return values.reshape(-1, values.shape[-1])
    wanted = {name}
    for layer in reversed(model.layers):
        if layer.name in wanted:
            wanted.update(layer.inputs)
    layers = tuple(layer for layer in model.layers if layer.name in wanted)
    part = replace(model, layers=layers, classes=None, head=None)
    values = golden.run(part, images, keep=False).float_scores
    return values.reshape(-1, values.shape[-1])


def _pruned(
    model: Model, asked: Lossy, pictures: NDArray[Any] | None, progress: Progress
) -> tuple[Model, Report]:
    measured: dict[str, Activity] = {}
    weighted = [layer for layer in model.layers if isinstance(layer, Conv2d | Dense)]
    for layer in weighted:
        (source,) = layer.inputs
        if pictures is not None and source not in measured and source != INPUT_NAME:
            progress(f"pruning: what {layer.name} reads")
            measured[source] = Activity.of(values_of(model, source, pictures))
    small, report = prune(model, asked.prune, asked.every, measured)
    if pictures is None:
        return small, report

    def measure(each: Model, name: str) -> Activity:
        return Activity.of(values_of(each, name, pictures))

    wanted = {}
    for name in _touched(model, small):
        kept = report.kept[name]
        had = measure(model, name)
        wanted[name] = Activity(had.mean[kept], had.variance[kept])
    return recalibrate(small, wanted, measure, progress), report


def _touched(model: Model, small: Model) -> list[str]:
    """Layers with weights whose sums are others, as some that they read have gone."""
    had, has = infer_shapes(model), infer_shapes(small)
    touched: set[str] = set()
    for layer in model.layers:
        weighted = isinstance(layer, Conv2d | Dense)
        reads_fewer = weighted and any(had[x] != has[x] for x in layer.inputs)
        if reads_fewer or not touched.isdisjoint(layer.inputs):
            touched.add(layer.name)
    return [x.name for x in model.layers if x.name in touched and isinstance(x, Conv2d | Dense)]


def _factorising(name: str, rank: int, pictures: NDArray[Any] | None, progress: Progress) -> Pass:
    def run(model: Model) -> tuple[Model, Report]:
        progress(f"factorising {name}")
        layer = model.named.get(name)
        if pictures is None or layer is None or len(layer.inputs) != 1:
            return factorise(model, name, rank)
        read = values_of(model, layer.inputs[0], pictures)
        return factorise(model, name, rank, read[:: max(1, len(read) // MOST_VALUES)])

    return run


def _tuning(data: "TrainingData", epochs: int, progress: Progress) -> Pass:
    def run(model: Model) -> tuple[Model, Report]:
        # Imported where it is used, because PyTorch is optional and slow to import.
        from hwgen.training import fine_tune

        tuned = fine_tune(model, data, epochs=epochs, progress=progress)
        return replace(tuned, source=model.source), TunedReport(epochs)

    return run


def _booking(name: str, values: int, progress: Progress) -> Pass:
    def run(model: Model) -> tuple[Model, Report]:
        progress(f"code book of {name}")
        return give_code_book(model, name, values)

    return run
