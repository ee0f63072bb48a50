"""Units and streams of a network, laid out stage by stage."""

from dataclasses import replace
from math import gcd, prod
from typing import assert_never

from hwgen.families.fabric import Fabric
from hwgen.network import (
    Combine,
    IntegerNetwork,
    Levels,
    Matrix,
    Pool,
    Requantise,
    Stage,
    SumPool,
    Threshold,
)
from hwgen.plan.folding import Folding, blocks_of, fusable_pool, matrix_cycles, patch_of
from hwgen.plan.pipeline import Pipeline
from hwgen.plan.plan import LayerPlan, Stream
from hwgen.plan.threshold_unit import form_of, threshold_unit
from hwgen.plan.units import (
    CombinePlan,
    Fifo,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    RequantisePlan,
    Scores,
    SearchPlan,
    Slice,
    WindowPlan,
)
from hwgen.plan.weight_storage import WeightStorage
from hwgen.plan.wiring import OpenStream, Wiring

__all__ = ["Layout"]


class Layout(Wiring):
    """Units and streams of the stages so far; see `Wiring` for the open stream."""

    def __init__(self, network: IntegerNetwork, fabric: Fabric, pipeline: Pipeline):
        super().__init__(network)
        self.fabric = fabric
        self.pipeline = pipeline
        self.layers: list[LayerPlan] = []
        self.fused: Pool | None = None

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
        FIFOs hold a frame; the simulator makes them as small as the full rate lets them be.
        """
        branches: list[OpenStream] = []
        channels = stage.out_shape[2]
        for name in stage.sources:
            self.open(name)
            branches.append(self.opened())
        group = gcd(*(branch.group for branch in branches))
        parts = []
        for k, (branch, whole) in enumerate(zip(branches, stage.in_channels, strict=True)):
            self.resume(branch)
            fifo = Fifo(
                name=f"{stage.name}_fifo{k}", stage=stage.name, depth=max(2, self.words),
                in_bits=self.word_bits, out_bits=self.word_bits,
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

    def _slice(self, stage: str, bits: int) -> None:
        """Part the unit before from what follows, where the clock asks for it."""
        if self.pipeline.slices:
            name = f"{stage}_slice"
            self.add(Slice(name=name, stage=stage, in_bits=bits, out_bits=bits), self.words)

    def levels(self, stage: Levels) -> None:
        """Lay out a table of pixels."""
        unit = Register(
            name=stage.name, stage=stage.name, role="levels", elements=self.group,
            in_bits=self.word_bits, out_bits=self.group * stage.element.bits,
        )  # fmt: skip
        self.add(unit, self.words)
        self.bits = stage.element.bits
        self._layer(stage, pe=self.group, cycles=self.words)

    def threshold(self, stage: Threshold) -> None:
        """Lay out thresholds, in the cheapest unit that there is for them."""
        stages = {stage.name: stage}
        unit = threshold_unit(stage, stages, self.group, self.fabric, self.last)
        self.add(unit, self.words)
        self.bits = stage.element.bits
        turns = unit.latency if isinstance(unit, SearchPlan) and unit.serial else 1
        form = form_of(unit) if stage.thresholds.ndim > 1 else None
        self._layer(stage, pe=self.group, cycles=self.words * turns, form=form)

    def requantise(self, stage: Requantise) -> None:
        """Lay out a rounding to fixed point."""
        depth = RequantisePlan.full_rate_depth
        unit = RequantisePlan(
            name=stage.name, stage=stage.name, elements=self.group, depth=depth,
            in_bits=self.word_bits, out_bits=self.group * stage.element.bits,
        )  # fmt: skip
        self.add(unit, self.words)
        self.bits = stage.element.bits
        self._layer(stage, pe=self.group, cycles=self.words)

    def matrix(self, stage: Matrix, f: Folding) -> None:
        """Lay out a matrix stage."""
        pool = fusable_pool(self.network, stage)
        if pool is not None and f.block != pool.window:
            pool = None
        blocks = blocks_of(stage, pool, f.block)
        outputs, ky, kx, channels = stage.weights.shape
        neuron_fold = outputs // f.pe
        groups = 1 if stage.depthwise else channels // f.group
        synapse_fold = (ky // f.taps[0]) * (kx // f.taps[1]) * groups
        zero_flags = stage.pad is None
        self.regroup(f.group, stage.name, stage.name)

        plain = (ky, kx) == (1, 1) == stage.stride == f.block and not any(stage.padding)
        patch_bits = prod(patch_of(stage, f)) * (self.word_bits + zero_flags)
        repeats = 1 if stage.depthwise else neuron_fold
        if not (plain and repeats == 1):
            window = WindowPlan(
                name=f"{stage.name}_window", stage=stage.name, in_shape=stage.in_shape,
                bits=self.bits, kernel=(ky, kx), stride=stage.stride, dilation=stage.dilation,
                padding=stage.padding,
                pad=None if stage.pad is None else stage.pad & ((1 << self.bits) - 1),
                block=f.block, taps=f.taps, blocks=blocks, group=f.group, repeats=repeats,
                channels_outer=stage.depthwise, slots=1, in_bits=self.word_bits,
                out_bits=patch_bits,
            )  # fmt: skip
            window = _sized(window)
            self.add(window, prod(blocks) * window.words_per_block)
            self._slice(stage.name, patch_bits)
        pixels = 1 if pool else f.m
        out_bits = f.pe * pixels * stage.element.bits
        one_word = neuron_fold * synapse_fold == 1
        unit = MatrixPlan(
            name=stage.name, stage=stage.name, pe=f.pe, group=f.group, taps=f.taps,
            block=f.block, stride=stage.stride, dilation=stage.dilation, neuron_fold=neuron_fold,
            synapse_fold=synapse_fold, blocks=blocks, pool=pool.name if pool else None,
            zero_flags=zero_flags, pipeline=self.pipeline.matrix,
            depth=MatrixPlan.full_rate_depth(synapse_fold, self.pipeline.matrix),
            storage=f.storage or (WeightStorage.CONSTANT if one_word else WeightStorage.MEMORY),
            weight_bits=stage.weight_bits, depthwise=stage.depthwise,
            in_bits=patch_bits, out_bits=out_bits,
        )  # fmt: skip
        self.add(unit, prod(blocks) * neuron_fold)
        self.bits, self.group = stage.element.bits, f.pe
        if pixels > 1:
            reorder = ReorderPlan(
                name=f"{stage.name}_reorder", stage=stage.name, block=f.block, blocks=blocks,
                folds=neuron_fold, in_bits=out_bits, out_bits=self.word_bits,
            )  # fmt: skip
            self.add(reorder, self.words * pixels)
        self.fused = pool
        weights = stage.weights.size
        self._layer(
            stage,
            pe=f.pe,
            simd=f.simd,
            m=f.m,
            storage=unit.storage,
            weight_bits=weights * stage.weight_bits,
            cycles=matrix_cycles(stage, pool, f),
            macs=weights * stage.out_shape[0] * stage.out_shape[1],
            binary=stage.counts,
        )

    def pool(self, stage: Pool | SumPool) -> None:
        """Lay out a maximum or a sum over windows, unless it is joined to the stage before."""
        if self.fused is stage:
            self._layer(stage, cycles=0)
            return
        height, width, _ = stage.in_shape
        top, _, left, _ = stage.padding if isinstance(stage, Pool) else (0, 0, 0, 0)
        reach = [
            (o - 1) * s + w
            for o, s, w in zip(stage.out_shape, stage.stride, stage.window, strict=False)
        ]
        # At the far edges as much as the last windows overhang.
        padding = (top, max(0, reach[0] - height - top), left, max(0, reach[1] - width - left))
        window = WindowPlan(
            name=f"{stage.name}_window", stage=stage.name, in_shape=stage.in_shape,
            bits=self.bits, kernel=stage.window, stride=stage.stride, dilation=(1, 1),
            padding=padding, pad=None, block=(1, 1), taps=(1, 1), blocks=stage.out_shape[:2],
            group=self.group, repeats=1, channels_outer=True, slots=1,
            in_bits=self.word_bits, out_bits=self.word_bits + 1,
        )  # fmt: skip
        window = _sized(window)
        reads = prod(window.blocks) * window.words_per_block
        self.add(window, reads)
        self._slice(stage.name, self.word_bits + 1)
        taps = prod(stage.window)
        unit = PoolPlan(
            name=stage.name, stage=stage.name, taps=taps, elements=self.group, bits=self.bits,
            signed=stage.element.signed, total=isinstance(stage, SumPool),
            in_bits=self.word_bits + 1, out_bits=self.group * stage.element.bits,
        )  # fmt: skip
        self.add(unit, reads // taps)
        self.bits = stage.element.bits
        self._layer(stage, pe=self.group, cycles=reads)

    def finish(self) -> None:
        """Lay out the output: one value a transfer, whatever the last stage puts out.

        It tells the best class where there is one pixel and all its channels stand for their
        values in the same way.
        """
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

    def _layer(
        self,
        stage: Stage,
        *,
        pe: int = 0,
        simd: int = 0,
        m: int = 1,
        storage: WeightStorage | None = None,
        weight_bits: int = 0,
        cycles: int,
        macs: int = 0,
        binary: bool = False,
        form: str | None = None,
    ) -> None:
        self.layers.append(
            LayerPlan(
                stage.name,
                _kind(stage),
                pe,
                simd,
                m,
                storage,
                weight_bits,
                cycles,
                macs,
                binary,
                form,
            )
        )


def _sized(window: WindowPlan) -> WindowPlan:
    return replace(window, slots=window.full_rate_slots())


def _kind(stage: Stage) -> str:
    """Kind of layer that a stage goes by in manifest and reports."""
    match stage:
        case Matrix():
            return stage.layer_kind
        case Combine():
            return "concat" if stage.concat else "add"
        case Pool():
            return "max_pool"
        case SumPool():
            return "average_pool"
        case Levels():
            return "levels"
        case Threshold():
            return "sign" if stage.element.bipolar else stage.layer_kind
        case Requantise():
            return "quantise"
    assert_never(stage)
