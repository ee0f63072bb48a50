"""What each layer of a network costs on a device, for every folding that it can have."""

from dataclasses import dataclass
from typing import assert_never

from hwgen.network import (
    Combine,
    Levels,
    Matrix,
    Pool,
    Requantise,
    SumPool,
    Threshold,
)
from hwgen.plan.folding import Folding
from hwgen.plan.layout import Layout
from hwgen.plan.threshold_unit import threshold_unit
from hwgen.plan.units import Register, Unit
from hwgen.search.pricing import Cost, Pricing

__all__ = ["LayerOptions", "NetworkOptions", "Option"]


@dataclass(frozen=True)
class Option:
    """A folding of a layer, from words of ``group`` channels to words of ``pe``."""

    folding: Folding
    cost: Cost

    @property
    def group(self) -> int:
        """Channels of a word that the layer takes."""
        return self.folding.group

    @property
    def pe(self) -> int:
        """Channels of a word that it gives."""
        return self.folding.pe


@dataclass(frozen=True, eq=False)
class LayerOptions:
    """A matrix stage with the stages up to the next one, and all its options."""

    stage: Matrix
    options: tuple[Option, ...]

    @property
    def least_cycles(self) -> int:
        """Cycles a frame that no option is below."""
        return min(option.cost.cycles for option in self.options)


class NetworkOptions(Pricing):
    """Options of all layers of a network on a device, and the cost of joining them.

    Layers are independent of each other but for the converters between words of other widths: the
    cost of a design is that of its head, its options and its converters.
    """

    def _lay_out(self) -> None:
        self._joining: dict[tuple[int, int, int], Cost] = {}
        starts = [k for k, s in enumerate(self.network.stages) if isinstance(s, Matrix)]
        self._ends = [*starts[1:], len(self.network.stages)] if starts else []
        head = Layout(self.network, self.device.family, self.pipeline)
        for stage in self.network.stages[: starts[0] if starts else None]:
            head.other(stage)
        if not starts:
            head.finish()
        self._head = head
        self.head = self._cost(head, 0)
        self.head_group = head.group
        self.layers = [self._layer(k, end) for k, end in zip(starts, self._ends, strict=True)]

    def joining(self, layer: int, before: int, group: int) -> Cost:
        """Converters from words of ``before`` channels to the ``group`` that a layer takes."""
        key = layer, before, group
        if key not in self._joining:
            self._joining[key] = self._joined(layer, before, group)
        return self._joining[key]

    def _joined(self, layer: int, before: int, group: int) -> Cost:
        stage = self.layers[layer].stage
        layout = self._opened(stage, before)
        last = self._last_unit(layer, before)
        layout.units += [last] if last is not None else []
        layout.last = last
        count = len(layout.units)
        layout.regroup(group, stage.name, stage.name)
        return self._cost(layout, count)

    def _layer(self, start: int, end: int) -> LayerOptions:
        stage = self.network.stages[start]
        assert isinstance(stage, Matrix)
        others = self.network.stages[start + 1 : end]
        options = [
            Option(folding, self._priced(stage, folding, others)[0])
            for folding in self._foldings(stage)
        ]
        self.told(stage)
        return LayerOptions(stage, tuple(options))

    def _last_unit(self, layer: int, group: int) -> Unit | None:
        """Unit ahead of a layer, as far as what joins them depends on it."""
        if layer == 0:
            return self._head.units[-1] if self._head.units else None
        end = self._ends[layer - 1]
        stage = self.network.stages[end - 1]
        match stage:
            case Levels() | Threshold():
                if isinstance(stage, Threshold) and stage.thresholds.ndim > 1:
                    unit = threshold_unit(
                        stage, self.network.named, group, self.device.family, None,
                        self.pipeline,
                    )  # fmt: skip
                    if not unit.passes_ready:
                        return None
                bits = group * stage.element.bits
                return Register(
                    name=stage.name, stage=stage.name, in_bits=bits, out_bits=bits,
                    role="threshold", elements=group,
                )  # fmt: skip
            case Matrix() | Pool() | Requantise() | SumPool() | Combine():
                # None of their units passes `ready` on, but for sums, which no chain has.
                return None
        assert_never(stage)
