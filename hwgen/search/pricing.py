"""What stages cost on a device, as they are laid out, and the foldings that they can have."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from hwgen.errors import FoldingError
from hwgen.estimates.estimate import estimate_unit
from hwgen.families.family import Device
from hwgen.network import IntegerNetwork, Matrix, Stage
from hwgen.plan.folding import Folding, fusable_pool, matrix_cycles, weight_words
from hwgen.plan.layout import Layout
from hwgen.plan.pipeline import choose_pipeline
from hwgen.plan.products import Products
from hwgen.plan.units import PoolPlan, Register, Unit
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.code_books import saved_memories, stage_index_bits
from hwgen.search.foldings import LARGEST_SIMD, folding_options
from hwgen.search.meeting import as_held, held_parts
from hwgen.search.outside import outside_foldings, outside_shares
from hwgen.search.products import stage_multipliers
from hwgen.search.wanted import ANYTHING, Wanted
from hwgen.sizes.memory_map import Memory, map_memory
from hwgen.sizes.spram import SPRAM_WORDS, spram_chips

__all__ = ["Ahead", "Cost", "Known", "Priced", "Pricing"]


@dataclass(frozen=True)
class Cost:
    """Cycles a frame, and what is taken of a device."""

    cycles: int
    cells: int
    ebr: int = 0
    spram: int = 0
    dsp: int = 0


class Ahead(NamedTuple):
    """All that readers of a stream need to know of it: the channels of its words, and of the unit
    that it comes from whether `ready` passes through it, and whether it is a pool unit."""

    group: int
    passes: bool
    pools: bool

    @classmethod
    def of(cls, layout: Layout) -> "Ahead":
        """Of the stream that a layout has open."""
        last = layout.last
        return cls(layout.group, last is not None and last.passes_ready, isinstance(last, PoolPlan))

    def unit(self, name: str, bits: int) -> Unit | None:
        """A unit like that, which gives words of so many bits."""
        if self.pools:
            return PoolPlan(
                name=name, stage=name, taps=1, elements=self.group, bits=bits // self.group,
                signed=False, in_bits=bits, out_bits=bits,
            )  # fmt: skip
        if self.passes:
            return Register(
                name=name, stage=name, role="threshold", elements=self.group,
                in_bits=bits, out_bits=bits,
            )  # fmt: skip
        return None


Priced = tuple[Cost, Ahead]
"""What stages cost, and what they put out."""

Known = dict[tuple[str, Folding, bool], Priced]
"""By stage, folding, and whether words leave in whatever order they come about."""


class Pricing(ABC):
    """Foldings and costs of the stages of a network on a device.

    Parameters
    ----------
    outside : frozenset of str
        Layers whose weights come from outside.
    weights_interval : Fraction or int, optional
        Cycles in which a word of weights comes, by default those of the family's boards.
    known : dict, optional
        What was priced before for the same network, device and clock, and what will be.
    progress : callable
        Told how far it is.
    wanted : Wanted
        What foldings there are to choose from.

    Raises
    ------
    FoldingError
        If a layer has none of these.
    """

    def __init__(
        self,
        network: IntegerNetwork,
        device: Device,
        clock_mhz: float | None = None,
        outside: frozenset[str] = frozenset(),
        weights_interval: Fraction | int | None = None,
        known: Known | None = None,
        progress: Callable[[str], object] = lambda step: None,
        wanted: Wanted = ANYTHING,
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
        self.known: Known = {} if known is None else known
        self.progress = progress
        self.parts = held_parts(network, outside)
        """What FIFOs where paths meet hold."""
        self.wanted = wanted
        self._lay_out()

    @abstractmethod
    def _lay_out(self) -> None:
        """Find all that there is to choose from, and what it costs."""

    def told(self, stage: Matrix) -> None:
        """Tell that a stage has its costs."""
        names = list(self.network.matrices)
        self.progress(f"folding: {names.index(stage.name) + 1} of {len(names)} layers done")

    def _foldings(self, stage: Matrix) -> list[Folding]:
        found = [f for f in self._every(stage) if self.wanted.allows(weight_words(stage, f)[0], f)]
        if not found:
            raise FoldingError(f"{self.network.source}: {self.wanted.none_of(stage.name)}")
        return found

    def _every(self, stage: Matrix) -> Iterator[Folding]:
        if stage.name in self.outside:
            found = outside_foldings(stage)
        else:
            every = folding_options(stage, fusable_pool(self.network, stage))
            bare = (folding for folding in every if folding.simd <= LARGEST_SIMD)
            coded = (coded for folding in bare for coded in self._coded(stage, folding))
            found = (stored for folding in coded for stored in self._stored(stage, folding))
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

    def _coded(self, stage: Matrix, folding: Folding) -> Iterator[Folding]:
        """The folding without a code book, and with one where that saves memories."""
        bits = stage_index_bits(stage)
        if bits is None or weight_words(stage, folding)[0] == 1:
            yield folding
            return
        yield replace(folding, codebook=0)
        kinds = (None, WeightStorage.SPRAM) if self.device.spram else (None,)
        stored = (replace(folding, storage=kind) for kind in kinds)
        if any(saved_memories(stage, f, bits, self.device) > 0 for f in stored):
            yield replace(folding, codebook=bits)

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
        gains = rams > 1 or self.wanted.storage == WeightStorage.SPRAM
        if words <= SPRAM_WORDS and gains and spram_chips(bits) <= self.device.spram:
            yield replace(folding, storage=WeightStorage.SPRAM)

    def _priced_foldings(
        self, stage: Matrix, others: Sequence[Stage]
    ) -> list[tuple[Folding, Cost, Ahead]]:
        """All foldings of a matrix stage, each with what `_priced` says of it."""
        found = [
            (folding, *self._priced(stage, folding, others)) for folding in self._foldings(stage)
        ]
        self.told(stage)
        return found

    def _priced(self, stage: Matrix, folding: Folding, others: Sequence[Stage]) -> Priced:
        """Cost of a matrix stage, of those behind it, and of what brings it to their readers."""
        # All that others outside change is in which order words leave.
        end = others[-1] if others else stage
        readers = self.network.readers(end.name)
        as_it_is = len(readers) == 1 and readers[0].name in self.outside
        key = stage.name, folding, as_it_is
        if key not in self.known:
            layout = self._opened(stage, folding.group)
            layout.matrix(stage, folding)
            for other in others:
                layout.other(other)
            self._close(layout, end, as_it_is=as_it_is)
            self.known[key] = self._cost(layout, 0), Ahead.of(layout)
        cost, given = self.known[key]
        if stage.name in self.shares:
            pool = fusable_pool(self.network, stage)
            cycles = matrix_cycles(stage, pool, folding, self.weights_interval)
            cost = replace(cost, cycles=max(cost.cycles, ceil(cycles / self.shares[stage.name])))
        return cost, given

    def _close(self, layout: Layout, end: Stage, *, as_it_is: bool) -> None:
        """Lay out what is between a stage and those that read it."""
        if end is self.network.stages[-1]:
            layout.finish()
            return
        if not as_it_is:
            layout.raster()
        layout.close(end.name)

    def _joined(self, stage: Matrix, ahead: Ahead, group: int) -> Cost:
        """Cost of converters from what a stage reads to words of ``group`` channels."""
        layout = self._opened(stage, ahead.group)
        layout.last = ahead.unit(stage.sources[0], layout.word_bits)
        layout.regroup(group, stage.name, stage.name)
        return self._cost(layout, 0)

    def _opened(self, stage: Matrix, group: int) -> Layout:
        """Layout whose open stream carries the input of a stage, ``group`` channels a word."""
        layout = Layout(self.network, self.device.family, self.pipeline)
        height, width, channels = stage.in_shape
        layout.bits, layout.group = stage.in_element.bits, group
        layout.words = height * width * (channels // group)
        return layout

    def _cost(self, layout: Layout, since: int) -> Cost:
        """Cost of the units from number ``since`` on."""
        family = self.device.family
        units = as_held(layout.units[since:], self.parts)
        found = [estimate_unit(unit, self.network.named, family) for unit in units]
        return Cost(
            max([s.cycles_per_frame for s in layout.streams] + [layout.words]),
            sum(r.logic_cells or 0 for r in found),
            sum(r.ebr or 0 for r in found),
            sum(r.spram or 0 for r in found),
            sum(r.dsp or 0 for r in found),
        )
