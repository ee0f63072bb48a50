"""Training of the face / non-face network: what it draws, how it is judged, and its export."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hwgen.files import write_whole
from hwgen.model import save_model
from hwgen.topologies import build_model, find_topology
from hwgen.training import Recipe
from hwgen.training.loop import Loop
from hwgen.training.network import Network
from hwgen.training.predict import check_export
from hwgen.training.statistics import begin, estimate
from models.face_augment import augment
from models.face_data import (
    HELD_OUT,
    TRAIN,
    VALIDATION,
    Batcher,
    Source,
    load_sources,
    split_pictures,
)
from models.face_metrics import area_under_curve, margins, measure, outside_pictures, search

__all__ = ["CLASSES", "EPOCH_PICTURES", "Options", "train_face"]

CLASSES = ("nonface", "face")
BATCH = 128
STEPS = 256  # of an epoch
EPOCH_PICTURES = STEPS * BATCH
RATE = 4e-3
STATISTICS = 4000
"""Training pictures that batch statistics are measured on."""


@dataclass(frozen=True)
class Options:
    """What a training is asked for.

    ``data`` has the pictures; checkpoints and results lie in ``work``. The training is ``epochs``
    of `EPOCH_PICTURES`; ``resume`` goes on from the last whole one. ``test`` measures the held-out
    pictures too.
    """

    data: Path
    work: Path
    epochs: int
    seed: int
    resume: bool
    test: bool
    description: Path | None
    """Where the description goes, if anywhere."""

    @property
    def recipe(self) -> Recipe:
        """The same for the library."""
        return Recipe(epochs=self.epochs, batch=BATCH, rate=RATE, seed=self.seed, gradient="clip")


def train_face(options: Options) -> None:
    """Train, export, measure.

    Raises
    ------
    KeyboardInterrupt
        When it is stopped; ``resume`` goes on from the last whole epoch.
    """
    options.work.mkdir(parents=True, exist_ok=True)
    print("reading pictures", flush=True)
    sources = load_sources(options.data, options.seed)
    model = replace(build_model(find_topology("face"), options.seed), classes=CLASSES)
    network = Network(model, options.recipe.gradient)
    batches = Batcher(sources, TRAIN, augment, BATCH, options.seed, STEPS)
    sample = Batcher(sources, TRAIN, augment, STATISTICS, options.seed, 1).draw()[0]
    network.randomise(options.seed)
    begin(network, sample, fresh=True)
    judge = _Judge(sources, options.seed, sample[:512])
    loop = Loop(
        network, batches, options.recipe, judge=judge, report=lambda text: print(text, flush=True)
    )
    state = options.work / "face.checkpoint"
    asked = options.recipe.to_json()
    if options.resume:
        loop.resume(state, asked)
    loop.run(state, asked)
    estimate(network, sample)
    _finish(options, sources, network, loop)


class _Judge:
    """Area under the ROC after each epoch, on plain pictures and on augmented ones."""

    def __init__(self, sources: dict[str, Source], seed: int, sample: torch.Tensor) -> None:
        self.sample = sample
        plain = split_pictures(sources, VALIDATION, limit=500, seed=seed)
        drawn = Batcher(sources, VALIDATION, augment, 2500, seed, 1).draw()
        faces = [torch.full((len(part),), sources[name].face) for name, part in plain.items()]
        self.parts = [
            (torch.cat(list(plain.values())), torch.cat(faces)), (drawn[0], drawn[1].bool())
        ]  # fmt: skip

    def __call__(self, network: Network) -> float:
        estimate(network, self.sample)
        areas = []
        for pictures, face in self.parts:
            margin = margins(network, pictures)
            areas.append(area_under_curve(margin[face.numpy()], margin[~face.numpy()]))
        return float(np.mean(areas))


def _finish(options: Options, sources: dict[str, Source], network: Network, loop: Loop) -> None:
    validation = split_pictures(sources, VALIDATION)
    model = network.exported({}, CLASSES)
    check_export(network, model, torch.cat(list(validation.values())).numpy())
    metrics: dict[str, Any] = {
        "seed": options.seed,
        "epochs": len(loop.epochs),
        "pictures_per_epoch": EPOCH_PICTURES,
        "recipe": options.recipe.to_json(),
        "split_sizes": {
            name: np.bincount(source.split, minlength=3).tolist()
            for name, source in sources.items()
        },
        "validation": measure(network, validation),
        "astronaut": _search_astronaut(network),
        "torch": torch.__version__,
    }
    if options.test:
        metrics["held_out"] = measure(network, split_pictures(sources, HELD_OUT))
        faces, others = (margins(network, torch.from_numpy(x)) for x in outside_pictures())
        metrics["lfw_subset"] = {
            "auc": area_under_curve(faces, others),
            "accuracy": float(((faces > 0).sum() + (others <= 0).sum()) / 200),
        }
    write_whole(options.work / "metrics.json", (json.dumps(metrics, indent=2) + "\n").encode())
    print(json.dumps(metrics, indent=2))
    if options.description is not None:
        save_model(replace(model, provenance=metrics), options.description)


def _search_astronaut(network: Network) -> list[dict[str, float]]:
    """The best windows in scikit-image's astronaut; her face is at about (220, 110)."""
    from skimage.data import astronaut  # import here because only the export needs it

    found = search(network, astronaut())
    keys = ("margin", "x", "y", "side")
    return [dict(zip(keys, map(float, row), strict=True)) for row in found[:12]]
