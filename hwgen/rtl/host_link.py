"""Host link: pictures in frames from a host, scores in frames back."""

from itertools import zip_longest

from amaranth.hdl import Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.crc import catalog
from amaranth.lib.wiring import In, Out

from hwgen.rtl.link_format import (
    HEAD_BYTES,
    PICTURE,
    REASON_CRC,
    REASON_LENGTH,
    REASON_LINE,
    REASON_OVERRUN,
    REASON_SHORT,
    REASON_STEP,
    REASON_TYPE,
    REFUSAL,
    REFUSED_BYTES,
    RESULT,
    RESULT_HEAD_BYTES,
    SYNC,
    UNSIGNED,
)

__all__ = ["HostLink"]

ANSWER_HEAD_BYTES = len(SYNC) + HEAD_BYTES + REFUSED_BYTES


class HostLink(wiring.Component):
    """Take one picture a frame, hand its bytes on, and answer with scores or with a refusal.

    docs/board.md has the format. A picture is handed on while it arrives, before its CRC is known:
    ``restart`` is high before each frame and after a bad one, and resets what takes the picture,
    so that nothing of a bad frame is left for the next. A frame is bad if its type or length is
    another one, if its CRC differs, if silence ends it too early, if the line lost a byte, or if
    what takes the picture did not keep up. The refusal is sent when the line has been silent,
    so what follows it is a frame's beginning, whatever the bad frame held.

    Bytes that come while an answer is awaited or sent are ignored: one picture at a time.

    Order: picture bytes and scores as they come. Latency: 1 cycle from ``i`` to ``o_picture``.
    Interval: takes a byte a cycle; answers with a byte whenever ``o`` takes one.

    Parameters
    ----------
    picture_bytes : int
        Payload of a frame.
    score_bytes : int
        Bytes of a score.
    scores : int
        Scores of an answer.
    signed : bool
        Whether scores are two's complement.
    faults : bool
        Whether something else can be wrong, too.
    silence_cycles : int or None
        Cycles without a byte that end a frame; None where the line itself tells of silence.

    Members
    -------
    i : In(stream.Signature(8))
        From the line; ``i.ready`` is always high.
    i_error : In(1)
        The line lost a byte.
    i_silent : In(1)
        The line is silent. Only without ``silence_cycles``.
    o : Out(stream.Signature(8))
        To the line.
    o_picture : Out(stream.Signature(8))
        Bytes of the picture; one that is not taken before the next comes makes the frame bad.
    restart : Out(1)
        Reset for all that is between ``o_picture`` and ``i_scores``.
    i_scores : In(stream.Signature(8))
        Bytes of the scores; looked at once ``complete`` is high.
    complete : In(1)
        All scores of the picture are there, and ``best`` is its class.
    best : In(16)
        ``NO_CLASS`` where there is none.
    fault : In(4)
        Why every picture is refused, from its payload until its answer; 0 where there is nothing.
        Only with ``faults``.
    hunting, computing : Out(1)
        Nothing is on its way; all of a picture is there, and its values are waited for.
    done : Out(1)
        High for a cycle when a picture is answered; ``best`` is then its class.
    refused : Out(1)
        High for a cycle when a frame is refused.
    """

    i: stream.Interface
    i_error: Signal
    i_silent: Signal
    o: stream.Interface
    o_picture: stream.Interface
    restart: Signal
    i_scores: stream.Interface
    complete: Signal
    best: Signal
    fault: Signal
    hunting: Signal
    computing: Signal
    done: Signal
    refused: Signal

    def __init__(
        self,
        *,
        picture_bytes: int,
        score_bytes: int,
        scores: int,
        silence_cycles: int | None,
        signed: bool = True,
        faults: bool = False,
    ):
        for name, value, most in (
            ("picture_bytes", picture_bytes, 1 << 32),
            ("score_bytes", score_bytes, UNSIGNED),
            ("scores", scores, 1 << 24),
            ("silence_cycles", 1 if silence_cycles is None else silence_cycles, 1 << 40),
        ):
            if not 0 < value < most:
                raise ValueError(f"{name} must be positive and below {most}, not {value!r}")
        self.picture_bytes = picture_bytes
        self.score_bytes = score_bytes
        self.scores = scores
        self.signed = signed
        self.faults = faults
        self.silence_cycles = silence_cycles
        octets = stream.Signature(unsigned(8))
        members = {
            "i": In(octets),
            "i_error": In(1),
            "o": Out(octets),
            "o_picture": Out(octets),
            "restart": Out(1),
            "i_scores": In(octets),
            "complete": In(1),
            "best": In(16),
            "hunting": Out(1),
            "computing": Out(1),
            "done": Out(1),
            "refused": Out(1),
        }
        if faults:
            members["fault"] = In(4)
        if silence_cycles is None:
            members["i_silent"] = In(1)
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Build the checksum, the silence timer and the two halves of the conversation."""
        m = Module()
        # One checksum serves both directions: they take turns.
        m.submodules.crc = crc = catalog.CRC16_IBM_3740(8).create()
        tag = Signal(8)
        last = REASON_STEP if self.faults else REASON_OVERRUN
        reason = Signal(range(last + 1))  # 0: the frame is good
        silent = Signal()
        m.d.comb += self.i.ready.eq(1)
        if self.silence_cycles is None:
            m.d.comb += silent.eq(self.i_silent)
        else:
            timer = Signal(range(max(2, self.silence_cycles)))
            m.d.comb += silent.eq(timer == self.silence_cycles - 1)
            with m.If(self.i.valid | self.i_error):
                m.d.sync += timer.eq(0)
            with m.Elif(~silent):
                m.d.sync += timer.eq(timer + 1)

        longest = max(self.picture_bytes, self.scores * self.score_bytes, ANSWER_HEAD_BYTES)
        count = Signal(range(max(2, longest)))
        # One register, too, for the byte that came, goes to the network, or leaves.
        octet = Signal(8)
        feed = Signal()  # the byte is new and part of the checksum
        m.d.comb += [
            crc.data.eq(octet),
            crc.valid.eq(feed),
            self.o.payload.eq(octet),
            self.o_picture.payload.eq(octet),
        ]
        m.d.sync += feed.eq(0)
        with m.If(self.o_picture.ready | self.restart):
            m.d.sync += self.o_picture.valid.eq(0)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.FSM() as fsm:
            self._receive(m, crc, count, octet, feed, tag, reason, silent)
            self._answer(m, crc, count, octet, feed, tag, reason)
        m.d.comb += [
            self.hunting.eq(fsm.ongoing("HUNT")),
            self.computing.eq(fsm.ongoing("CHECK") | fsm.ongoing("COMPUTE")),
            self.restart.eq(self.hunting | fsm.ongoing("DRAIN")),
        ]
        return m

    def _receive(self, m: Module, crc, count, octet, feed, tag, reason, silent) -> None:
        """States from the sync word to a good picture, or to silence after a bad frame."""
        half = Signal()  # the byte before was the first of the sync word

        def refuse(why: Value | int) -> None:
            m.d.sync += reason.eq(why)
            m.next = "DRAIN"

        def take() -> None:
            m.d.sync += [octet.eq(self.i.payload), feed.eq(1), count.eq(count + 1)]

        def watch_line() -> None:
            with m.If(silent):
                refuse(REASON_SHORT)
            with m.If(self.i_error):
                refuse(REASON_LINE)

        with m.State("HUNT"):
            m.d.comb += crc.start.eq(1)
            m.d.sync += [count.eq(0), reason.eq(0)]
            with m.If(self.i.valid):
                m.d.sync += half.eq(self.i.payload == SYNC[0])
                with m.If(half & (self.i.payload == SYNC[1])):
                    m.next = "HEAD"

        with m.State("HEAD"):
            watch_line()
            expected = Signal(8)
            wrong = Signal()
            m.d.comb += wrong.eq(self.i.payload != expected)
            short = count[:3]
            with m.Switch(short):
                with m.Case(0):
                    m.d.comb += expected.eq(PICTURE)
                with m.Case(1):  # any tag will do
                    m.d.comb += expected.eq(self.i.payload)
                for k, value in enumerate(self.picture_bytes.to_bytes(4, "little")):
                    with m.Case(2 + k):
                        m.d.comb += expected.eq(value)
            with m.If(self.i.valid):
                take()
                with m.If(short == 1):
                    m.d.sync += tag.eq(self.i.payload)
                with m.If(wrong & (reason == 0)):
                    m.d.sync += reason.eq(Mux(short == 0, REASON_TYPE, REASON_LENGTH))
                with m.If(short == HEAD_BYTES - 1):
                    m.d.sync += count.eq(0)
                    m.next = "PAYLOAD"
                    with m.If(wrong | (reason != 0)):
                        m.next = "DRAIN"

        with m.State("DRAIN"):
            with m.If(silent):
                m.d.sync += count.eq(0)
                m.d.comb += [crc.start.eq(1), self.refused.eq(1)]
                m.next = "ANSWER"
        self._receive_picture(m, crc, count, feed, take, watch_line, refuse)

    def _receive_picture(self, m: Module, crc, count, feed, take, watch_line, refuse) -> None:
        """States of the payload and of its checksum."""
        waits = self.o_picture.valid & ~self.o_picture.ready

        def watch_fault() -> None:
            if self.faults:
                with m.If(self.fault != 0):
                    refuse(self.fault)

        with m.State("PAYLOAD"):
            watch_line()
            with m.If(self.i.valid):
                take()
                m.d.sync += self.o_picture.valid.eq(1)
                with m.If(count == self.picture_bytes - 1):
                    m.d.sync += count.eq(0)
                    m.next = "CHECK"
                with m.If(waits):
                    refuse(REASON_OVERRUN)
            watch_fault()

        with m.State("CHECK"):
            watch_line()
            with m.If(self.i.valid):
                take()
                with m.If(waits):
                    refuse(REASON_OVERRUN)
            with m.If(count[1] & ~feed):
                m.d.sync += count.eq(0)
                m.next = "COMPUTE"
                with m.If(~crc.match_detected):
                    refuse(REASON_CRC)
            watch_fault()
        with m.State("COMPUTE"):
            with m.If(self.complete & (self.fault == 0) if self.faults else self.complete):
                m.d.comb += [crc.start.eq(1), self.done.eq(1)]
                m.next = "ANSWER"
            watch_fault()

    def _answer(self, m: Module, crc, count, octet, feed, tag, reason) -> None:
        """States of the answer, result or refusal."""
        score_octets = self.scores * self.score_bytes
        length = (RESULT_HEAD_BYTES + score_octets).to_bytes(4, "little")
        form = self.score_bytes | (0 if self.signed else UNSIGNED)
        result: list[Value | int] = [*SYNC, RESULT, tag, *length, form]
        result += [self.best[:8], self.best[8:]]
        refusal: list[Value | int] = [*SYNC, REFUSAL, tag, *REFUSED_BYTES.to_bytes(4, "little")]
        refusal += [reason, *self.picture_bytes.to_bytes(4, "little")]
        free = ~self.o.valid | self.o.ready

        def send(value: Value, last: Value, then: str) -> None:
            m.d.sync += [octet.eq(value), self.o.valid.eq(1), count.eq(count + 1)]
            with m.If(last):
                m.d.sync += count.eq(0)
                m.next = then

        with m.State("ANSWER"):
            head = Signal(8)
            short = count[:4]
            with m.Switch(short):
                for k, (good, bad) in enumerate(zip_longest(result, refusal, fillvalue=0)):
                    with m.Case(k):
                        m.d.comb += head.eq(Mux(reason == 0, good, bad))
            with m.If(free):
                m.d.sync += feed.eq(short >= len(SYNC))
                with m.If(reason == 0):
                    send(head, short == len(result) - 1, "SCORES")
                with m.Else():
                    send(head, short == len(refusal) - 1, "CHECKSUM")
        with m.State("SCORES"):
            m.d.comb += self.i_scores.ready.eq(free)
            with m.If(free & self.i_scores.valid):
                m.d.sync += feed.eq(1)
                send(self.i_scores.payload, count == score_octets - 1, "CHECKSUM")
        with m.State("CHECKSUM"):
            with m.If(free & ~feed):
                send(Mux(count[0], crc.crc[:8], crc.crc[8:]), count[0], "HUNT")
