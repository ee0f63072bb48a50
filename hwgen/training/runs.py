"""Trains a topology, or a network that there is already, to a description that was checked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hwgen.errors import ModelError, times
from hwgen.model import Conv2d, Dense, DepthwiseConv2d, Model, infer_shapes
from hwgen.topologies import Topology, build_model, fitted
from hwgen.training.alignment import aligned
from hwgen.training.batches import Shuffled
from hwgen.training.data import TrainingData
from hwgen.training.loop import Loop
from hwgen.training.network import Network
from hwgen.training.predict import accuracy, check_export, tensor
from hwgen.training.recipe import Recipe, Trained
from hwgen.training.statistics import begin, estimate
from hwgen.training.teacher import Teacher, fit_scale

__all__ = ["FINE_TUNING", "fine_tune", "train"]

FINE_TUNING = Recipe(epochs=5, rate=1e-3)
"""Rates at which a network that is right already is not forgotten."""

_JUDGES = 2000
"""Most pictures that an epoch is judged by."""

_MEASURED = 512
"""Pictures that statistics are measured on ahead of that."""

_FEW_PICTURES = 1024
"""That stand in for those that test, where there are none."""

Progress = Callable[[str], object]


def train(
    start: Topology | Model,
    data: TrainingData,
    recipe: Recipe = Recipe(),  # noqa: B008 - it is frozen
    *,
    teacher: Model | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    processes: int | None = 1,
    progress: Progress = lambda text: None,
    report: Progress = lambda text: None,
    note: Progress = lambda text: None,
) -> Trained:
    """Train a network, export it, and hold the description against it on every test picture.

    Parameters
    ----------
    start : Topology or Model
        What is trained from nothing, in the size of the data; or a description to start from:
        latent weights have its signs or levels, batch normalisations compute what they do there.
    data : TrainingData
    recipe : Recipe
    teacher : Model, optional
        A description of the same classes whose scores are learned from too.
    checkpoint : Path, optional
        File that is written after each epoch.
    resume : bool
        Whether to go on from it. What comes of it is what would have come without a break.
    processes : int or None
        For the golden model, as in `sim.golden.run`.
    progress : callable
        Told what begins.
    report : callable
        Told how each epoch went.
    note : callable
        Told what a user may not expect.

    Raises
    ------
    ModelError
        If network, data and options do not go together.
    TrainingError
        If a loss is not finite.
    MismatchError
        If the description does not compute what the trained network does.
    """
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    fresh = isinstance(start, Topology)
    if isinstance(start, Topology):
        model = _untrained(start, data, recipe.seed)
    else:
        model = start
        data = aligned(data, model, note)
    network = Network(model, recipe.gradient).to(device)
    pictures = tensor(data.train_x)
    labels = tensor(data.train_y)
    loop = None
    if recipe.epochs:
        progress("measuring statistics")
        sample = _sample(pictures, recipe.seed)
        _ready(network, pictures[sample], labels[sample], recipe, fresh)
        master = _teacher(teacher, data, recipe, device, note)
        batches = Shuffled(
            pictures, labels, batch=recipe.batch, augmentation=recipe.augmentation,
            seed=recipe.seed, device=device,
        )  # fmt: skip
        loop = Loop(network, batches, recipe, master, _judge(data, pictures[sample]), report)
        asked = _asked(model, data, recipe, teacher)
        if resume and checkpoint is not None and checkpoint.exists():
            loop.resume(checkpoint, asked)
        loop.run(checkpoint, asked)
        progress("measuring statistics")
        estimate(network, pictures[sample])
    epochs = tuple(loop.epochs) if loop else ()
    return _finished(network, data, recipe, epochs, start, teacher, processes, progress)


def fine_tune(
    model: Model,
    data: TrainingData,
    *,
    epochs: int = FINE_TUNING.epochs,
    seed: int = FINE_TUNING.seed,
    rate: float = FINE_TUNING.rate,
    teacher: Model | None = None,
    progress: Progress = lambda text: None,
    **options: Any,
) -> Model:
    """Train a description further; ``options`` are other fields of a `Recipe`."""
    recipe = replace(FINE_TUNING, epochs=epochs, seed=seed, rate=rate, **options)
    return train(model, data, recipe, teacher=teacher, progress=progress, report=progress).model


def _judge(data: TrainingData, sample: torch.Tensor) -> Callable[[Network], float] | None:
    """Accuracy on pictures to choose by, of the network as it would be exported."""
    if not len(data.valid_x):
        return None
    # Mixed, as they may be in the order of their classes.
    order = np.random.default_rng(0).permutation(len(data.valid_x))[:_JUDGES]
    x, y = tensor(data.valid_x[order]), tensor(data.valid_y[order])

    def judge(network: Network) -> float:
        estimate(network, sample[:_MEASURED])
        return accuracy(network, x, y)

    return judge


def _untrained(topology: Topology, data: TrainingData, seed: int) -> Model:
    """A description with random weights, in the size of the data."""
    sized = fitted(topology, data.shape, len(data.classes))
    try:
        model = build_model(sized, seed)
    except ModelError as error:
        reason = error.reason.removeprefix(f"{Model.source}: ")
        raise ModelError(
            f"{topology.name}: pictures of {times(data.shape)} do not go through its layers: "
            f"{reason}"
        ) from error
    rows, columns, _ = infer_shapes(model)[model.layers[-1].name]
    if (rows, columns) != (1, 1):
        raise ModelError(
            f"{topology.name}: gives scores for each of {rows} x {columns} pixels, and only "
            "networks with one score a class are trained"
        )
    return replace(_with_room(model), classes=data.classes)


def _with_room(model: Model) -> Model:
    """Give weights of many bits room to grow: up to three bits ahead of those they begin with."""
    layers = []
    for layer in model.layers:
        if isinstance(layer, Conv2d | DepthwiseConv2d | Dense) and layer.weight_bits > 1:
            room = min(3, (layer.weight_bits - 2) // 2, layer.weight_fraction_bits)
            small = np.floor(layer.weights / (1 << room) + 0.5).astype(layer.weights.dtype)
            bits = layer.weight_fraction_bits - room
            layer = replace(layer, weights=small, weight_fraction_bits=bits)
        layers.append(layer)
    return replace(model, layers=tuple(layers))


def _sample(pictures: torch.Tensor, seed: int) -> torch.Tensor:
    """Places of pictures that statistics are measured on, the same ones every time."""
    return torch.randperm(len(pictures), generator=torch.Generator().manual_seed(seed))[:4096]


def _ready(
    network: Network, pictures: torch.Tensor, labels: torch.Tensor, recipe: Recipe, fresh: bool
) -> None:
    if fresh:
        network.randomise(recipe.seed)
    begin(network, pictures, fresh=fresh)
    if not fresh:
        fit_scale(network, pictures, labels)
        return
    with torch.no_grad():
        scores = network(pictures[:256].to(network.log_scale.device)).real()
        network.log_scale.fill_(-log(max(float(scores.std()), 1e-6)))


def _teacher(
    model: Model | None,
    data: TrainingData,
    recipe: Recipe,
    device: torch.device,
    note: Progress,
) -> Teacher | None:
    if model is None:
        return None
    seen = aligned(data, model, note)
    if (seen.train_y != data.train_y).any():
        raise ModelError(f"{model.source}: a teacher must have its classes in the same order")
    network = Network(model).to(device)
    pictures, labels = tensor(data.train_x), tensor(data.train_y)
    return Teacher(network, pictures, labels, recipe.temperature)


def _asked(
    model: Model, data: TrainingData, recipe: Recipe, teacher: Model | None
) -> dict[str, Any]:
    """What has to be the same where a training goes on."""
    return {
        "network": model.name,
        "picture": times(data.shape),
        "pictures": len(data.train_x),
        "sum of labels": int(data.train_y.sum()),
        "teacher": None if teacher is None else teacher.name,
        **recipe.to_json(),
    }


def _finished(
    network: Network,
    data: TrainingData,
    recipe: Recipe,
    epochs: tuple[Any, ...],
    start: Topology | Model,
    teacher: Model | None,
    processes: int | None,
    progress: Progress,
) -> Trained:
    """Export, prove, measure."""
    tested = len(data.test_x) > 0
    pictures = data.test_x if tested else data.train_x[:_FEW_PICTURES]
    model = network.exported({}, network.model.classes)

    def tell(done: int, total: int) -> None:
        progress(f"checking the description: {done:,} of {total:,} pictures done")

    progress(f"checking the description on {len(pictures):,} pictures")
    classes = check_export(network, model, pictures, tell, processes)
    right = float((classes == data.test_y).mean()) if tested else None
    facts: Mapping[str, object] = {
        "trained": True,
        "made_by": "hwgen.training",
        "started_from": start.name,
        **({} if teacher is None else {"teacher": teacher.name}),
        "recipe": recipe.to_json(),
        "pictures": {
            "train": len(data.train_x), "valid": len(data.valid_x), "test": len(data.test_x)
        },
        "loss_and_accuracy_of_epochs": [
            [round(e.loss, 4), round(e.accuracy, 4)]
            + ([] if e.valid is None else [round(e.valid, 4)])
            for e in epochs
        ],
        "test_accuracy": right,
        "checked_pictures": len(pictures),
        "torch": torch.__version__,
    }  # fmt: skip
    return Trained(replace(model, provenance=dict(facts)), epochs, right, len(pictures))
