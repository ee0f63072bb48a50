"""Matrix stages laid out: blocks of pixels that read weights again, or weights that stay."""

from math import prod
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
from hwgen.plan.folding import (
    Folding,
    blocks_of,
    fusable_pool,
    matrix_cycles,
    patch_of,
    weight_words,
)
from hwgen.plan.pipeline import Pipeline
from hwgen.plan.plan import LayerPlan
from hwgen.plan.products import Products
from hwgen.plan.units import Fifo, MapPlan, MatrixPlan, ReorderPlan, Slice, WindowPlan
from hwgen.plan.weight_storage import WeightStorage
from hwgen.plan.wiring import Planes, Wiring
from hwgen.sizes.memory_map import Memory, map_memory
from hwgen.sizes.multipliers import CELL_STAGES

__all__ = ["MatrixLayout"]


class MatrixLayout(Wiring):
    """Units and streams of the stages so far, with what the plan chose for each."""

    def __init__(self, network: IntegerNetwork, fabric: Fabric, pipeline: Pipeline):
        super().__init__(network)
        self.fabric = fabric
        self.pipeline = pipeline
        self.layers: list[LayerPlan] = []
        self.fused: Pool | None = None

    def _slice(self, stage: str, bits: int) -> None:
        """Part the unit before from what follows, where the clock asks for it."""
        if self.pipeline.slices:
            name = f"{stage}_slice"
            self.add(Slice(name=name, stage=stage, in_bits=bits, out_bits=bits), self.words)

    def _pipeline(self, stage: Matrix, f: Folding) -> int:
        """Registers of a matrix unit: multiplier cells have theirs, whatever the clock.

        They are no place for those behind block RAMs where LUTs choose between several for a word:
        LUTs and cells are far from one another.
        """
        if f.products != Products.DSP:
            return self.pipeline.matrix
        if not self.pipeline.late or f.storage == WeightStorage.EXTERNAL:
            return CELL_STAGES
        words = Memory(*weight_words(stage, f), "rom")
        return CELL_STAGES + (map_memory(words, self.fabric).rows > 1)

    def matrix(self, stage: Matrix, f: Folding) -> None:
        """Lay out a matrix stage.

        Ahead of one whose weights come in lies a buffer for all of a map: they may come behind
        those of a layer ahead of it, which has to be done with the frame by then.
        """
        if f.rows:
            self.stationary(stage, f)
            return
        self.raster()
        pool = fusable_pool(self.network, stage)
        if pool is not None and f.block != pool.window:
            pool = None
        blocks = blocks_of(stage, pool, f.block)
        outputs, ky, kx, channels = stage.weights.shape
        neuron_fold = outputs // f.pe
        groups = 1 if stage.depthwise else channels // f.group
        synapse_fold = (ky // f.taps[0]) * (kx // f.taps[1]) * groups
        zero_flags, outside = stage.pad is None, f.storage == WeightStorage.EXTERNAL
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
            window = window.at_full_rate(least=window.frame_bank_rows * outside)
            self.add(window, prod(blocks) * window.words_per_block)
            self._slice(stage.name, patch_bits)
        elif outside:
            self._whole_frame(stage)
        pixels, pipeline = 1 if pool else f.m, self._pipeline(stage, f)
        out_bits = f.pe * pixels * stage.element.bits
        unit = MatrixPlan(
            name=stage.name, stage=stage.name, pe=f.pe, group=f.group, taps=f.taps,
            block=f.block, stride=stage.stride, dilation=stage.dilation, neuron_fold=neuron_fold,
            synapse_fold=synapse_fold, blocks=blocks, pool=pool.name if pool else None,
            zero_flags=zero_flags, pipeline=pipeline,
            depth=MatrixPlan.full_rate_depth(synapse_fold, pipeline),
            storage=f.storage or _in_bitstream(neuron_fold * synapse_fold),
            weight_bits=stage.weight_bits, index_bits=f.codebook or 0, depthwise=stage.depthwise,
            products=f.products or Products.LOGIC, in_bits=patch_bits, out_bits=out_bits,
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
        self._matrix_layer(stage, f, unit, matrix_cycles(stage, pool, f))

    def stationary(self, stage: Matrix, f: Folding) -> None:
        """Lay out a matrix stage whose weight words each stay for all pixels of some rows."""
        outputs, ky, kx, channels = stage.weights.shape
        out_rows, out_columns, _ = stage.out_shape
        planes = self.planes
        if planes is not None and (
            planes.maps > 1
            or f.group % self.group
            or (planes.rows, planes.columns) != stage.in_shape[:2]
        ):
            self.raster()
        if self.planes is None:
            self.regroup(f.group, stage.name, stage.name)
        neuron_fold = outputs // f.pe
        synapse_fold = ky * kx * (channels // f.group)
        passes = out_rows // f.rows
        zero_flags, outside = stage.pad is None, f.storage == WeightStorage.EXTERNAL
        patch_bits = f.group * self.bits + zero_flags
        plain = (ky, kx) == (1, 1) == stage.stride and not any(stage.padding)
        # Planes may come as they are where each is wanted once, and whole.
        as_it_is = self.planes is not None and self.group == f.group and neuron_fold == passes == 1
        if not (plain and as_it_is):
            map_buffer = MapPlan(
                name=f"{stage.name}_map", stage=stage.name, in_shape=stage.in_shape,
                bits=self.bits, planes=self.planes.count if self.planes else 1, maps=1,
                kernel=(ky, kx), stride=stage.stride, dilation=stage.dilation,
                padding=stage.padding,
                pad=None if zero_flags else (stage.pad or 0) & ((1 << self.bits) - 1),
                out_pixels=(out_rows, out_columns), rows=f.rows, group=f.group, repeats=neuron_fold,
                raster=False, slots=stage.in_shape[0], in_bits=self.word_bits, out_bits=patch_bits,
            )  # fmt: skip
            map_buffer = map_buffer.at_full_rate(least=stage.in_shape[0] * outside)
            self.add(map_buffer, map_buffer.passes * map_buffer.reads_per_pass)
            self._slice(stage.name, patch_bits)
        elif outside:
            self._whole_frame(stage)
        pipeline = self._pipeline(stage, f)
        depth = MatrixPlan.full_rate_depth(synapse_fold, pipeline, f.rows * out_columns)
        unit = MatrixPlan(
            name=stage.name, stage=stage.name, pe=f.pe, group=f.group, taps=(1, 1), block=(1, 1),
            stride=stage.stride, dilation=stage.dilation, neuron_fold=neuron_fold,
            synapse_fold=synapse_fold, blocks=(out_rows, out_columns), pool=None,
            zero_flags=zero_flags, pipeline=pipeline, depth=depth,
            storage=f.storage or _in_bitstream(neuron_fold * synapse_fold),
            weight_bits=stage.weight_bits, index_bits=f.codebook or 0, hold=f.rows * out_columns,
            products=f.products or Products.LOGIC,
            in_bits=patch_bits, out_bits=f.pe * stage.element.bits,
        )  # fmt: skip
        self.add(unit, out_rows * out_columns * neuron_fold)
        self.bits, self.group = stage.element.bits, f.pe
        self.planes = Planes(f.rows, out_columns, neuron_fold, passes) if neuron_fold > 1 else None
        self.fused = None
        self._matrix_layer(stage, f, unit, out_rows * out_columns * neuron_fold * synapse_fold)

    def _whole_frame(self, stage: Matrix) -> None:
        """Keep a frame ahead of a stage that reads each word once; the simulator keeps less."""
        fifo = Fifo(
            name=f"{stage.name}_fifo", stage=stage.name, depth=max(2, self.words),
            in_bits=self.word_bits, out_bits=self.word_bits,
        )  # fmt: skip
        self.add(fifo, self.words)

    def _matrix_layer(self, stage: Matrix, f: Folding, unit: MatrixPlan, cycles: int) -> None:
        self._layer(
            stage,
            pe=f.pe,
            simd=f.simd,
            m=f.m,
            storage=unit.storage,
            weight_bits=stage.weights.size * unit.stored_bits,
            index_bits=unit.index_bits,
            weight_reads=unit.weight_rounds if unit.external else 0,
            cycles=cycles,
            macs=stage.weights.size * stage.out_shape[0] * stage.out_shape[1],
            binary=stage.counts,
            products=f.products,
        )

    def _layer(
        self,
        stage: Stage,
        *,
        pe: int = 0,
        simd: int = 0,
        m: int = 1,
        storage: WeightStorage | None = None,
        weight_bits: int = 0,
        index_bits: int = 0,
        weight_reads: int = 0,
        cycles: int,
        macs: int = 0,
        binary: bool = False,
        form: str | None = None,
        products: Products | None = None,
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
                weight_reads,
                products,
                index_bits,
            )
        )


def _in_bitstream(words: int) -> WeightStorage:
    """Where weights lie that nothing was asked for."""
    return WeightStorage.CONSTANT if words == 1 else WeightStorage.MEMORY


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
