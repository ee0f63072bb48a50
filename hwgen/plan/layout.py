"""Units and streams of a network, laid out stage by stage."""

from dataclasses import dataclass, replace
from math import gcd, prod

from hwgen.model.integer import (
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
from hwgen.plan.folding import Folding, blocks_of, fusable_pool, matrix_cycles
from hwgen.plan.pipeline import Pipeline
from hwgen.plan.plan import LayerPlan, Stream
from hwgen.plan.units import (
    CombinePlan,
    Convert,
    Fifo,
    Fork,
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

__all__ = ["Layout"]


@dataclass(frozen=True)
class _Open:
    """A stream that no unit takes yet: where it comes from, and its words."""

    unit: Unit | None
    """None is the input."""
    port: str
    bits: int
    group: int
    words: int


class Layout:
    """Units so far, and the format of the open stream, which the next unit takes."""

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
        self.last: Unit | None = None
        """Unit that the open stream comes from; None is the input."""
        self.port = "o"
        self._kept: dict[str, list[_Open]] = {}
        self._readers = {
            name: sum(s.sources.count(name) for s in network.stages)
            for name in ("input", *(s.name for s in network.stages))
        }

    @property
    def word_bits(self) -> int:
        """Width of the open stream."""
        return self.group * self.bits

    def add(self, unit: Unit, words_out: int) -> None:
        """Close the open stream with ``unit`` and open its output."""
        self._connect(unit, "i", unit.in_bits)
        self.units.append(unit)
        self.last, self.port, self.words = unit, "o", words_out

    def _connect(self, unit: Unit, port: str, bits: int) -> None:
        source = self.last.name if self.last else "input"
        name, count = f"{source}_to_{unit.name}", 1
        while any(stream.name == name for stream in self.streams):
            count += 1
            name = f"{source}_to_{unit.name}_{count}"
        self.streams.append(Stream(name, source, unit.name, bits, self.words, self.port, port))

    def open(self, source: str) -> None:
        """Take up the stream of a stage, or of the input, where it was left."""
        kept = self._kept[source]
        self._resume(kept[0] if len(kept) == 1 else kept.pop(0))

    def close(self, name: str) -> None:
        """Keep the open stream for the stages that read this one; part it if they are several."""
        readers = self._readers[name]
        if readers > 1:
            self._apart(f"{name}_fork")
            unit = Fork(
                name=f"{name}_fork", stage=name, count=readers,
                in_bits=self.word_bits, out_bits=self.word_bits,
            )  # fmt: skip
            self.add(unit, self.words)
        ports = [f"o_{k}" for k in range(readers)] if readers > 1 else ["o"]
        self._kept[name] = [
            _Open(self.last, port, self.bits, self.group, self.words) for port in ports
        ]

    def _resume(self, kept: _Open) -> None:
        self.last, self.port = kept.unit, kept.port
        self.bits, self.group, self.words = kept.bits, kept.group, kept.words

    def _apart(self, target: str) -> None:
        """Part two units that both pass `ready` through combinationally."""
        if isinstance(self.last, Register | CombinePlan | Fork):
            bits, stage = self.word_bits, self.last.stage
            name = f"{target}_fifo" if self.port == "o" else f"{target}_{self.port}_fifo"
            fifo = Fifo(name=name, stage=stage, depth=2, in_bits=bits, out_bits=bits)
            self.add(fifo, self.words)

    def other(self, stage: Stage) -> None:
        """Lay out a stage that has no folding of its own."""
        if isinstance(stage, Combine):
            self.combine(stage)
        elif isinstance(stage, Pool | SumPool):
            self.pool(stage)
        elif isinstance(stage, Requantise):
            self.requantise(stage)
        else:
            assert isinstance(stage, Levels | Threshold), stage
            self.register(stage)

    def combine(self, stage: Combine) -> None:
        """Lay out a sum or a concatenation: each source waits in a FIFO for the others.

        A sum takes as many channels a word as all sources can give, a concatenation whole pixels.
        FIFOs hold a frame; the simulator makes them as small as the full rate lets them be.
        """
        branches: list[_Open] = []
        channels = stage.out_shape[2]
        for name in stage.sources:
            self.open(name)
            branches.append(_Open(self.last, self.port, self.bits, self.group, self.words))
        group = gcd(*(branch.group for branch in branches))
        parts = []
        for k, (branch, source) in enumerate(zip(branches, stage.sources, strict=True)):
            self._resume(branch)
            whole = self._channels(source)
            fifo = Fifo(
                name=f"{stage.name}_fifo{k}", stage=stage.name, depth=max(2, self.words),
                in_bits=self.word_bits, out_bits=self.word_bits,
            )  # fmt: skip
            self.add(fifo, self.words)
            self.regroup(whole if stage.concat else group, f"{stage.name}_{k}", stage.name)
            parts.append(_Open(self.last, self.port, self.bits, self.group, self.words))
        widths = tuple(part.group * part.bits for part in parts)
        group = channels if stage.concat else group
        unit = CombinePlan(
            name=stage.name, stage=stage.name, parts=widths, elements=group,
            in_bits=sum(widths), out_bits=group * stage.element.bits,
        )  # fmt: skip
        for k, part in enumerate(parts):
            self._resume(part)
            self._connect(unit, f"i_{k}", self.word_bits)
        self.units.append(unit)
        self.last, self.port = unit, "o"
        self.bits, self.group = stage.element.bits, group
        self._layer(stage, pe=group, cycles=self.words)

    def _channels(self, source: str) -> int:
        for stage in self.network.stages:
            if stage.name == source:
                return stage.out_shape[2]
        return self.network.in_shape[2]

    def regroup(self, group: int, target: str, stage: str) -> None:
        """Convert the open stream to words of ``group`` elements."""
        common = gcd(self.group, group)
        if self.group > common:
            count = self.group // common
            self._apart(target)
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
        self._apart(stage.name)
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

    def pool(self, stage: Pool | SumPool) -> None:
        """Lay out a maximum or a sum over windows, unless it is joined to the stage before."""
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
            signed=stage.element.signed, total=isinstance(stage, SumPool),
            in_bits=self.word_bits + 1, out_bits=self.group * stage.element.bits,
        )  # fmt: skip
        self.add(unit, reads // taps)
        self.bits = stage.element.bits
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
        assert self.last is not None
        self.streams.append(
            Stream("output", self.last.name, "output", self.last.out_bits, self.words)
        )

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
        kinds: dict[type[Stage], str] = {
            Pool: "max_pool", SumPool: "average_pool", Levels: "levels", Threshold: "sign",
            Requantise: "quantise",
        }  # fmt: skip
        if isinstance(stage, Combine):
            kind = "concat" if stage.concat else "add"
        kind = kind or kinds[type(stage)]
        self.layers.append(
            LayerPlan(stage.name, kind, pe, simd, m, storage, weight_bits, cycles, macs, binary)
        )


def _sized(window: WindowPlan) -> WindowPlan:
    return replace(window, slots=window.full_rate_slots())
