# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.hdl import Array, Assert, Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.deal import Deal
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.pack import Pack
from hwgen.rtl.scores import ScoreUnit
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.rtl.threshold import ThresholdUnit
from hwgen.rtl.unpack import Unpack as UnpackUnit
from hwgen.rtl.weight_sources import Spram, Streamed
from tests.rtl_bench import check, join_rows, record
from tests.timing_reference import PATTERNS, Fifo, Register, Rule, Trace, Unpack

RNG = np.random.default_rng(90)


class Ports(wiring.Component):
    """The AXI ports as streams ``i`` and ``o``; the payload of ``o`` is (tdata, tlast, tuser).

    Weights are loaded from power-on, whatever reset does.
    """

    def __init__(self, top: AxiTop):
        self.top = top
        results = [top.m_axis_tdata, top.m_axis_tlast]
        results += [top.m_axis_tuser] if "m_axis_tuser" in top.signature.members else []
        self.result = Cat(*results)
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(len(top.s_axis_tdata)))),
                "o": Out(stream.Signature(unsigned(len(self.result)))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.top = top = self.top
        m.d.comb += [
            top.s_axis_tdata.eq(self.i.payload),
            top.s_axis_tvalid.eq(self.i.valid),
            self.i.ready.eq(top.s_axis_tready),
            self.o.payload.eq(self.result),
            self.o.valid.eq(top.m_axis_tvalid),
            top.m_axis_tready.eq(self.o.ready),
        ]
        if top.loading:
            words = top.weight_words().tolist()
            place = Signal(range(len(words) + 1), reset_less=True)
            m.d.comb += [
                top.s_weights_tdata.eq(Array([*words, 0xFFFF])[place]),
                # It goes on offering when all are taken.
                top.s_weights_tvalid.eq(1),
            ]
            with m.If(top.s_weights_tready):
                m.d.sync += [
                    place.eq(place + 1),
                    Assert((place != len(words)) & ~top.weights_loaded),
                ]
        return m


class ThenUnpack(Rule):
    """FIFO of a depth, or a register, its words leaving in pieces."""

    def __init__(self, first: Rule, count: int):
        self.fifo = first
        self.count = count

    def visible(self, k: int, now: int, trace: Trace, offering: bool) -> bool:
        return self.fifo.visible(k // self.count, now, trace, offering)

    def accepts(self, k: int, now: int, trace: Trace) -> bool:
        return self.fifo.accepts(k, now, Trace(o=trace.o[self.count - 1 :: self.count]))


def dirty(words: list[int], bits: int) -> list[int]:
    """Fill the bits of the last byte that no element uses with ones."""
    return [word | ((1 << -(-bits // 8) * 8) - (1 << bits)) for word in words]


def bit_case(channels: int, pixels: int, frames: int = 3):
    """Thresholded 3-bit words, as -1 and +1; ``tlast`` marks each frame's last bit."""
    x = RNG.integers(0, 8, (frames * pixels, channels))
    limits = RNG.integers(1, 8, channels)
    ends = np.arange(x.size) % (pixels * channels) == pixels * channels - 1
    bits = (x >= limits).ravel()
    expected = [
        (0x01 if bit else 0xFF) | int(end) << 8 for bit, end in zip(bits, ends, strict=True)
    ]
    unit = ThresholdUnit(elements=channels, bits=3, signed=False, thresholds=limits)
    scores = ScoreUnit(
        bits=1, bipolar=True, lanes=channels, words=1, transfers_per_frame=pixels * channels
    )
    top = AxiTop(units=[("bits", unit), ("scores", scores)])
    return top, dirty(join_rows(x, 3), channels * 3), expected


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(("channels", "pixels"), [(1, 1), (3, 4), (8, 5), (9, 2)])
def test_bits_leave_as_numbers_and_tlast_ends_each_frame(channels, pixels, pattern):
    top, words, expected = bit_case(channels, pixels)
    assert len(top.s_axis_tdata) == -(-channels * 3 // 8) * 8
    assert len(top.m_axis_tdata) == 8
    assert "m_axis_tuser" not in top.signature.members
    check(Ports(top), words, expected, ThenUnpack(Register(), channels), pattern)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_units_are_a_chain(pattern):
    x = RNG.integers(0, 1 << 5, (18, 3))
    ends = np.arange(18 * 3) % 6 == 5
    words = dirty(join_rows(x, 5), 15)
    expected = [int(v) | int(e) << 8 for v, e in zip(x.ravel(), ends, strict=True)]
    scores = ScoreUnit(bits=5, lanes=1, words=3, transfers_per_frame=6, signed=False)
    units = [
        ("queue", StreamFIFO(width=15, depth=2)),
        ("split", UnpackUnit(width=5, count=3)),
        ("scores", scores),
    ]
    check(Ports(AxiTop(units=units)), words, expected, ThenUnpack(Fifo(2), 3), pattern)


def score_case(bits: int, lanes: int, frames: int = 6):
    """Signed scores, which fill whole bytes with their sign, and the best so far."""
    x = RNG.integers(-(1 << bits - 1), 1 << bits - 1, (frames, lanes))
    x[0] = -1
    data_bits = -(-bits // 8) * 8
    expected = []
    for frame in x:
        for k, score in enumerate(frame):
            best = int(np.argmax(frame[: k + 1]))
            data = int(score) & ((1 << data_bits) - 1)
            expected.append(data | int(k == lanes - 1) << data_bits | best << data_bits + 1)
    return join_rows(x, bits), expected


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(("bits", "lanes"), [(5, 4), (8, 3), (11, 2)])
def test_scores_leave_with_their_sign_and_the_class(bits, lanes, pattern):
    words, expected = score_case(bits, lanes)
    unit = ScoreUnit(bits=bits, lanes=lanes, words=1, transfers_per_frame=lanes, argmax="max")
    top = AxiTop(units=[("scores", unit)])
    assert len(top.m_axis_tdata) == -(-bits // 8) * 8
    check(Ports(top), dirty(words, bits * lanes), expected, Unpack(lanes), pattern)


def test_scores_of_several_pixels_have_no_class():
    unit = ScoreUnit(bits=5, lanes=2, words=1, transfers_per_frame=6, argmax="max")
    top = AxiTop(units=[("scores", unit)])
    assert "m_axis_tuser" not in top.signature.members
    words, expected = score_case(5, 6)
    # Three words of two scores make the frame; the class of the reference goes.
    words = [w >> 10 * k & 0x3FF for w in words for k in range(3)]
    check(Ports(top), dirty(words, 10), [e & 0x1FF for e in expected], Unpack(2), PATTERNS[1])


@pytest.mark.parametrize("reset_after", [4, 7, 8])
def test_reset_begins_a_frame(reset_after):
    top, words, expected = bit_case(3, 4)
    rule = ThenUnpack(Register(), 3)
    check(Ports(top), words, expected, rule, PATTERNS[1], reset_after=reset_after)


@pytest.mark.parametrize("reset_after", [0, 5, 20])
def test_weights_are_loaded_unit_by_unit_and_then_the_chain_works(reset_after):
    first, second = RNG.integers(0, 2, (2, 1, 4, 20)), RNG.integers(0, 2, (1, 2, 3, 4))
    x = RNG.integers(0, 2, (6, 20))
    signs = [2 * w.astype(int) - 1 for w in (first, second)]
    bits = ((2 * x - 1) @ signs[0].reshape(8, 20).T >= 0).reshape(6, 2, 4)
    scores = np.einsum("nsi,spi->np", 2 * bits - 1, signs[1][0])

    def unit(weights, thresholds):
        _, folds, _, simd = weights.shape
        reach = folds * simd
        parameters = MatrixParameters(
            weights=weights.astype(np.uint8), group=simd, acc_min=-reach, acc_max=reach,
            thresholds=thresholds,
        )  # fmt: skip
        return MatrixUnit(parameters=parameters, weights=Spram(), model=True)

    out = ScoreUnit(bits=5, lanes=3, words=1, transfers_per_frame=3)
    units = [
        ("a", unit(first, np.zeros((2, 4), np.int64))),
        ("b", unit(second, None)),
        ("out", out),
    ]
    top = AxiTop(units=units)
    # Words of 80 and 12 bits: two of five 16-bit words, then two of one.
    assert len(top.weight_words()) == 12
    words = dirty(join_rows(x.repeat(2, axis=0), 1), 20)
    trace, found = record(
        Ports(top), words, outputs=18, pattern=PATTERNS[0], reset_after=reset_after
    )
    assert trace.i[0] == max(0, 11 - reset_after - 1)
    assert [f & 0xFF for f in found] == [int(s) & 0xFF for s in scores.ravel()]
    assert "s_weights_tdata" in top.signature.members


def test_there_is_nothing_to_load_without_spram():
    top = AxiTop(units=[("out", ScoreUnit(bits=8, lanes=1, words=1, transfers_per_frame=1))])
    assert top.weight_words().size == 0
    assert not [name for name in top.signature.members if "weights" in name]


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^units must not be empty$"):
        AxiTop(units=[])
    with pytest.raises(ValueError, match=r"^units must end in a ScoreUnit, not StreamFIFO$"):
        AxiTop(units=[("queue", StreamFIFO(width=8, depth=1))])


LAYERS = ("first", "second")


def fed_top() -> tuple[AxiTop, list[int], list[int]]:
    """Two layers of one lane, the first with weights in SPRAM, the other with its own each frame.

    Also its words for SPRAM, and the packet.
    """
    rng = np.random.default_rng(5)
    sums = {"group": 16, "acc_min": -32, "acc_max": 32, "depth": 8}
    weights = [rng.integers(0, 2, (n, 2, 1, 16), np.uint8) for n in (16, 2)]
    limits = np.zeros((16, 1), np.int64)
    inner = MatrixParameters(weights=weights[0], thresholds=limits, **sums)
    outer = MatrixParameters(weights=weights[1], thresholds=None, **sums)
    top = AxiTop(
        units=[
            ("deal", Deal(counts=(4,))),
            ("first", MatrixUnit(parameters=inner, weights=Spram(), model=True)),
            ("pack", Pack(width=1, count=16)),
            ("second", MatrixUnit(parameters=outer, weights=Streamed(16), model=True)),
            ("scores", ScoreUnit(bits=7, lanes=1, words=2, transfers_per_frame=2)),
        ],
        streams=[
            ("deal", "o_0", "second", "i_weights"),
            ("first", "o", "pack", "i"),
            ("pack", "o", "second", "i"),
            ("second", "o", "scores", "i"),
        ],
        entry=("first", "i"),
    )
    return top, top.weight_words().tolist(), outer.weight_words()


def fed_run(words: list[tuple[int, int]], cycles: int = 480):
    """Scores and the cycle of ``weights_error`` of a run with these words and marks on the port."""
    top, _, _ = fed_top()
    scores: list[int] = []
    taken, error = 0, None

    async def bench(ctx):
        nonlocal taken, error
        ctx.set(top.s_axis_tvalid, 1)
        ctx.set(top.s_axis_tdata, 0x3C5A)
        ctx.set(top.m_axis_tready, 1)
        for cycle in range(cycles):
            offering = taken < len(words)
            ctx.set(top.s_weights_tvalid, offering)
            data, last = words[taken] if offering else (0xFFFF, 1)
            ctx.set(top.s_weights_tdata, data)
            ctx.set(top.s_weights_tlast, last)
            if ctx.get(top.weights_error) and error is None:
                error = cycle
            if ctx.get(top.m_axis_tvalid):
                scores.append(ctx.get(top.m_axis_tdata))
            taken += offering and ctx.get(top.s_weights_tready)
            await ctx.tick()

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return scores, taken, error


def marked(packet: list[int]) -> list[tuple[int, int]]:
    return [(word, int(k == len(packet) - 1)) for k, word in enumerate(packet)]


def test_words_of_frames_follow_those_of_sprams_and_each_frame_takes_its_packet():
    top, load, packet = fed_top()
    names = {"s_weights_tlast", "weights_error", "weights_loaded", "s_weights_tready"}
    assert names <= set(top.signature.members)
    first, second = (unit.parameters.weights for name, unit in top.units if name in LAYERS)

    def signs(bits):
        return 2 * np.asarray(bits, np.int64) - 1

    picture = signs([0x3C5A >> k & 1 for k in range(16)])
    word = signs((signs(first) @ picture).sum(axis=(1, 2)) >= 0)
    expected = (signs(second) @ word).sum(axis=(1, 2))
    # Marks among the words of SPRAMs mean nothing.
    port = [(x, k % 2) for k, x in enumerate(load)] + 3 * marked(packet)
    scores, taken, error = fed_run(port)
    assert taken == len(port)
    assert error is None
    assert scores == 3 * expected.tolist()


@pytest.mark.parametrize("wrong", range(12))
def test_a_frame_whose_mark_is_out_of_place_has_no_end(wrong):
    _, load, packet = fed_top()
    words = 3 * marked(packet)
    words[wrong] = (words[wrong][0], 1 - words[wrong][1])
    good, _, _ = fed_run([*((x, 0) for x in load), *3 * marked(packet)])
    scores, taken, error = fed_run([*((x, 0) for x in load), *words])
    assert error is not None
    assert taken == len(load) + wrong
    # Two scores a frame; of weights that came before it.
    assert scores == good[: wrong // 2]
