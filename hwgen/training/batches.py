"""Where the batches of a training come from."""

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from hwgen.training.augment import Augmentation, augment

__all__ = ["Batches", "Shuffled"]


class Batches(Protocol):
    """Pictures and what they show, a batch at a time; all that chance decides is in its state."""

    steps: int
    """Batches of an epoch."""

    def draw(self) -> tuple[Tensor, Tensor]:
        """Pictures, uint8 (N, H, W, C), and classes (N,)."""
        ...

    def feedback(self, losses: Tensor) -> None:
        """Take note of the loss of each picture of the last batch."""
        ...

    def state(self) -> dict[str, Tensor]:
        """All that the batches to come depend on; asked for between epochs."""
        ...

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state."""
        ...


class Shuffled:
    """Every picture once an epoch, in an order of chance, in a variant of its own.

    Parameters
    ----------
    pictures, labels : Tensor
        uint8 (N, H, W, C) and int64 (N,). Those that fill no batch at the end are left out.
    batch : int
        Pictures of a batch; all, where there are fewer.
    """

    def __init__(
        self,
        pictures: Tensor,
        labels: Tensor,
        *,
        batch: int,
        augmentation: Augmentation,
        seed: int,
        device: torch.device,
    ) -> None:
        self.pictures, self.labels, self.device = pictures, labels, device
        self.batch = min(batch, len(pictures))
        self.steps = len(pictures) // self.batch
        self.augmentation = augmentation
        self.generator = torch.Generator().manual_seed(seed)
        self._order, self._next = torch.empty(0, dtype=torch.int64), 0

    def draw(self) -> tuple[Tensor, Tensor]:
        """Give the next batch."""
        if self._next == 0:
            self._order = torch.randperm(len(self.pictures), generator=self.generator)
        chosen = self._order[self._next * self.batch :][: self.batch]
        self._next = (self._next + 1) % self.steps
        x = self.pictures[chosen].to(self.device)
        return augment(x, self.augmentation, self.generator), self.labels[chosen].to(self.device)

    def feedback(self, losses: Tensor) -> None:
        """Let it be: all pictures come equally often."""

    def state(self) -> dict[str, Tensor]:
        """Give the generator's state."""
        return {"generator": self.generator.get_state()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Set the generator, ahead of an epoch."""
        self.generator.set_state(state["generator"])
        self._next = 0
