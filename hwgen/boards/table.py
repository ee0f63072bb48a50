"""The boards that are known, one TOML file each, and what the shell has to know of any."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hwgen.errors import DeviceError, ModelError, describe
from hwgen.families.devices import PARTS
from hwgen.families.family import Family, Part

__all__ = [
    "BOARDS", "Board", "Clock", "Flash", "Lamps", "Link", "Programmer", "Sdram", "Uart",
    "check_input", "find_board", "is_own_board",
]  # fmt: skip

BUNDLED = Path(__file__).with_name("bundled")

BOARDS = tuple(sorted(path.stem for path in BUNDLED.glob("*.toml")))
"""Names of the boards that are known without a file of one's own."""

Attributes = Mapping[str, str | int | bool]
"""What the constraints say of a pin."""


@dataclass(frozen=True)
class Clock:
    """The oscillator.

    Parameters
    ----------
    mhz : float
        Its frequency.
    design_mhz : float
        Clock of designs that are built for the board, unless another one is asked for.
    pll_pad : bool
        It comes in on the PLL's own pad, so the PLL must take it from there.
    """

    pin: str
    mhz: float
    design_mhz: float
    pll_pad: bool
    attributes: Attributes

    @property
    def resource(self) -> str:
        """What its port is called."""
        return f"clk{self.mhz:g}".replace(".", "_").replace("+", "_").replace("-", "_")


@dataclass(frozen=True)
class Uart:
    """The serial line: ``rx`` comes in, ``tx`` goes out; ``connection`` says where to."""

    rx: str
    tx: str
    connection: str
    attributes: Attributes


@dataclass(frozen=True)
class Link:
    """Pins of another way in for pictures: those of `SpiSlave` or of `CameraPort`.

    ``pins`` are names by signal, several with a space between; ``connection`` says where they lead.
    """

    pins: Mapping[str, str]
    connection: str
    attributes: Attributes


@dataclass(frozen=True)
class Lamps:
    """Lamps that show the class; none where the link needs their pins."""

    pins: tuple[str, ...] = ()
    active_low: bool = False
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True)
class Flash:
    """The flash that a board is configured from.

    Parameters
    ----------
    lines : int
        Lines of data that reads can use, 1 or 4. Four only where all are wired, and every flash
        that the board is sold with takes the commands of `hwgen.rtl.flash_access`.
    bytes : int
        The least that it is sold with.
    offset : int
        Where weights lie in it: behind any bitstream, at the start of a block.
    pins : mapping of str to str
        ``cs, copi, cipo``, and ``clk, wp, hold`` where there are such.
    """

    lines: int
    bytes: int
    offset: int
    pins: Mapping[str, str]
    attributes: Attributes

    @property
    def fabric_clock(self) -> bool:
        """Its clock has no pin of its own, but a cell for what the fabric makes."""
        return "clk" not in self.pins

    @property
    def resource(self) -> str:
        """What its ports are called, where weights come in with each frame."""
        if self.fabric_clock:
            return "spi_flash"
        return f"spi_flash_{self.lines}x"


@dataclass(frozen=True)
class Sdram:
    """Memory that weights come from: one of `hwgen.sizes.sdram_part.SDRAMS`, and its pins."""

    memory: str
    pins: Mapping[str, tuple[str, ...]]
    attributes: Attributes


@dataclass(frozen=True)
class Programmer:
    """What writes the flash: one of `hwgen.boards.programmers.TOOLS`, and what it is told."""

    tool: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Board:
    """A board.

    Parameters
    ----------
    name : str
        What ``--board`` takes, or the name of its file without the ending.
    title : str
        What people call it.
    device, package, speed : str
        Part, as in `hwgen.families.devices`, and nextpnr's words for the others; no speed where
        the family has no grades.
    links : mapping of str to Link
        Ways in beside the serial line: "spi", "camera".
    text : str
        The TOML that says all this, whole.
    """

    name: str
    title: str
    device: str
    package: str
    speed: str | None
    clock: Clock
    uart: Uart
    lamps: Lamps
    flash: Flash | None
    sdram: Sdram | None
    programmer: Programmer | None
    links: Mapping[str, Link]
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    text: str

    @property
    def part(self) -> Part:
        """The part."""
        return PARTS[self.device]

    @property
    def family(self) -> Family:
        """Family of the part."""
        return self.part.family

    @property
    def inputs(self) -> tuple[str, ...]:
        """What ``--input`` can be."""
        return ("uart", *self.links)

    @property
    def nextpnr(self) -> tuple[str, ...]:
        """How nextpnr is told part and package."""
        return self.part.package_options(self.package, self.speed)

    def to_json(self) -> dict[str, Any]:
        """What ``hwgen boards --json`` says of it."""
        return {
            "name": self.name,
            "title": self.title,
            "device": self.device,
            "package": self.package,
            "speed": self.speed,
            "clock_mhz": self.clock.mhz,
            "design_mhz": self.clock.design_mhz,
            "uart": self.uart.connection,
            "inputs": list(self.inputs),
            "lamps": len(self.lamps.pins),
            "flash_bytes": self.flash.bytes if self.flash else None,
            "sdram": self.sdram.memory if self.sdram else None,
            "programmer": self.programmer.tool if self.programmer else None,
            "sources": list(self.sources),
            "notes": list(self.notes),
        }


def check_input(board: Board, link: str) -> None:
    """Refuse a way in that a board has no pins for.

    Raises
    ------
    DeviceError
        Names those that it has.
    """
    if link not in board.inputs:
        raise DeviceError(
            f"board {board.name} takes pictures by {' or '.join(board.inputs)}, not by "
            f"{describe(link)}; a table of its file says on which pins"
        )


def is_own_board(name: str) -> bool:
    """Whether a name is that of a TOML file."""
    return name.lower().endswith(".toml")


def find_board(name: str) -> Board:
    """Board by its name, or from a TOML file of one's own.

    Raises
    ------
    DeviceError
        If there is none; names those there are.
    ModelError
        If the file cannot be used; names the file and the key.
    """
    if is_own_board(name):
        from hwgen.boards.board_file import load_board

        path = Path(name)
        if not path.stem.isidentifier() or not path.stem.isascii() or len(path.stem) > 40:
            raise ModelError(
                f"{name}: the name of a board's file must be letters, digits and _, "
                f"at most 40, not {describe(path.stem)}"
            )
        return load_board(path, path.stem)
    if name not in BOARDS:
        raise DeviceError(
            f"board must be one of {', '.join(BOARDS)}, or a .toml file, not {describe(name)}"
        )
    return _bundled(name)


@cache
def _bundled(name: str) -> Board:
    from hwgen.boards.board_file import load_board

    return load_board(BUNDLED / f"{name}.toml", name)
