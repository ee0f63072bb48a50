"""Units and streams of a network, laid out stage by stage."""

from dataclasses import replace
from math import gcd, prod
from typing import assert_never

from hwgen.network import (
    Combine,
    Levels,
    Matrix,
    Pool,
    Requantise,
    Stage,
    SumPool,
    Threshold,
)
from hwgen.plan.matrix_layout import MatrixLayout
from hwgen.plan.plan import Stream
from hwgen.plan.requantise_unit import requantise_unit
from hwgen.plan.threshold_unit import form_of, threshold_unit
from hwgen.plan.unit_price import spacing_behind
from hwgen.plan.units import (
    CombinePlan,
    Fifo,
    PoolPlan,
    Register,
    Scores,
    WindowPlan,
)
from hwgen.plan.weight_paths import weight_paths
from hwgen.plan.wiring import OpenStream, Planes

__all__ = ["Layout"]


class Layout(MatrixLayout):
    """Units and streams of the stages so far; see `Wiring` for the open stream."""

    def other(self, stage: Stage) -> None:
        """Lay out a stage that has no folding of its own."""
        match stage:
            case Combine():
                self.combine(stage)
            case Pool() | SumPool():
                self.pool(stage)
            case Requantise():
                self.requantise(stage)
            case Levels():
                self.levels(stage)
            case Threshold():
                self.threshold(stage)
            case Matrix():
                raise TypeError(f"stage {stage.name!r} has a folding")
            case _:
                assert_never(stage)

    def combine(self, stage: Combine) -> None:
        """Lay out a sum or a concatenation: each source waits in a FIFO for the others.

        A sum takes as many channels a word as all sources can give, a concatenation whole pixels.
        FIFOs hold a frame; the simulator makes them as small as the full rate lets them be, and the
        search of foldings counts what they then hold (`hwgen.search.meeting`).
        """
        branches: list[OpenStream] = []
        channels = stage.out_shape[2]
        for name in stage.sources:
            self.open(name)
            self.raster()
            branches.append(self.opened())
        group = gcd(*(branch.group for branch in branches))
        parts = []
        for k, (branch, whole) in enumerate(zip(branches, stage.in_channels, strict=True)):
            self.resume(branch)
            fifo = Fifo(
                name=f"{stage.name}_fifo{k}", stage=stage.name, depth=max(2, self.words),
                deep=True, in_bits=self.word_bits, out_bits=self.word_bits,
            )  # fmt: skip
            self.add(fifo, self.words)
            self.regroup(whole if stage.concat else group, f"{stage.name}_{k}", stage.name)
            parts.append(self.opened())
        widths = tuple(part.group * part.bits for part in parts)
        group = channels if stage.concat else group
        unit = CombinePlan(
            name=stage.name, stage=stage.name, parts=widths, elements=group,
            in_bits=sum(widths), out_bits=group * stage.element.bits,
        )  # fmt: skip
        for k, part in enumerate(parts):
            self.resume(part)
            self.connect(unit, f"i_{k}", self.word_bits)
        self.units.append(unit)
        self.last, self.port = unit, "o"
        self.bits, self.group = stage.element.bits, group
        self._layer(stage, pe=group, cycles=self.words)

    def levels(self, stage: Levels) -> None:
        """Lay out a table of pixels."""
        self.raster()
        unit = Register(
            name=stage.name, stage=stage.name, role="levels", elements=self.group,
            in_bits=self.word_bits, out_bits=self.group * stage.element.bits,
        )  # fmt: skip
        self.add(unit, self.words)
        self.bits = stage.element.bits
        self._layer(stage, pe=self.group, cycles=self.words)

    def threshold(self, stage: Threshold) -> None:
        """Lay out thresholds, in the cheapest unit that there is for them."""
        self.raster()
        stages = {stage.name: stage}
        unit = threshold_unit(stage, stages, self.group, self.fabric, self.last, self.pipeline)
        self.add(unit, self.words)
        self.bits = stage.element.bits
        turns = 1 if isinstance(unit, Register) else unit.interval
        form = form_of(unit) if stage.thresholds.ndim > 1 else None
        self._layer(stage, pe=self.group, cycles=self.words * turns, form=form)

    def requantise(self, stage: Requantise) -> None:
        """Lay out a rounding to fixed point."""
        self.raster()
        channels = self.group
        unit = requantise_unit(
            stage, channels, spacing_behind(self.last), self.fabric, self.pipeline
        )
        self.regroup(unit.elements, stage.name, stage.name)
        self.add(unit, self.words)
        cycles = self.words * unit.interval
        self.bits = stage.element.bits
        self.regroup(channels, stage.name, stage.name)
        self._layer(stage, pe=unit.elements, cycles=cycles)

    def pool(self, stage: Pool | SumPool) -> None:
        """Lay out a maximum or a sum over windows, unless it is joined to the stage before."""
        if self.fused is stage:
            self._layer(stage, cycles=0)
            return
        height, width, _ = stage.in_shape
        planes = self.planes
        if planes is not None and (
            planes.maps > 1 or (planes.rows, planes.columns) != (height, width)
        ):
            self.raster()
            planes = None
        count = planes.count if planes else 1
        in_shape = stage.in_shape if planes is None else (height, width, self.group)
        top, _, left, _ = stage.padding if isinstance(stage, Pool) else (0, 0, 0, 0)
        reach = [
            (o - 1) * s + w
            for o, s, w in zip(stage.out_shape, stage.stride, stage.window, strict=False)
        ]
        # At the far edges as much as the last windows overhang.
        padding = (top, max(0, reach[0] - height - top), left, max(0, reach[1] - width - left))
        window = WindowPlan(
            name=f"{stage.name}_window", stage=stage.name, in_shape=in_shape, planes=count,
            bits=self.bits, kernel=stage.window, stride=stage.stride, dilation=(1, 1),
            padding=padding, pad=None, block=(1, 1), taps=(1, 1), blocks=stage.out_shape[:2],
            group=self.group, repeats=1, channels_outer=True, slots=1,
            in_bits=self.word_bits, out_bits=self.word_bits + 1,
        )  # fmt: skip
        window = window.at_full_rate()
        reads = count * prod(window.blocks) * window.words_per_block
        self.add(window, reads)
        self._slice(stage.name, self.word_bits + 1)
        taps = prod(stage.window)
        unit = PoolPlan(
            name=stage.name, stage=stage.name, taps=taps, elements=self.group, bits=self.bits,
            signed=stage.element.signed, total=isinstance(stage, SumPool),
            plane=1 if planes is None else prod(window.blocks),
            in_bits=self.word_bits + 1, out_bits=self.group * stage.element.bits,
        )  # fmt: skip
        self.add(unit, reads // taps)
        self.bits = stage.element.bits
        if planes is not None:
            one_pixel = window.blocks == (1, 1)
            self.planes = None if one_pixel else Planes(*window.blocks, planes.count, 1)
        self._layer(stage, pe=self.group, cycles=reads)

    def finish(self) -> None:
        """Lay out the output: one value a transfer, whatever the last stage puts out.

        It tells the best class where there is one pixel and all its channels stand for their
        values in the same way.
        """
        self.raster()
        network = self.network
        last, channels = network.stages[-1], network.out_shape[2]
        scale, offset = network.score_scale, network.score_offset
        uniform = len(set(scale)) == 1 and len(set(offset)) == 1 and scale[0] != 0
        one_pixel = network.out_shape[:2] == (1, 1)
        element = last.element
        unit = Scores(
            name=f"{last.name}_scores", stage=last.name, bits=element.bits, signed=element.signed,
            bipolar=element.bipolar, lanes=self.group, words=channels // self.group,
            argmax=("max" if scale[0] > 0 else "min") if uniform and one_pixel else None,
            in_bits=self.word_bits, out_bits=0,
        )  # fmt: skip
        unit = replace(unit, out_bits=unit.data_bits + unit.index_bits + 1)
        self.add(unit, self.words * self.group)
        self.streams.append(Stream("output", unit.name, "output", unit.out_bits, self.words))
        units, streams = weight_paths(self.units)
        self.units[:0] = units
        self.streams[1:1] = streams
