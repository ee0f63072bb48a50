# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import re
from collections.abc import Iterable

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from hwgen.boards.frames import Refusal, Result, encode, take_frame, understand
from hwgen.rtl.host_link import HostLink
from hwgen.rtl.link_format import PICTURE

RNG = np.random.default_rng(70)
PICTURE_BYTES = 9
SILENCE = 40
GAP = 5

Script = Iterable[tuple[str, bytes]]


class Echo:
    """A link whose network answers with the picture's first four bytes as two scores.

    Steps of ``script``: ("send", bytes), ("lose", b"") where the line loses a byte, ("rest", b"")
    for a silence, ("answer", b"") to wait for an answer. The network takes at most ``takes`` bytes.
    """

    def __init__(
        self,
        script: Script,
        *,
        slow_line: bool = False,
        takes: int = PICTURE_BYTES,
        signed: bool = True,
    ):
        self.script = list(script)
        self.slow_line = slow_line
        self.takes = takes
        self.link = HostLink(
            picture_bytes=PICTURE_BYTES, score_bytes=2, scores=2, silence_cycles=SILENCE,
            signed=signed,
        )  # fmt: skip
        self.received = bytearray()
        self.pulses: list[str] = []

    def run(self) -> list[Result | Refusal | None]:
        m = Module()
        m.submodules.link = link = self.link
        m.d.comb += link.best.eq(7)
        simulator = Simulator(m)
        simulator.add_clock(1e-6)
        simulator.add_testbench(self._line)
        simulator.add_testbench(self._network, background=True)
        simulator.add_testbench(self._collect, background=True)
        simulator.add_testbench(self._watch, background=True)
        simulator.run()
        answers = []
        while (frame := take_frame(self.received)) is not None:
            kind, self.tag, payload = frame
            answers.append(understand(kind, payload))
        assert not self.received
        return answers

    async def _line(self, ctx) -> None:
        link = self.link
        for step, data in self.script:
            if step == "send":
                for octet in data:
                    ctx.set(link.i.payload, octet)
                    ctx.set(link.i.valid, 1)
                    await ctx.tick()
                    ctx.set(link.i.valid, 0)
                    await ctx.tick().repeat(GAP)
            elif step == "lose":
                ctx.set(link.i_error, 1)
                await ctx.tick()
                ctx.set(link.i_error, 0)
            elif step == "rest":
                await ctx.tick().repeat(SILENCE + 2)
            else:
                before = len(self.pulses)
                quiet = 0
                for _ in range(500):
                    await ctx.tick()
                    quiet = 0 if ctx.get(link.o.valid) else quiet + 1
                    if len(self.pulses) > before and quiet == 8:
                        break
        await ctx.tick().repeat(3)

    async def _network(self, ctx) -> None:
        """Take the bytes, and give the first four of a whole picture."""
        link = self.link
        taken = given = 0
        picture = bytearray()
        while True:
            ready = taken < self.takes
            ctx.set(link.o_picture.ready, ready)
            complete = len(picture) == PICTURE_BYTES
            ctx.set(link.complete, complete)
            ctx.set(link.i_scores.valid, complete and given < 4)
            ctx.set(link.i_scores.payload, picture[given] if complete and given < 4 else 0xEE)
            _, _, restart, valid, payload, score_ready = await ctx.tick().sample(
                link.restart, link.o_picture.valid, link.o_picture.payload, link.i_scores.ready
            )
            if restart:
                taken = given = 0
                picture.clear()
                continue
            if valid and ready:
                picture.append(payload)
                taken += 1
            given += bool(complete and score_ready)

    async def _collect(self, ctx) -> None:
        link = self.link
        wait = 0
        held: list[int] = []
        while True:
            wait = (wait + 1) % 4
            ready = not self.slow_line or wait == 0
            ctx.set(link.o.ready, ready)
            _, _, valid, payload = await ctx.tick().sample(link.o.valid, link.o.payload)
            if held:
                assert (valid, payload) == (1, held[0]), "a byte moved while it waited"
            held = [payload] if valid and not ready else []
            if valid and ready:
                self.received.append(payload)

    async def _watch(self, ctx) -> None:
        async for _, _, done, refused in ctx.tick().sample(self.link.done, self.link.refused):
            self.pulses += ["done"] * done + ["refused"] * refused


def picture() -> bytes:
    return RNG.integers(0, 256, PICTURE_BYTES, np.uint8).tobytes()


def result(data: bytes) -> Result:
    return Result(tuple(int(x) for x in np.frombuffer(data[:4], "<i2")), 7)


def refusal(reason: int) -> Refusal:
    return Refusal(reason, PICTURE_BYTES)


def sent(data: bytes, tag: int = 3) -> bytes:
    return encode(PICTURE, tag, data)


@pytest.mark.parametrize("slow_line", [False, True])
def test_pictures_are_answered_in_turn(slow_line):
    pictures = [picture() for _ in range(3)]
    bench = Echo([step for p in pictures for step in (("send", sent(p)), ("answer", b""))],
                 slow_line=slow_line)  # fmt: skip
    assert bench.run() == [result(p) for p in pictures]
    assert bench.pulses == ["done"] * 3


def test_the_answer_says_whether_scores_have_a_sign():
    data = bytes([0xFF, 0xFF, 200, 0, *picture()[4:]])
    script = [("send", sent(data)), ("answer", b"")]
    assert Echo(script).run() == [Result((-1, 200), 7)]
    assert Echo(script, signed=False).run() == [Result((65535, 200), 7)]


def test_the_answer_carries_the_tag_of_the_picture():
    bench = Echo([("send", sent(picture(), tag=0x7E)), ("answer", b"")])
    bench.run()
    assert bench.tag == 0x7E


def bad_frames() -> dict[str, tuple[int, list[tuple[str, bytes]]]]:
    good = sent(bytes(range(PICTURE_BYTES)))
    flipped = [bytearray(good) for _ in range(len(good))]
    for k, frame in enumerate(flipped):
        frame[k] ^= 0x10
    cases: dict[str, tuple[int, list[tuple[str, bytes]]]] = {
        "another type": (1, [("send", encode(2, 0, picture()))]),
        "a longer picture": (2, [("send", encode(PICTURE, 0, bytes(PICTURE_BYTES + 1)))]),
        "a far longer picture": (2, [("send", encode(PICTURE, 0, bytes(300)))]),
        "a shorter picture": (2, [("send", encode(PICTURE, 0, bytes(PICTURE_BYTES - 1)))]),
        "no picture": (2, [("send", encode(PICTURE, 0, b""))]),
        "a long one with a frame in it": (2, [("send", encode(PICTURE, 0, good + b"\0"))]),
        "a lost byte in the head": (5, [("send", good[:5]), ("lose", b""), ("send", good[5:])]),
        "a lost byte": (5, [("send", good[:12]), ("lose", b""), ("send", good[12:])]),
        "a lost byte of the checksum": (5, [("send", good[:-1]), ("lose", b"")]),
        "a swapped checksum": (3, [("send", good[:-2] + good[:-3:-1])]),
    }
    for cut in range(2, len(good)):
        cases[f"cut to {cut} bytes"] = (4, [("send", good[:cut])])
    for k, frame in enumerate(flipped[2:], 2):
        reason = 1 if k == 2 else 2 if 4 <= k < 8 else 3
        cases[f"a flipped bit in byte {k}"] = (reason, [("send", bytes(frame))])
    return cases


@pytest.mark.parametrize("name", bad_frames())
def test_a_bad_frame_is_refused_and_the_next_one_is_right(name):
    reason, steps = bad_frames()[name]
    good = picture()
    bench = Echo([*steps, ("answer", b""), ("send", sent(good)), ("answer", b"")])
    assert bench.run() == [refusal(reason), result(good)]
    assert bench.pulses == ["refused", "done"]


@pytest.mark.parametrize(
    "noise",
    [b"\0", b"\xa5", b"\xa5\xa5", b"\x5a\xa5", b"\xa5\x00\x5a", bytes(range(160)) + b"\xff" * 9],
    ids=bytes.hex,
)
def test_noise_between_frames_is_passed_over(noise):
    good = picture()
    bench = Echo([("send", noise), ("send", sent(good)), ("answer", b"")])
    assert bench.run() == [result(good)]


def test_a_false_beginning_costs_one_frame_and_no_more():
    first, second = picture(), picture()
    bench = Echo([("send", b"\xa5\x5a\x01"), ("send", sent(first)), ("answer", b""),
                  ("send", sent(second)), ("answer", b"")])  # fmt: skip
    assert bench.run() == [refusal(2), result(second)]


def test_bytes_beyond_a_whole_frame_do_no_harm():
    first, second = picture(), picture()
    bench = Echo([("send", sent(first) + b"\xa5\x5a\x01\x02"), ("answer", b""), ("rest", b""),
                  ("send", sent(second)), ("answer", b"")])  # fmt: skip
    assert bench.run() == [result(first), result(second)]


def test_a_network_that_does_not_keep_up_is_an_error():
    bench = Echo([("send", sent(picture())), ("answer", b"")], takes=4)
    assert bench.run() == [refusal(6)]


def test_nothing_of_a_bad_frame_is_left_for_the_next():
    """The network, reset with the queue, saw part of a picture before."""
    bad, good = picture(), picture()
    bench = Echo([("send", sent(bad)[:14]), ("rest", b""), ("answer", b""),
                  ("send", sent(good)), ("answer", b"")])  # fmt: skip
    assert bench.run() == [refusal(4), result(good)]


@pytest.mark.parametrize(
    ("name", "value"), [("picture_bytes", 0), ("score_bytes", 128), ("scores", 0)]
)
def test_bad_parameters_are_refused(name, value):
    good = {"picture_bytes": 4, "score_bytes": 1, "scores": 2, "silence_cycles": 50}
    message = re.escape(f"{name} must be positive and below ") + rf"\d+, not {value}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        HostLink(**{**good, name: value})
