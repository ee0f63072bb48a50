"""The boards that are known, and what the shell has to know of each."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from amaranth.build import Attrs, Pins, Resource, Subsignal

from hwgen.errors import DeviceError, ToolError
from hwgen.families.devices import PARTS
from hwgen.families.family import Family

__all__ = ["BOARDS", "Board", "find_board"]


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

BOARDS = {
    b.name: b
    for b in (
        Board("icebreaker", "icebreaker", "ICEBreakerPlatform", "up5k",
              "clk12", 12.0, 2, UP5K, pll_pad=True),
        Board("ice40_up5k_b_evn", "ice40_up5k_b_evn", "ICE40UP5KBEVNPlatform", "up5k",
              "clk12", 12.0, 3, UP5K, pll_pad=True, uart=("j", 1, "7", "9")),
        Board("ice40_hx8k_b_evn", "ice40_hx8k_b_evn", "ICE40HX8KBEVNPlatform", "hx8k",
              "clk12", 12.0, 8, ("--hx8k", "--package", "ct256")),
        Board("ulx3s_85f", "ulx3s", "ULX3S_85F_Platform", "ecp5-85",
              "clk25", 25.0, 8, ("--85k", "--package", "CABGA381", "--speed", "6")),
        Board("ulx3s_25f", "ulx3s", "ULX3S_25F_Platform", "ecp5-25",
              "clk25", 25.0, 8, ("--25k", "--package", "CABGA381", "--speed", "6")),
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
