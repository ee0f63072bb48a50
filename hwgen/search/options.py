"""What each layer of a network costs on a device, for every folding that it can have."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import assert_never

from hwgen.estimates.estimate import estimate_unit
from hwgen.families.family import Device
from hwgen.network import (
    Combine,
    IntegerNetwork,
    Levels,
    Matrix,
    Pool,
    Requantise,
    SumPool,
    Threshold,
)
from hwgen.plan.folding import Folding, fusable_pool, matrix_cycles, weight_words
from hwgen.plan.layout import Layout
from hwgen.plan.pipeline import choose_pipeline
from hwgen.plan.products import Products
from hwgen.plan.threshold_unit import threshold_unit
from hwgen.plan.units import Register, Unit
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.foldings import LARGEST_SIMD, folding_options
from hwgen.search.outside import outside_foldings, outside_shares
from hwgen.search.products import stage_multipliers
from hwgen.sizes.memory_map import Memory, map_memory
from hwgen.sizes.spram import SPRAM_WORDS, spram_chips

__all__ = ["Cost", "LayerOptions", "NetworkOptions", "Option"]


@dataclass(frozen=True)
class Cost:
    """Cycles a frame, and what is taken of a device."""

    cycles: int
    cells: int
    ebr: int = 0
    spram: int = 0
    dsp: int = 0


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


class NetworkOptions:
    """Options of all layers of a network on a device, and the cost of joining them.

    Layers are independent of each other but for the converters between words of other widths: the
    cost of a design is that of its head, its options and its converters.
    """

    def __init__(
        self,
        network: IntegerNetwork,
        device: Device,
        clock_mhz: float | None = None,
        outside: frozenset[str] = frozenset(),
        weights_interval: Fraction | int | None = None,
    ):
        self.network = network
        self.outside = outside
        """Layers whose weights come from outside."""
        self.shares = outside_shares(network, outside)
        """Part of a frame that each of these, and of those between them, has."""
        self.weights_interval = weights_interval or device.family.weights_interval
        """Cycles in which a word of weights comes, by default those of the family's boards."""
        self.clock_mhz = clock_mhz
        self.pipeline = choose_pipeline(device, clock_mhz)
        self.device = device
        self._joining: dict[tuple[int, int, int], Cost] = {}
        starts = [k for k, s in enumerate(network.stages) if isinstance(s, Matrix)]
        self._ends = [*starts[1:], len(network.stages)] if starts else []
        head = Layout(network, device.family, self.pipeline)
        for stage in network.stages[: starts[0] if starts else None]:
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
        options = [
            Option(folding, self._option(start, end, stage, folding))
            for folding in self._foldings(stage)
        ]
        return LayerOptions(stage, tuple(options))

    def _foldings(self, stage: Matrix) -> Iterator[Folding]:
        if stage.name in self.outside:
            found = outside_foldings(stage)
        else:
            every = folding_options(stage, fusable_pool(self.network, stage))
            bare = (folding for folding in every if folding.simd <= LARGEST_SIMD)
            found = (stored for folding in bare for stored in self._stored(stage, folding))
        for folding in found:
            yield from self._multiplied(stage, folding)

    def _multiplied(self, stage: Matrix, folding: Folding) -> Iterator[Folding]:
        """The folding with each way to make its products, where there are two."""
        cells = stage_multipliers(stage, folding, self.device)
        if cells is None:
            yield folding
            return
        yield replace(folding, products=Products.LOGIC)
        if cells <= (self.device.dsp or 0):
            yield replace(folding, products=Products.DSP)

    def _stored(self, stage: Matrix, folding: Folding) -> Iterator[Folding]:
        """The folding with each storage that makes sense for its weights."""
        if not self.device.spram:
            yield folding
            return
        words, bits = weight_words(stage, folding)
        if words == 1:
            yield folding
            return
        yield replace(folding, storage=WeightStorage.MEMORY)
        rams = map_memory(Memory(words, bits, "rom"), self.device.family).ebr
        if words <= SPRAM_WORDS and rams > 1 and spram_chips(bits) <= self.device.spram:
            yield replace(folding, storage=WeightStorage.SPRAM)

    def _option(self, start: int, end: int, stage: Matrix, folding: Folding) -> Cost:
        layout = self._opened(stage, folding.group)
        layout.matrix(stage, folding)
        for index in range(start + 1, end):
            layout.other(self.network.stages[index])
        if end == len(self.network.stages):
            layout.finish()
        elif self.network.stages[end].name not in self.outside:
            layout.raster()
        cost = self._cost(layout, 0)
        if stage.name not in self.shares:
            return cost
        pool = fusable_pool(self.network, stage)
        cycles = matrix_cycles(stage, pool, folding, self.weights_interval)
        return replace(cost, cycles=max(cost.cycles, ceil(cycles / self.shares[stage.name])))

    def _opened(self, stage: Matrix, group: int) -> Layout:
        """Layout whose open stream carries the input of a stage, ``group`` channels a word."""
        layout = Layout(self.network, self.device.family, self.pipeline)
        height, width, channels = stage.in_shape
        layout.bits, layout.group = stage.in_element.bits, group
        layout.words = height * width * (channels // group)
        return layout

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

    def _cost(self, layout: Layout, since: int) -> Cost:
        """Cost of the units from number ``since`` on."""
        found = [
            estimate_unit(u, self.network.named, self.device.family) for u in layout.units[since:]
        ]
        return Cost(
            max([s.transfers_per_frame for s in layout.streams] + [layout.words]),
            sum(r.logic_cells or 0 for r in found),
            sum(r.ebr or 0 for r in found),
            sum(r.spram or 0 for r in found),
            sum(r.dsp or 0 for r in found),
        )
