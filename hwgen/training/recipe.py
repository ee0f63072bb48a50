"""What a training is asked for, and what comes of it."""

from dataclasses import asdict, dataclass
from typing import Any

from hwgen.errors import HwgenError, ModelError, describe
from hwgen.model import Model
from hwgen.training.augment import NONE, Augmentation
from hwgen.training.estimators import GRADIENTS, Gradient

__all__ = ["Epoch", "Recipe", "Trained", "TrainingError"]


class TrainingError(HwgenError):
    """A training that went wrong, of data and options that seemed right."""

    exit_code = 1


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: Adam on latent weights, a cosine of rates behind a warm-up.

    Parameters
    ----------
    epochs : int
        Times that all pictures are seen; of 0 the network stays what it is.
    batch : int
        Pictures of a step.
    rate : float
        Largest learning rate, of weights of one bit and of batch normalisations; of weights of
        more bits it is ``WIDE_RATE`` times that.
    seed : int
        Of first weights, the order of pictures, and their variants.
    augmentation : Augmentation
    gradient : "polynomial" or "clip"
        Of a sign.
    smoothing : float
        Of labels, 0 to below 1.
    warm_up : float
        Share of all steps over which the rate grows.
    teaching : float
        Share of the loss that follows a teacher's scores, where there is one.
    temperature : float
        That a teacher's scores and one's own are divided by.
    """

    epochs: int = 20
    batch: int = 128
    rate: float = 5e-3
    seed: int = 1
    augmentation: Augmentation = NONE
    gradient: Gradient = "polynomial"
    smoothing: float = 0.0
    warm_up: float = 0.04
    teaching: float = 0.7
    temperature: float = 2.0

    def __post_init__(self) -> None:
        whole = {"epochs": (0, 1_000_000), "batch": (2, 65536), "seed": (0, 1 << 63)}
        for name, (low, high) in whole.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not low <= value < high:
                raise ModelError(
                    f"{name} must be an integer from {low} to below {high}, not {describe(value)}"
                )
        if not 0 < self.rate < float("inf"):
            raise ModelError(f"rate must be a finite number above 0, not {self.rate:g}")
        for name in ("smoothing", "warm_up", "teaching"):
            if not 0 <= (value := getattr(self, name)) <= 1:
                raise ModelError(f"{name} must be 0 to 1, not {value:g}")
        if not 0 < self.temperature < float("inf"):
            raise ModelError(f"temperature must be above 0, not {self.temperature:g}")
        if self.gradient not in GRADIENTS:
            raise ModelError(
                f"gradient must be {' or '.join(GRADIENTS)}, not {describe(self.gradient)}"
            )

    def to_json(self) -> dict[str, Any]:
        """The same as JSON holds it."""
        return asdict(self) | {"augmentation": str(self.augmentation)}


@dataclass(frozen=True)
class Epoch:
    """Mean loss and accuracy of training over an epoch, and accuracy on pictures to choose by.

    ``valid`` is None where there are no such pictures.
    """

    loss: float
    accuracy: float
    valid: float | None


@dataclass(frozen=True, eq=False)
class Trained:
    """A description, how it came to be, and how many pictures it was checked on.

    ``accuracy`` is that on the pictures that test, None where there are none: then ``checked``
    are pictures that trained.
    """

    model: Model
    epochs: tuple[Epoch, ...]
    accuracy: float | None
    checked: int
