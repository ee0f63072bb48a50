"""The boards that are known, and what the shell has to know of each."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from amaranth.build import Attrs, Pins, Resource, Subsignal

from hwgen.errors import DeviceError, ToolError
from hwgen.families.devices import PARTS
from hwgen.families.family import Family

__all__ = ["BOARDS", "Board", "Flash", "find_board"]


@dataclass(frozen=True)
class Flash:
    """The flash that a board is configured from.

    Parameters
    ----------
    resource : str
        Its name in `amaranth-boards`.
    lines : int
        Lines of data that reads can use, 1 or 4. Four only where all are wired, and every flash
        that the board is sold with takes the commands of `hwgen.rtl.flash_access`.
    bytes : int
        The least that it is sold with.
    fabric_clock : bool
        Its clock has no pin of its own, but a cell for what the fabric makes.
    offset : int
        Where weights lie in it: behind any bitstream, at the start of a block.
    program : str
        Command that writes a file to an offset, ``{file}`` and ``{offset}``.
    """

    resource: str
    lines: int
    bytes: int
    offset: int
    program: str
    fabric_clock: bool = False


@dataclass(frozen=True)
class Board:
    """A board by its name in `amaranth-boards`, and what that package does not say.

    Parameters
    ----------
    name : str
        What ``--board`` takes.
    module, platform : str
        Module of ``amaranth_boards``, and the class in it.
    device : str
        Part, as in `hwgen.families.devices`.
    clock : str
        Resource of the oscillator.
    clock_mhz : float
        Its frequency.
    pll_pad : bool
        The clock comes in on the PLL's own pad, so the PLL must take it from there.
    leds : int
        Lamps that show the class; 0 where the link needs their pins.
    uart : (str, int, str, str) or None
        Connector and its pins for RX and TX, where the board has no port of its own.
    nextpnr : tuple of str
        How nextpnr is told part and package.
    flash : Flash or None
        None where what is wired is not known.
    sdram : str or None
        Its memory, as in `hwgen.sizes.sdram_part.BOARD_SDRAMS`; weights come from there.
    """

    name: str
    module: str
    platform: str
    device: str
    clock: str
    clock_mhz: float
    leds: int
    nextpnr: tuple[str, ...]
    pll_pad: bool = False
    uart: tuple[str, int, str, str] | None = None
    flash: Flash | None = None
    sdram: str | None = None

    @property
    def family(self) -> Family:
        """Family of the part."""
        return PARTS[self.device].family

    def make_platform(self) -> Any:
        """Fresh platform of `amaranth-boards`; one is good for one design.

        Raises
        ------
        ToolError
            If the package is not installed.
        """
        try:
            module = import_module(f"amaranth_boards.{self.module}")
        except ModuleNotFoundError as error:
            raise ToolError(
                "boards: amaranth-boards is not installed; pip install 'hwgen[boards]'"
            ) from error
        platform = getattr(module, self.platform)()
        if self.uart is not None:
            name, number, rx, tx = self.uart
            conn = (name, number)
            line = (Subsignal("rx", Pins(rx, dir="i", conn=conn)),
                    Subsignal("tx", Pins(tx, dir="o", conn=conn)))  # fmt: skip
            platform.add_resources([Resource("uart", 0, *line, Attrs(IO_STANDARD="SB_LVCMOS"))])
        return platform


UP5K = ("--up5k", "--package", "sg48")
ICEPROG = "iceprog -o {offset} {file}"
SMALL = Flash("spi_flash_1x", 1, 4 << 20, 1 << 20, ICEPROG)  # N25Q032A
ULX3S = Flash(
    "spi_flash",
    1,
    4 << 20,
    2 << 20,
    "openFPGALoader -b ulx3s -f -o {offset} {file}",
    fabric_clock=True,
)

BOARDS = {
    b.name: b
    for b in (
        Board("icebreaker", "icebreaker", "ICEBreakerPlatform", "up5k",
              "clk12", 12.0, 2, UP5K, pll_pad=True,
              flash=Flash("spi_flash_4x", 4, 16 << 20, 1 << 20, ICEPROG)),  # W25Q128JV
        Board("ice40_up5k_b_evn", "ice40_up5k_b_evn", "ICE40UP5KBEVNPlatform", "up5k",
              "clk12", 12.0, 3, UP5K, pll_pad=True, uart=("j", 1, "7", "9"), flash=SMALL),
        Board("ice40_hx8k_b_evn", "ice40_hx8k_b_evn", "ICE40HX8KBEVNPlatform", "hx8k",
              "clk12", 12.0, 8, ("--hx8k", "--package", "ct256"), flash=SMALL),
        Board("ulx3s_85f", "ulx3s", "ULX3S_85F_Platform", "ecp5-85",
              "clk25", 25.0, 8, ("--85k", "--package", "CABGA381", "--speed", "6"), flash=ULX3S,
              sdram="ulx3s"),
        Board("ulx3s_25f", "ulx3s", "ULX3S_25F_Platform", "ecp5-25",
              "clk25", 25.0, 8, ("--25k", "--package", "CABGA381", "--speed", "6"), flash=ULX3S,
              sdram="ulx3s"),
        Board("colorlight", "colorlight_5a75b_r7_0", "Colorlight_5A75B_R70Platform", "ecp5-25",
              "clk25", 25.0, 0, ("--25k", "--package", "CABGA256", "--speed", "6")),
    )
}  # fmt: skip


def find_board(name: str) -> Board:
    """Board by name.

    Raises
    ------
    DeviceError
        If there is none; names those there are.
    """
    if name not in BOARDS:
        raise DeviceError(f"board must be one of {', '.join(BOARDS)}, not {name!r}")
    return BOARDS[name]
