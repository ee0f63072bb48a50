"""Networks that hardware can be built of, trained with PyTorch (the extra ``train``).

Names are imported when they are asked for: pictures are read without PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hwgen.training.alignment import aligned
    from hwgen.training.augment import Augmentation
    from hwgen.training.data import TrainingData, load_data
    from hwgen.training.recipe import Recipe, Trained, TrainingError
    from hwgen.training.runs import FINE_TUNING, fine_tune, train

__all__ = [
    "FINE_TUNING",
    "Augmentation",
    "Recipe",
    "Trained",
    "TrainingData",
    "TrainingError",
    "aligned",
    "fine_tune",
    "load_data",
    "train",
]

_HOMES = {
    "FINE_TUNING": "runs",
    "Augmentation": "augment",
    "Recipe": "recipe",
    "Trained": "recipe",
    "TrainingData": "data",
    "TrainingError": "recipe",
    "aligned": "alignment",
    "fine_tune": "runs",
    "load_data": "data",
    "train": "runs",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"hwgen.training.{_HOMES[name]}"), name)
