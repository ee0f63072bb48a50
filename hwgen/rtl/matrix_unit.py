"""Matrix unit: folded matrix-vector products, with thresholds (MVTU) or without (MVU)."""

from amaranth.hdl import Cat, Const, Module, Signal, Value, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.processing_element import BinaryElement, PixelElement
from hwgen.rtl.stream_fifo import StreamFIFO

__all__ = ["MatrixUnit"]


class MatrixUnit(wiring.Component):
    """Products of patches with 1-bit weights, ``pe`` channels of a block of pixels at a time.

    Each cycle takes one patch and one weight word: ``simd`` weights for each of ``pe`` output
    channels, shared by all pixels of the block. After ``synapse_fold`` patches the accumulators
    hold the dot products; each is compared with its channel's threshold, and with ``fused_pool``
    the block's bits are joined by OR (AND where the channel says so) into one pixel.

    The pipeline never stalls. The last patch of an output is accepted only while a credit, that
    is a free word of the output FIFO, is left, so whatever is on its way has room.

    Order: patches as `SlidingWindow` puts them out, ``neuron_fold`` times over each block. Output:
    one word for each neuron fold. Latency: ``3 + pipeline`` cycles from the last patch of an
    output to its ``valid``. Interval: 1 patch a cycle.

    Parameters
    ----------
    parameters : MatrixParameters
        Folding, element format, weights and thresholds.

    Members
    -------
    i : In(stream of unsigned(parameters.patch_bits))
    o : Out(stream of unsigned(parameters.output_bits))
    """

    def __init__(self, *, parameters: MatrixParameters):
        self.parameters = parameters
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(parameters.patch_bits))),
                "o": Out(stream.Signature(unsigned(parameters.output_bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build control, weight memory, processing elements, thresholds and output FIFO."""
        m = Module()
        p = self.parameters
        m.submodules.fifo = fifo = StreamFIFO(width=p.output_bits, depth=p.depth)
        wiring.connect(m, fifo.o, wiring.flipped(self.o))

        step, last = Signal(), Signal()
        (synapse,), (group_end,) = loop_nest(m, step, (p.synapse_fold,), names=("synapse",))
        credits = Signal(range(p.depth + 1), init=p.depth)
        m.d.comb += [
            last.eq(synapse == p.synapse_fold - 1),
            self.i.ready.eq(~last | (credits != 0)),
            step.eq(self.i.valid & self.i.ready),
        ]
        m.d.sync += credits.eq(credits - group_end + (fifo.o.valid & fifo.o.ready))

        patch = Signal(p.patch_bits, reset_less=True)
        m.d.sync += patch.eq(self.i.payload)
        word = self._table(m, "weights", p.weight_words(), p.pe * p.simd, step)
        weights = [word.word_select(n, p.simd) for n in range(p.pe)]

        # Control travels beside the data: it leaves `delays` stages later, with the count.
        control = Cat(step, synapse == 0, group_end)
        for stage in range(1 + p.pipeline):
            delayed = Signal(3, name=f"control{stage + 1}")
            m.d.sync += delayed.eq(control)
            control = delayed
        accumulate, first, done = control[0], control[1], Signal()
        m.d.sync += done.eq(control[0] & control[2])

        accumulators = [
            [
                self._element(m, f"pe{n}_{k}", patch, weights[n], k, accumulate, first)
                for k in range(p.pixels)
            ]
            for n in range(p.pe)
        ]
        m.d.comb += fifo.i.valid.eq(done)
        if p.thresholds is None:
            scores = [self._score(accumulators[n][k]) for k in range(p.pixels) for n in range(p.pe)]
            m.d.comb += fifo.i.payload.eq(Cat(*scores))
        else:
            m.d.comb += fifo.i.payload.eq(self._bits(m, control[0] & control[2], accumulators))
        return m

    def _table(self, m: Module, name: str, words: list[int], bits: int, step: Value) -> Value:
        """Words of a constant table in turn, one a step, each in the cycle after its step."""
        if len(words) == 1:
            return Const(words[0], bits)
        table = memory.Memory(shape=unsigned(bits), depth=len(words), init=words)
        m.submodules[name] = table
        port = table.read_port()
        address = Signal(range(len(words)), name=f"{name}_address")
        with m.If(step):
            m.d.sync += address.eq(address + 1)
            with m.If(address == len(words) - 1):
                m.d.sync += address.eq(0)
        m.d.comb += [port.addr.eq(address), port.en.eq(1)]
        return port.data

    def _element(
        self,
        m: Module,
        name: str,
        patch: Value,
        weights: Value,
        pixel: int,
        accumulate: Value,
        first: Value,
    ) -> Value:
        """One processing element for one pixel of the block; returns its accumulator."""
        p = self.parameters
        width = p.group * p.bits
        places = p.lane_places(pixel)
        inputs = Cat(patch.word_select(place, width) for place in places)
        if p.bipolar:
            element = BinaryElement(
                simd=p.simd,
                acc_bits=p.acc_bits,
                pipeline=p.pipeline,
                zero_flags=p.zero_flags,
            )
            if p.zero_flags:
                flags = patch[p.patch_pixels * width :]
                zero = Cat(flags[place].replicate(p.group) for place in places)
                m.d.comb += element.zero.eq(zero)
        else:
            element = PixelElement(
                simd=p.simd,
                bits=p.bits,
                signed_input=p.signed_input,
                acc_bits=p.acc_bits,
                pipeline=p.pipeline,
            )
        m.submodules[name] = element
        m.d.comb += [
            element.x.eq(inputs),
            element.w.eq(weights),
            element.accumulate.eq(accumulate),
            element.first.eq(first),
        ]
        return element.acc

    def _score(self, acc: Value) -> Value:
        """Signed dot product of an accumulator."""
        p = self.parameters
        if not p.bipolar:
            return acc[: p.score_bits]
        doubled = acc if p.zero_flags else Cat(Const(0, 1), acc)
        return (doubled - p.products)[: p.score_bits]

    def _bits(self, m: Module, last: Value, accumulators: list[list[Value]]) -> Value:
        """Compare with the thresholds; join the block's bits where the pool is fused."""
        p = self.parameters
        # The accumulators' last step asks for the limits, which then arrive together with them.
        word = self._table(m, "thresholds", p.threshold_words(), p.threshold_word_bits, last)
        bits = p.acc_bits + 1
        limits = [word.word_select(n, bits) for n in range(p.pe)]
        if not p.bipolar:
            limits = [limit.as_signed() for limit in limits]
        minimum = word[p.pe * bits :]

        def fires(n: int, k: int) -> Value:
            return accumulators[n][k] >= limits[n]

        if not p.fused_pool:
            return Cat(fires(n, k) for k in range(p.pixels) for n in range(p.pe))
        channels = []
        for n in range(p.pe):
            block = Cat(fires(n, k) for k in range(p.pixels))
            joined: Value = block.any()
            if p.minimum is not None:
                joined = (minimum[n] & block.all()) | (~minimum[n] & joined)
            channels.append(joined)
        return Cat(*channels)
