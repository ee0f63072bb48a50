"""Camera port: pixels of a parallel camera as frames of the host link."""

from typing import Any

from amaranth.hdl import Array, Const, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.crc import catalog
from amaranth.lib.wiring import In, Out

from hwgen.rtl.link_format import PICTURE, SYNC

__all__ = ["CAMERA_PINS", "CameraPort"]

CAMERA_PINS = wiring.Signature(
    {"clk": In(1), "pixel": In(8), "valid": In(1), "line": In(1), "frame": In(1)}
)
"""A pixel's byte counts as ``clk`` rises, where ``valid``, ``line`` and ``frame`` are high."""

HEAD = 2 + 6


class CameraPort(wiring.Component):
    """Each picture of a camera as a frame of the host link, one that is not whole cut off.

    ``frame`` is high while a picture comes and ``line`` while a line of it does, as cameras call
    FVAL and LVAL, or FRAME_VALID and LINE_VALID. A line with other than ``line_bytes`` bytes, or a
    picture with other than ``lines`` lines, is bad: it is said so at once, the rest of the picture
    is passed over, and the next one begins as ``frame`` rises again. So a pixel that is lost costs
    its picture and no other. A picture that begins while the link is not ``idle`` is passed over.

    Order: bytes as they come. Latency: 4 cycles from the pixel's clock to ``o.valid``, and the
    frame's checksum follows as ``frame`` falls. Interval: set by the camera.

    Every level has to last 2 cycles and more; from ``frame``'s rise to the first pixel there are 12
    or more, and it stays low for 12 or more.

    Parameters
    ----------
    line_bytes, lines : int
        Of a picture.

    Members
    -------
    pins : Out(CAMERA_PINS)
        The lines, not synchronised.
    idle : In(1)
        The link waits for a frame.
    o : Out(stream.Signature(8))
        To a `HostLink`, which is always ready.
    error : Out(1)
        High for a cycle where a picture is bad.
    silent : Out(1)
        No frame is on its way.
    """

    pins: Any
    idle: Signal
    o: stream.Interface
    error: Signal
    silent: Signal

    def __init__(self, *, line_bytes: int, lines: int):
        for name, value in (("line_bytes", line_bytes), ("lines", lines)):
            if not 0 < value < 1 << 16:
                raise ValueError(f"{name} must be from 1 to 65535, not {value!r}")
        self.line_bytes = line_bytes
        self.lines = lines
        super().__init__(
            {
                "pins": Out(CAMERA_PINS),
                "idle": In(1),
                "o": Out(stream.Signature(unsigned(8))),
                "error": Out(1),
                "silent": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the synchronisers, the counters, the checksum and the frame around a picture."""
        m = Module()
        # The stubs know other assignments to its signals.
        crc: Any = catalog.CRC16_IBM_3740(8).create()
        m.submodules.crc = crc
        shapes = {"clk": 1, "pixel": 8, "valid": 1, "line": 1, "frame": 1}
        now = {name: Signal(bits, name=name) for name, bits in shapes.items()}
        for name, line in now.items():
            m.submodules[name] = FFSynchronizer(getattr(self.pins, name), line)
        was = {name: Signal(name=f"was_{name}") for name in ("clk", "line", "frame")}
        m.d.sync += [was[name].eq(now[name]) for name in was]
        comes, line_ends = Signal(), Signal()
        feed = Signal()  # what leaves is part of the checksum
        m.d.comb += [
            crc.data.eq(self.o.payload),
            crc.valid.eq(self.o.valid & feed),
            comes.eq(now["clk"] & ~was["clk"] & now["valid"] & now["line"] & now["frame"]),
            line_ends.eq(was["line"] & ~now["line"]),
        ]
        begins = now["frame"] & ~was["frame"]

        column = Signal(range(self.line_bytes + 1))
        row = Signal(range(self.lines + 1))
        step = Signal(range(HEAD))
        tag = Signal(8)
        length = (self.line_bytes * self.lines).to_bytes(4, "little")
        before, behind = ([Const(x, 8) for x in part] for part in ((*SYNC, PICTURE), length))
        head = Array([*before, tag, *behind])
        m.d.sync += [self.o.valid.eq(0), self.error.eq(0)]

        def send(value: object) -> None:
            m.d.sync += [self.o.payload.eq(value), self.o.valid.eq(1)]

        def spoil() -> None:
            m.d.sync += self.error.eq(1)
            m.next = "SPOILT"

        with m.If(begins):
            m.d.sync += tag.eq(tag + 1)
        with m.FSM() as fsm:
            with m.State("REST"):
                m.d.comb += crc.start.eq(1)
                m.d.sync += [step.eq(0), column.eq(0), row.eq(0), feed.eq(0)]
                with m.If(begins & self.idle):
                    m.next = "HEAD"
            with m.State("HEAD"):
                send(head[step])
                m.d.sync += [step.eq(step + 1), feed.eq(step >= len(SYNC))]
                with m.If(step == HEAD - 1):
                    m.next = "PICTURE"
                with m.If(comes | ~now["frame"]):
                    spoil()
            with m.State("PICTURE"):
                with m.If(comes):
                    send(now["pixel"])
                    m.d.sync += column.eq(column + 1)
                    with m.If((column == self.line_bytes) | (row == self.lines)):
                        spoil()
                with m.Elif(line_ends & (column != 0)):
                    m.d.sync += [column.eq(0), row.eq(row + 1)]
                    with m.If(column != self.line_bytes):
                        spoil()
                with m.Elif(~now["frame"]):
                    m.next = "CHECKSUM"
                    m.d.sync += step.eq(0)
                    with m.If((column != 0) | (row != self.lines)):
                        spoil()
            with m.State("CHECKSUM"):
                # The last byte has been counted by now.
                m.d.sync += [step.eq(step + 1), feed.eq(0)]
                with m.If(step == 1):
                    send(crc.crc[8:])
                with m.If(step == 2):
                    send(crc.crc[:8])
                # The link looks at it before there is silence.
                with m.If(step == HEAD - 1):
                    m.next = "REST"
            with m.State("SPOILT"):
                with m.If(~now["frame"]):
                    m.next = "REST"
        m.d.comb += self.silent.eq(fsm.ongoing("REST") | fsm.ongoing("SPOILT"))
        return m
