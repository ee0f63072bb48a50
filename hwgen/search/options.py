"""What each layer of a network costs on a device, for every folding that it can have."""

from dataclasses import dataclass

from hwgen.network import Matrix
from hwgen.plan.folding import Folding
from hwgen.plan.layout import Layout
from hwgen.search.pricing import Ahead, Cost, Pricing

__all__ = ["LayerOptions", "NetworkOptions", "Option"]


@dataclass(frozen=True)
class Option:
    """A folding of a layer, from words of ``group`` channels to those that it gives."""

    folding: Folding
    cost: Cost
    given: Ahead

    @property
    def group(self) -> int:
        """Channels of a word that the layer takes."""
        return self.folding.group


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
        self._joining: dict[tuple[int, Ahead, int], Cost] = {}
        starts = [k for k, s in enumerate(self.network.stages) if isinstance(s, Matrix)]
        ends = [*starts[1:], len(self.network.stages)] if starts else []
        head = Layout(self.network, self.device.family, self.pipeline)
        for stage in self.network.stages[: starts[0] if starts else None]:
            head.other(stage)
        if not starts:
            head.finish()
        self.head = self._cost(head, 0)
        self.head_given = Ahead.of(head)
        self.layers = [self._layer(k, end) for k, end in zip(starts, ends, strict=True)]

    def joining(self, layer: int, ahead: Ahead, group: int) -> Cost:
        """Converters from the words ahead of a layer to the ``group`` channels that it takes."""
        key = layer, ahead, group
        if key not in self._joining:
            self._joining[key] = self._joined(self.layers[layer].stage, ahead, group)
        return self._joining[key]

    def _layer(self, start: int, end: int) -> LayerOptions:
        stage = self.network.stages[start]
        assert isinstance(stage, Matrix)
        others = self.network.stages[start + 1 : end]
        found = self._priced_foldings(stage, others)
        return LayerOptions(stage, tuple(Option(*one) for one in found))
