"""Matrix unit: folded matrix-vector products, with thresholds (MVTU) or without (MVU)."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring

from hwgen.rtl.constant_table import rows_of
from hwgen.rtl.fed_unit import FedUnit, registered
from hwgen.rtl.loops import loop_nest
from hwgen.rtl.parted_bias import parted_bias
from hwgen.rtl.placed_element import place_element, score_of, shared_inputs
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.rtl.table_words import words_in_turn

__all__ = ["MatrixUnit"]


class MatrixUnit(FedUnit):
    """Products of patches with weights, ``pe`` channels of a block of pixels at a time.

    Each cycle takes one patch and one weight word: ``simd`` weights for each of ``pe`` output
    channels, shared by all pixels of the block. After ``synapse_fold`` patches the accumulators
    hold the dot products; each is compared with its channel's threshold, and with ``fused_pool``
    the block's bits are joined by OR (AND where the channel says so) into one pixel.

    The pipeline never stalls. The last patch of an output is accepted only while a credit, that
    is a free word of the output FIFO, is left, so whatever is on its way has room.

    Order: patches as `SlidingWindow` puts them out, ``neuron_fold`` times over each block, or if
    ``depthwise`` once, those of ``pe`` channels after another. Output: one word for each neuron
    fold. Latency: ``3 + pipeline`` cycles from the last patch of an output to its ``valid``.
    Interval: 1 patch a cycle. Reset for a clock before the first patch. No patch is accepted while
    the source of the weights is not ready: with SPRAM, until they are loaded.

    Parameters and members are those of `FedUnit`.
    """

    def elaborate(self, platform: object) -> Module:
        """Build control, weight source, processing elements, thresholds and output FIFO."""
        m = Module()
        p = self.parameters
        m.submodules.fifo = fifo = StreamFIFO(width=p.output_bits, depth=p.depth)
        wiring.connect(m, fifo.o, wiring.flipped(self.o))

        step, last = Signal(), Signal()
        (synapse,), (group_end,) = loop_nest(m, step, (p.synapse_fold,), names=("synapse",))
        credits = Signal(range(p.depth + 1), init=p.depth)
        room, supplied = ~last | (credits != 0), self.weights.ready(self)
        m.d.comb += [
            last.eq(synapse == p.synapse_fold - 1),
            self.i.ready.eq(room if supplied is None else room & supplied),
            step.eq(self.i.valid & self.i.ready),
        ]
        m.d.sync += credits.eq(credits - group_end + (fifo.o.valid & fifo.o.ready))

        # A counter has its registers behind its first LUTs: no others are needed ahead of it.
        ahead = p.element == "counter"
        patch = self.i.payload
        if not ahead and p.element != "pixel":
            patch = Signal(p.patch_bits, reset_less=True)
            m.d.sync += patch.eq(self.i.payload)
        if p.slow_memories:
            patch = registered(m, patch, "patch_held")
        if p.depthwise:
            inputs = [[self._inputs(m, patch, k, n) for k in range(p.pixels)] for n in range(p.pe)]
        else:
            inputs = [[self._inputs(m, patch, k) for k in range(p.pixels)]] * p.pe
        word = self.weight_word(m, step, ahead=ahead)
        if p.slow_memories:
            word = registered(m, word, "weights_held")
        weights = [word.word_select(n, p.simd * p.weight_bits) for n in range(p.pe)]

        # Control travels beside the data: it leaves `1 + pipeline` stages later, with the count.
        control = [Signal(3, name="control0")]
        m.d.comb += control[0].eq(Cat(step, synapse == 0, group_end))
        for stage in range(1 + p.pipeline):
            delayed = Signal(3, name=f"control{stage + 1}")
            m.d.sync += delayed.eq(control[-1])
            control.append(delayed)
        done = Signal()
        m.d.sync += done.eq(control[-1][0] & control[-1][2])
        # The limits of an output arrive one cycle after they are asked for: with its first count
        # where sums start from them, else after its last.
        stage, place = (-2, 1) if p.biased else (-1, 2)
        # Counts take their bias ahead of the register behind them.
        stage -= (p.pipeline >= 3) + (p.element == "counter" and p.biased and p.pipeline > 0)
        asked, started = control[stage][0] & control[stage][place], control[-1][0] & control[-1][1]
        uppers: Sequence[Value | None] = [None] * p.pe
        if p.added_bits is None:
            limits, minimum = self._limits(m, asked, started)
        else:
            limits, uppers, minimum = parted_bias(m, p, control, synapse)
            minimum = self._kept(m, minimum, started)

        # Where each sum is of one patch, no adder keeps one.
        first = control[-1][1] if p.synapse_fold > 1 else 1
        form = {"simd": p.simd, "pipeline": p.pipeline, "model": self.model, "first": first}
        accumulators = [
            [
                place_element(
                    m,
                    f"pe{n}_{k}",
                    p.sizes,
                    inputs=inputs[n][k][0],
                    zero=inputs[n][k][1],
                    weights=weights[n],
                    accumulate=control[-1][0],
                    bias=limits[n],
                    upper=uppers[n],
                    **form,
                )
                for k in range(p.pixels)
            ]
            for n in range(p.pe)
        ]
        m.d.comb += fifo.i.valid.eq(done)
        if p.thresholds is None:
            scores = [[score_of(p.sizes, acc) for acc in row] for row in accumulators]
            block = [scores[n][k] for k in range(p.pixels) for n in range(p.pe)]
            m.d.comb += fifo.i.payload.eq(Cat(*block))
        else:
            m.d.comb += fifo.i.payload.eq(self._bits(accumulators, limits, minimum))
        return m

    def _limits(self, m: Module, asked: Value, started: Value) -> tuple[list[Value], Value]:
        """Limit or bias of each channel, and which channels are joined by AND."""
        p = self.parameters
        if p.thresholds is None and not p.biased:
            return [Const(0)] * p.pe, Const(0)
        # Counts that begin no sum have no bias.
        added = p.element == "counter"
        bits = p.threshold_word_bits
        words = rows_of(p.threshold_words(), bits)
        word = words_in_turn(m, "thresholds", words, bits, asked, rest=added)
        if p.pipeline >= 3:
            word = registered(m, word, "thresholds_held")
        limits = [word.word_select(n, p.limit_bits) for n in range(p.pe)]
        minimum = word[p.pe * p.limit_bits :]
        if p.biased and p.minimum is not None:
            if added and p.pipeline:
                minimum = registered(m, minimum, "minimum_held")
            minimum = self._kept(m, minimum, started)
        return limits, minimum

    def _kept(self, m: Module, minimum: Value, started: Value) -> Value:
        """Channels joined by AND: by the time that the sum is there the table has moved on."""
        if self.parameters.minimum is None:
            return minimum
        kept = Signal(self.parameters.pe, name="minimum", reset_less=True)
        with m.If(started):
            m.d.sync += kept.eq(minimum)
        return kept

    def _inputs(
        self, m: Module, patch: Value, pixel: int, channel: int | None = None
    ) -> tuple[Value, Value]:
        """Inputs of the elements of one pixel of the block, and flags of those that are zero.

        With a ``channel``, of the element that reads this one alone.
        """
        p = self.parameters
        first, lanes, name = 0, p.group, f"pairs{pixel}"
        if channel is not None:
            first, lanes, name = channel, 1, f"pairs{channel}_{pixel}"
        places = p.lane_places(pixel)
        inputs = Cat(
            patch.bit_select((place * p.group + first) * p.bits, lanes * p.bits) for place in places
        )
        inputs = shared_inputs(m, name, p.sizes, inputs, p.simd)
        flags = patch[p.patch_pixels * p.group * p.bits :]
        return inputs, Cat(flags[place].replicate(lanes) for place in places if p.zero_flags)

    def _bits(self, accumulators: list[list[Value]], limits: list[Value], minimum: Value) -> Value:
        """Compare with the thresholds; join the block's bits where the pool is fused."""
        p = self.parameters

        def fires(n: int, k: int) -> Value:
            acc, limit = accumulators[n][k], limits[n]
            return ~acc[-1] if p.biased else acc >= limit

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
