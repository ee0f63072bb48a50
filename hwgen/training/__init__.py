"""Networks that hardware can be built of, trained with PyTorch (the extra ``train``)."""

from hwgen.training.augment import Augmentation
from hwgen.training.data import TrainingData, load_data
from hwgen.training.recipe import Recipe, Trained, TrainingError
from hwgen.training.train import FINE_TUNING, fine_tune, train

__all__ = [
    "FINE_TUNING",
    "Augmentation",
    "Recipe",
    "Trained",
    "TrainingData",
    "TrainingError",
    "fine_tune",
    "load_data",
    "train",
]
