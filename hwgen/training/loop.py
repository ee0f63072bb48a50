"""The loop: steps, rates, checkpoints after every epoch."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from torch import Tensor, nn

from hwgen.training.batches import Batches
from hwgen.training.checkpoint import load_checkpoint, save_checkpoint
from hwgen.training.network import Network
from hwgen.training.recipe import Epoch, Recipe, TrainingError
from hwgen.training.teacher import Teacher
from hwgen.training.weighted import Weighted

__all__ = ["WIDE_RATE", "Loop"]

WIDE_RATE = 0.4
"""Rate of weights of more than one bit, as a part of the others'."""
WIDE_DECAY = 2e-2


class Loop:
    """A training under way.

    Parameters
    ----------
    network : Network
        Ready to begin; it is trained in place.
    batches : Batches
        What it learns from.
    recipe : Recipe
    teacher : Teacher, optional
    judge : callable, optional
        Says after each epoch how good the network is, from 0 to 1.
    report : callable
        Told how each epoch went.
    """

    def __init__(
        self,
        network: Network,
        batches: Batches,
        recipe: Recipe,
        teacher: Teacher | None = None,
        judge: Callable[[Network], float] | None = None,
        report: Callable[[str], object] = lambda text: None,
    ) -> None:
        self.network, self.batches, self.recipe = network, batches, recipe
        self.teacher, self.judge, self.report = teacher, judge, report
        self.optimiser = _optimiser(network, recipe.rate)
        self.epochs: list[Epoch] = []

    def resume(self, path: Path, asked: Mapping[str, Any]) -> None:
        """Go on from a checkpoint.

        Raises
        ------
        ModelError
            If it is none of this training.
        """
        facts = load_checkpoint(path, self.network, self.optimiser, self.batches, asked)
        self.epochs = [Epoch(**epoch) for epoch in facts["epochs"]]

    def run(self, checkpoint: Path | None, asked: Mapping[str, Any]) -> None:
        """Train to the end, with a checkpoint after each epoch.

        Raises
        ------
        TrainingError
            If a loss or a gradient is not finite; the checkpoint of the last whole epoch stays.
        ModelError
            If a checkpoint cannot be written; the one before stays.
        """
        while len(self.epochs) < self.recipe.epochs:
            started = time.monotonic()
            epoch = self._epoch()
            self.epochs.append(epoch)
            if checkpoint is not None:
                facts = {"asked": dict(asked), "epochs": [asdict(e) for e in self.epochs]}
                save_checkpoint(checkpoint, self.network, self.optimiser, self.batches, facts)
            valid = "" if epoch.valid is None else f", validation {epoch.valid:.2%}"
            self.report(
                f"epoch {len(self.epochs)} of {self.recipe.epochs}: loss {epoch.loss:.4f}, "
                f"accuracy {epoch.accuracy:.2%}{valid}, {time.monotonic() - started:.1f} s"
            )

    def _epoch(self) -> Epoch:
        network, batches = self.network, self.batches
        network.train()
        total, right, seen = 0.0, 0, 0
        for k in range(batches.steps):
            pictures, labels = batches.draw()
            self._set_rates(len(self.epochs) * batches.steps + k)
            logits = network.logits(pictures)
            losses = self._losses(logits, pictures, labels)
            loss = losses.mean()
            self.optimiser.zero_grad()
            loss.backward()
            total += self._checked(loss, pictures, k)
            self.optimiser.step()
            network.clip()
            batches.feedback(losses.detach())
            right += int((logits.detach().argmax(1) == labels).sum())
            seen += len(labels)
        valid = None if self.judge is None else self.judge(network)
        return Epoch(total / batches.steps, right / seen, valid)

    def _losses(self, logits: Tensor, pictures: Tensor, labels: Tensor) -> Tensor:
        own = F.cross_entropy(
            logits, labels, reduction="none", label_smoothing=self.recipe.smoothing
        )
        if self.teacher is None:
            return own
        share = self.recipe.teaching
        return (1 - share) * own + share * self.teacher.losses(logits, pictures)

    def _set_rates(self, done: int) -> None:
        steps = self.recipe.epochs * self.batches.steps
        factor = (1 + math.cos(math.pi * done / steps)) / 2
        warm = max(1, round(self.recipe.warm_up * steps))
        factor *= min(1.0, (done + 1) / warm)
        for group in self.optimiser.param_groups:
            group["lr"] = group["most"] * factor

    @torch.no_grad()
    def _checked(self, loss: Tensor, pictures: Tensor, step: int) -> float:
        """The loss; refuses one that is not finite, and weights and gradients that are not.

        Signs hide from the loss that what they read is no number.
        """
        value = loss.item()
        if not math.isfinite(value):
            what = "the loss is"
        else:
            weights = list(self.network.parameters())
            gradients = [p.grad for p in weights if p.grad is not None]
            sizes = [tensor.norm() for tensor in weights + gradients]
            if math.isfinite(float(sum(size.double() for size in sizes))):
                return value
            what = "gradients or weights are"
        raise TrainingError(
            f"step {step + 1} of epoch {len(self.epochs) + 1}: {what} not finite, "
            f"{_culprit(self.network, pictures)}; train with a lower rate"
        )


def _optimiser(network: Network, rate: float) -> torch.optim.Optimizer:
    bits, wide, others = [], [], []
    for part in network.parts.values():
        if isinstance(part, Weighted):
            (bits if part.bits == 1 else wide).append(part.weight)
    known = {id(p) for p in (*bits, *wide)}
    others = [p for p in network.parameters() if id(p) not in known]
    groups = [
        {"params": params, "most": most, "weight_decay": decay}
        for params, most, decay in (
            (bits, rate, 0.0), (wide, rate * WIDE_RATE, WIDE_DECAY), (others, rate, 0.0)
        )
        if params
    ]  # fmt: skip
    return torch.optim.AdamW(groups, lr=rate, eps=1e-12)


@torch.no_grad()
def _culprit(network: Network, pictures: Tensor) -> str:
    """The first layer with a parameter or a value that is not finite, in words."""
    for name, found in network.steps(pictures):
        part: nn.Module = network.part(name)
        if not all(p.isfinite().all() for p in part.parameters()):
            return f"layer {name!r} is the first whose weights or figures are not"
        if not found.x.isfinite().all():
            return f"layer {name!r} is the first whose values are not"
    return f"layer {network.order[-1]!r} is the one whose scores it is of"
