"""Lay out the units and streams of a folded network."""

from collections.abc import Mapping
from dataclasses import replace
from math import gcd, prod

from hwgen.errors import ModelError
from hwgen.model.integer import (
    IntegerNetwork,
    Levels,
    Matrix,
    Pool,
    Requantise,
    Stage,
    Threshold,
)
from hwgen.plan.devices import find_device
from hwgen.plan.folding import Folding, blocks_of, fusable_pool, matrix_cycles
from hwgen.plan.pipeline import Pipeline, choose_pipeline
from hwgen.plan.plan import LayerPlan, Plan, Stream
from hwgen.plan.units import (
    Convert,
    Fifo,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    RequantisePlan,
    Scores,
    Slice,
    Unit,
    WindowPlan,
)

__all__ = ["Layout", "build_plan"]

PORTS = frozenset(
    ["clk", "rst", "input", "output"]
    + [
        f"s_{port}_{signal}"
        for port in ("axis", "weights")
        for signal in ("tdata", "tvalid", "tready")
    ]
    + ["weights_loaded"]
    + [
        f"m_axis_{signal}"
        for signal in ("tdata", "tvalid", "tready", "tlast", "tuser", "count", "end")
    ]
)
"""Names that the top module has already, for its ports and inside."""


def build_plan(
    network: IntegerNetwork,
    folding: Mapping[str, Folding],
    *,
    device: str = "generic",
    clock_mhz: float | None = None,
) -> Plan:
    """Plan of a network under a folding that divides (see `parse_folding`).

    Raises
    ------
    ModelError
        If a layer's name is also the name of a unit made for another layer.
    """
    layout = Layout(network, choose_pipeline(find_device(device), clock_mhz))
    for index, stage in enumerate(network.stages):
        if isinstance(stage, Matrix):
            layout.matrix(index, stage, folding[stage.name])
        elif isinstance(stage, Pool):
            layout.pool(stage)
        elif isinstance(stage, Levels | Threshold):
            layout.register(stage)
        elif isinstance(stage, Requantise):
            layout.requantise(stage)
    layout.finish()
    names = [u.name.lower() for u in layout.units]
    for unit in layout.units:
        name = unit.name.lower()
        if names.count(name) > 1 or name == network.name.lower() or name in PORTS:
            raise ModelError(
                f"{network.source}: layer {unit.stage!r}: its unit {unit.name!r} collides with "
                "another name in the Verilog"
            )
    return Plan(
        network.name,
        device,
        clock_mhz,
        tuple(layout.units),
        tuple(layout.streams),
        tuple(layout.layers),
        {name: f.as_json() for name, f in folding.items()},
    )


class Layout:
    """Units so far, and the format of the stream that the last one puts out."""

    def __init__(self, network: IntegerNetwork, pipeline: Pipeline):
        self.network = network
        self.pipeline = pipeline
        self.units: list[Unit] = []
        self.streams: list[Stream] = []
        self.layers: list[LayerPlan] = []
        self.fused: Pool | None = None
        height, width, channels = network.in_shape
        self.bits = 8
        self.group = channels
        self.words = height * width
        """Words a frame on the open stream."""

    @property
    def word_bits(self) -> int:
        """Width of the open stream."""
        return self.group * self.bits

    def add(self, unit: Unit, words_out: int) -> None:
        """Close the open stream with ``unit`` and open its output."""
        source = self.units[-1].name if self.units else "input"
        name = f"{source}_to_{unit.name}"
        self.streams.append(Stream(name, source, unit.name, unit.in_bits, self.words))
        self.units.append(unit)
        self.words = words_out

    def regroup(self, group: int, target: str, stage: str) -> None:
        """Convert the open stream to words of ``group`` elements."""
        common = gcd(self.group, group)
        if self.group > common:
            count = self.group // common
            if self.units and isinstance(self.units[-1], Register):
                # Both pass `ready` through combinationally: keep a register between them.
                self.add(
                    Fifo(
                        name=f"{target}_fifo", stage=stage, depth=2,
                        in_bits=self.word_bits, out_bits=self.word_bits,
                    ),
                    self.words,
                )  # fmt: skip
            self._convert(f"{target}_unpack", stage, count, False, common)
        if group > common:
            self._convert(f"{target}_pack", stage, group // common, True, group)

    def _convert(self, name: str, stage: str, count: int, up: bool, group: int) -> None:
        unit = Convert(
            name=name, stage=stage, count=count, up=up,
            in_bits=self.word_bits, out_bits=group * self.bits,
        )  # fmt: skip
        self.add(unit, self.words // count if up else self.words * count)
        self.group = group

    def _slice(self, stage: str, bits: int) -> None:
        """Part the unit before from what follows, where the clock asks for it."""
        if self.pipeline.slices:
            name = f"{stage}_slice"
            self.add(Slice(name=name, stage=stage, in_bits=bits, out_bits=bits), self.words)

    def register(self, stage: Levels | Threshold) -> None:
        """Lay out a stage of one register."""
        role = "levels" if isinstance(stage, Levels) else "threshold"
        if self.units and isinstance(self.units[-1], Register):
            bits = self.word_bits
            fifo = Fifo(
                name=f"{stage.name}_fifo", stage=stage.name, depth=2, in_bits=bits, out_bits=bits
            )
            self.add(fifo, self.words)
        unit = Register(
            name=stage.name, stage=stage.name, role=role, elements=self.group,
            in_bits=self.word_bits, out_bits=self.group * stage.element.bits,
        )  # fmt: skip
        self.add(unit, self.words)
        self.bits = stage.element.bits
        self._layer(stage, pe=self.group, cycles=self.words)

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

    def matrix(self, index: int, stage: Matrix, f: Folding) -> None:
        """Lay out matrix stage number ``index``."""
        pool = fusable_pool(self.network, index)
        if pool is not None and f.block != pool.window:
            pool = None
        blocks = blocks_of(stage, pool, f.block)
        outputs, ky, kx, channels = stage.weights.shape
        neuron_fold = outputs // f.pe
        synapse_fold = (ky // f.taps[0]) * (kx // f.taps[1]) * (channels // f.group)
        zero_flags = stage.pad is None
        self.regroup(f.group, stage.name, stage.name)

        plain = (ky, kx) == (1, 1) == stage.stride == f.block and not any(stage.padding)
        patch = tuple(
            s * (b - 1) + t for s, b, t in zip(stage.stride, f.block, f.taps, strict=True)
        )
        patch_bits = prod(patch) * (self.word_bits + zero_flags)
        if not (plain and neuron_fold == 1):
            window = WindowPlan(
                name=f"{stage.name}_window", stage=stage.name, in_shape=stage.in_shape,
                bits=self.bits, kernel=(ky, kx), stride=stage.stride, padding=stage.padding,
                pad=None if stage.pad is None else stage.pad & ((1 << self.bits) - 1),
                block=f.block, taps=f.taps, blocks=blocks, group=f.group, repeats=neuron_fold,
                channels_outer=False, slots=1, in_bits=self.word_bits, out_bits=patch_bits,
            )  # fmt: skip
            window = _sized(window)
            self.add(window, prod(blocks) * window.words_per_block)
            self._slice(stage.name, patch_bits)
        pixels = 1 if pool else f.m
        out_bits = f.pe * pixels * stage.element.bits
        one_word = neuron_fold * synapse_fold == 1
        unit = MatrixPlan(
            name=stage.name, stage=stage.name, pe=f.pe, group=f.group, taps=f.taps,
            block=f.block, stride=stage.stride, neuron_fold=neuron_fold,
            synapse_fold=synapse_fold, blocks=blocks, pool=pool.name if pool else None,
            zero_flags=zero_flags, pipeline=self.pipeline.matrix,
            depth=MatrixPlan.full_rate_depth(synapse_fold, self.pipeline.matrix),
            storage=f.storage or ("constant" if one_word else "memory"),
            weight_bits=stage.weight_bits,
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
            kind="dense" if stage.in_shape[:2] == (1, 1) else "conv2d",
            pe=f.pe,
            simd=f.simd,
            m=f.m,
            storage=unit.storage,
            weight_bits=weights * stage.weight_bits,
            cycles=matrix_cycles(stage, pool, f),
            macs=weights * stage.out_shape[0] * stage.out_shape[1],
            binary=stage.in_element.bipolar and stage.weight_bits == 1,
        )

    def pool(self, stage: Pool) -> None:
        """Lay out a pool, unless it is joined to the stage before."""
        if self.fused is stage:
            self._layer(stage, cycles=0)
            return
        height, width, _ = stage.in_shape
        reach = [
            (o - 1) * s + w
            for o, s, w in zip(stage.out_shape, stage.stride, stage.window, strict=False)
        ]
        padding = (0, max(0, reach[0] - height), 0, max(0, reach[1] - width))
        window = WindowPlan(
            name=f"{stage.name}_window", stage=stage.name, in_shape=stage.in_shape,
            bits=self.bits, kernel=stage.window, stride=stage.stride, padding=padding, pad=None,
            block=(1, 1), taps=(1, 1), blocks=(stage.out_shape[0], stage.out_shape[1]),
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
            signed=stage.element.signed, in_bits=self.word_bits + 1, out_bits=self.word_bits,
        )  # fmt: skip
        self.add(unit, reads // taps)
        self._layer(stage, pe=self.group, cycles=reads)

    def finish(self) -> None:
        """Score output, where the network ends in scores; then the open stream is the output."""
        last = self.network.stages[-1]
        scale, offset = self.network.score_scale, self.network.score_offset
        if scale is not None and offset is not None:
            height, width, channels = last.out_shape
            uniform = len(set(scale)) == 1 and len(set(offset)) == 1 and scale[0] != 0
            argmax = ("max" if scale[0] > 0 else "min") if uniform and height * width == 1 else None
            bits, count = self.bits, channels // self.group
            unit = Scores(
                name=f"{last.name}_scores", stage=last.name, bits=bits, lanes=self.group,
                words=count, argmax=argmax, in_bits=self.word_bits, out_bits=0,
            )  # fmt: skip
            unit = replace(unit, out_bits=unit.data_bits + unit.index_bits + 1)
            self.add(unit, self.words * self.group)
        unit = self.units[-1]
        self.streams.append(Stream("output", unit.name, "output", unit.out_bits, self.words))

    def _layer(
        self,
        stage: Stage,
        *,
        kind: str | None = None,
        pe: int = 0,
        simd: int = 0,
        m: int = 1,
        storage: str = "none",
        weight_bits: int = 0,
        cycles: int,
        macs: int = 0,
        binary: bool = False,
    ) -> None:
        kinds = {Pool: "max_pool", Levels: "levels", Threshold: "sign", Requantise: "quantise"}
        kind = kind or kinds[type(stage)]
        self.layers.append(
            LayerPlan(stage.name, kind, pe, simd, m, storage, weight_bits, cycles, macs, binary)
        )


def _sized(window: WindowPlan) -> WindowPlan:
    return replace(window, slots=window.full_rate_slots())
