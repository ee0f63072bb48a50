"""Stationary unit: matrix-vector products of many pixels with each weight word."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import memory, wiring

from hwgen.rtl.constant_table import rows_of
from hwgen.rtl.fed_unit import FedUnit, registered
from hwgen.rtl.loops import index_bits, loop_nest
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.placed_element import place_element, score_of, shared_inputs
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.rtl.table_words import words_in_turn
from hwgen.rtl.weight_sources import WeightSource

__all__ = ["StationaryUnit", "least_hold"]


class StationaryUnit(FedUnit):
    """Products of pixels with weights, ``pe`` channels at a time, weights outer, pixels inner.

    Each weight word stays for ``hold`` pixels, one a cycle; their sums lie in a memory, one for
    each pixel and output lane, until ``synapse_fold`` words have gone by. A sum starts from minus
    its threshold, so that its sign is the output. A weight is so read once for all pixels, at the
    price of that memory; FINN's and others' units keep the pixel and read the weights again.

    The pipeline never stalls. A pixel that ends a sum is accepted only while a credit, that is a
    free word of the output FIFO, is left.

    Order: pixels as `MapBuffer` puts them out. Output: for each neuron fold a word of each pixel.
    Latency: ``4 + pipeline`` cycles from the last pixel of an output to its ``valid``. Interval:
    1 pixel a cycle. Reset for a clock before the first. No pixel is accepted while the source of
    the weights is not ready.

    Parameters and members are those of `FedUnit`; ``hold`` is at least `least_hold`.
    """

    def __init__(
        self,
        *,
        parameters: MatrixParameters,
        weights: WeightSource | None = None,
        model: bool = False,
    ):
        least = least_hold(parameters.pipeline)
        if parameters.hold < least:
            raise ValueError(f"hold must be at least {least}, not {parameters.hold!r}")
        if parameters.pipeline > 3:
            raise ValueError(f"pipeline must be at most 3, not {parameters.pipeline!r}")
        super().__init__(parameters=parameters, weights=weights, model=model)

    def elaborate(self, platform: object) -> Module:
        """Build control, weight source, elements, the memory of sums, and the output FIFO."""
        m = Module()
        p = self.parameters
        m.submodules.fifo = fifo = StreamFIFO(width=p.output_bits, depth=p.depth)
        wiring.connect(m, fifo.o, wiring.flipped(self.o))

        step = Signal()
        loops = {"pixel": p.hold, "synapse": p.synapse_fold}
        (_, synapse), (word_end, fold_end) = loop_nest(
            m, step, tuple(loops.values()), names=tuple(loops)
        )
        last = synapse == p.synapse_fold - 1
        credits = Signal(range(p.depth + 1), init=p.depth)
        room, supplied = ~last | (credits != 0), self.weights.ready(self)
        m.d.comb += [
            self.i.ready.eq(room if supplied is None else room & supplied),
            step.eq(self.i.valid & self.i.ready),
        ]
        m.d.sync += credits.eq(credits - (step & last) + (fifo.o.valid & fifo.o.ready))

        # Control travels beside the data: after `summed` stages the elements have their sums.
        summed = 2 + p.pipeline
        flags = Cat(step, synapse == 0, last, fold_end)
        control: list[Value] = [flags]
        for stage in range(summed + 1):
            delayed = Signal(4, name=f"control{stage + 1}")
            m.d.sync += delayed.eq(control[-1])
            control.append(delayed)
        partial = self._partial(m, word_end, control[summed - 1])

        slow = p.pipeline == 3
        ended = control[summed - 1 - slow]
        bits = p.pe * p.sizes.start_bits
        table = rows_of(p.start_words(), bits)
        words = words_in_turn(m, "thresholds", table, bits, ended[0] & ended[3])
        starts = registered(m, words, "thresholds_held") if slow else words
        now = control[summed]
        sums = self._sums(m, control, summed, partial, starts)
        outputs = [score_of(p.sizes, s) if p.thresholds is None else ~s[-1] for s in sums]
        given = Signal(p.output_bits, name="given", reset_less=True)
        m.d.sync += given.eq(Cat(*outputs))
        done = Signal()
        m.d.sync += done.eq(now[0] & now[2])
        m.d.comb += [fifo.i.valid.eq(done), fifo.i.payload.eq(given)]
        return m

    def _partial(self, m: Module, word_end: Value, accumulate: Value) -> list[Value]:
        """Sum of each output lane's products with a pixel."""
        p = self.parameters
        sizes = p.element_sizes
        ahead = sizes.kind == "counter"
        patch: Value = self.i.payload
        if not ahead and sizes.kind != "pixel":
            patch = registered(m, patch, "patch")
        word = self.weight_word(m, word_end, ahead=ahead)
        if p.slow_memories:
            patch = registered(m, patch, "patch_held")
            word = registered(m, word, "weights_held")
        inputs = shared_inputs(m, "pairs", sizes, patch[: p.group * p.bits], p.simd)
        zero = patch[p.group * p.bits :].replicate(p.simd) if p.zero_flags else Const(0, 0)
        sums = []
        for n in range(p.pe):
            acc = place_element(
                m, f"pe{n}", sizes,
                simd=p.simd, pipeline=p.pipeline, model=self.model, inputs=inputs, zero=zero,
                weights=word.word_select(n, p.simd * p.weight_bits), accumulate=accumulate[0],
                first=1, bias=Const(0),
            )  # fmt: skip
            sums.append(acc.as_unsigned() if sizes.counts else acc)
        return sums

    def _sums(
        self, m: Module, control: list[Value], summed: int, partial: list[Value], starts: Value
    ) -> list[Value]:
        """Sums with those of a pixel added; those that go on are written back."""
        p = self.parameters
        bits, slow = p.sizes.start_bits, p.pipeline == 3
        now = control[summed]
        if p.synapse_fold == 1:
            return _added(m, starts, partial, bits)
        read_step = control[summed - 1 - slow][0]
        (pixel,), _ = loop_nest(m, read_step, (p.hold,), names=("sum",))
        address: Value = pixel
        for stage in range(1 + slow):
            address = registered(m, address, f"sum{stage + 1}")
        # A sum is read again `hold` cycles or more after it was read, and so behind its write.
        attrs: dict[str, Any] = {"no_rw_check": 1}
        mem = memory.Memory(shape=unsigned(p.pe * bits), depth=max(2, p.hold), init=[], attrs=attrs)
        m.submodules.sums = mem
        write, read = mem.write_port(), mem.read_port()
        m.d.comb += [read.addr.eq(pixel), read.en.eq(1)]
        kept = registered(m, read.data, "sums_held") if slow else read.data
        sums = _added(m, Mux(now[1], starts, kept), partial, bits)
        m.d.comb += [
            write.addr.eq(address[: index_bits(max(2, p.hold))]),
            write.data.eq(Cat(*sums)),
            write.en.eq(now[0] & ~now[2]),
        ]
        return sums


def least_hold(pipeline: int) -> int:
    """Pixels from which on a sum is back in its memory before it is read again."""
    return 3 if pipeline == 3 else 2


def _added(m: Module, before: Value, partial: list[Value], bits: int) -> list[Value]:
    """Each lane's sum, wrapping round; what is kept in between need not fit."""
    sums: list[Value] = []
    for n, part in enumerate(partial):
        total = Signal(bits, name=f"total{n}")
        m.d.comb += total.eq(before.word_select(n, bits) + part)
        sums.append(total)
    return sums
