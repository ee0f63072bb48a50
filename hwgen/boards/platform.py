"""The platform of a board, for Amaranth: its ports, and the constraints of their pins."""

from typing import Any

import amaranth.vendor
from amaranth.build import Attrs, Clock, Pins, PinsN, Resource, Subsignal

from hwgen.boards.table import Board, Link

__all__ = ["make_platform"]

INVERTED = ("cs", "wp", "hold", "we", "ras", "cas")
"""Pins of memories that are active when low."""

INPUTS = ("cipo", "rx")


def make_platform(board: Board) -> Any:
    """Fresh platform of a board; one is good for one design."""
    vendor = getattr(amaranth.vendor, board.family.platform)
    facts = {
        "device": board.part.title,
        "package": board.package,
        "speed": board.speed or "",
        "default_clk": board.clock.resource,
        "resources": _resources(board),
        "connectors": [],
        # Tools are run by `hwgen.synth`; Amaranth's commands know fewer parts.
        "command_templates": [],
    }
    return type("BoardPlatform", (vendor,), facts)()


def _resources(board: Board) -> list[Resource]:
    """All that a design may ask for."""
    clock = board.clock
    found = [
        Resource(
            clock.resource,
            0,
            Pins(clock.pin, dir="i"),
            Clock(clock.mhz * 1e6),
            Attrs(**clock.attributes),
        ),
        Resource(
            "uart",
            0,
            *_signals({"rx": board.uart.rx, "tx": board.uart.tx}),
            Attrs(**board.uart.attributes),
        ),
    ]
    lamp = PinsN if board.lamps.active_low else Pins
    for k, pin in enumerate(board.lamps.pins):
        found.append(Resource("led", k, lamp(pin, dir="o"), Attrs(**board.lamps.attributes)))
    if board.flash is not None:
        attributes = Attrs(**board.flash.attributes)
        pins = board.flash.pins
        name = "spi_flash" if board.flash.fabric_clock else "spi_flash_1x"
        found.append(Resource(name, 0, attributes, *_signals(pins)))
        if board.flash.lines == 4:
            four = " ".join(pins[name] for name in ("copi", "cipo", "wp", "hold"))
            common = _signals({name: pins[name] for name in ("cs", "clk")})
            data = Subsignal("dq", Pins(four, dir="io"))
            found.append(Resource("spi_flash_4x", 0, attributes, *common, data))
    for name, link in board.links.items():
        found.append(Resource(name, 0, *_link_signals(link), Attrs(**link.attributes)))
    if board.sdram is not None:
        pins = {name: " ".join(named) for name, named in board.sdram.pins.items()}
        found.append(Resource("sdram", 0, *_signals(pins), Attrs(**board.sdram.attributes)))
    return found


def _link_signals(link: Link) -> list[Subsignal]:
    """Signals of a way in, all of which come in but what a host reads."""
    return [
        Subsignal(
            name,
            (PinsN if name == "cs" else Pins)(named, dir="o" if name == "cipo" else "i"),
        )
        for name, named in link.pins.items()
    ]


def _signals(pins: Any) -> list[Subsignal]:
    """Signals by name, each with its pins."""
    return [
        Subsignal(
            name,
            (PinsN if name in INVERTED else Pins)(
                named, dir="i" if name in INPUTS else "io" if name == "dq" else "o"
            ),
        )
        for name, named in pins.items()
    ]
