"""The integer network: what the hardware computes, with no float left in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from hwgen.network.stages import PIXEL, Element, Matrix, Stage

__all__ = ["INPUT", "IntegerNetwork"]

INPUT = "input"
"""What a stage reads that reads the picture."""


@dataclass(frozen=True, eq=False)
class IntegerNetwork:
    """Stages in topological order; the last one is the output.

    ``out_shape`` is that of the description: one pixel with all channels where it ends in a
    flatten. What its integers ``k`` stand for is ``score_scale[c] * k + score_offset[c]``, whatever
    the network ends in.
    """

    name: str
    in_shape: tuple[int, int, int]
    stages: tuple[Stage, ...]
    out_shape: tuple[int, int, int]
    score_scale: tuple[Fraction, ...]
    """Per channel."""
    score_offset: tuple[Fraction, ...]
    source: str
    in_element: Element = PIXEL
    """Format of a pixel of the picture."""

    @cached_property
    def named(self) -> Mapping[str, Stage]:
        """Stages by name."""
        return {stage.name: stage for stage in self.stages}

    @cached_property
    def matrices(self) -> Mapping[str, Matrix]:
        """Matrix stages by name, in their order."""
        return {stage.name: stage for stage in self.stages if isinstance(stage, Matrix)}

    @cached_property
    def _readers(self) -> Mapping[str, tuple[Stage, ...]]:
        found: dict[str, list[Stage]] = {name: [] for name in (INPUT, *self.named)}
        for stage in self.stages:
            for name in stage.sources:
                found[name].append(stage)
        return {name: tuple(stages) for name, stages in found.items()}

    def following(self, name: str) -> Stage | None:
        """Stage next in the list, whether it reads this one or not; None behind the last."""
        names = list(self.named)
        index = names.index(name) + 1
        return self.stages[index] if index < len(self.stages) else None

    def readers(self, name: str) -> tuple[Stage, ...]:
        """Stages that read a stage or the picture; one that reads it twice is there twice."""
        return self._readers[name]

    @property
    def is_chain(self) -> bool:
        """Whether each stage reads the one ahead of it, and nothing else."""
        ahead = (INPUT, *self.named)
        return all(s.sources == (name,) for s, name in zip(self.stages, ahead, strict=False))
