"""The model of an SDRAM in Verilog, and its parameters for a part and a clock."""

from fractions import Fraction
from math import ceil, floor
from pathlib import Path

from hwgen.sizes.sdram_part import SdramPart

__all__ = ["SDRAM_RULES", "sdram_parameters", "sdram_verilog"]

SDRAM_RULES = (
    "POWER", "INIT", "RCD", "RP", "RAS", "RC", "RRD", "RFC", "WR", "MRD", "REFRESH", "OPEN",
    "CLOSED", "IDLE", "BUS", "MODE", "UNKNOWN",
)  # fmt: skip
"""Rules by the bits of ``broken``; the Verilog says what each is."""


def sdram_verilog() -> str:
    """Verilog of the module ``sdram``."""
    return Path(__file__).with_name("sdram.v").read_text(encoding="utf-8")


def sdram_parameters(
    part: SdramPart, clock_mhz: float, *, stored_row_bits: int | None = None
) -> dict[str, int]:
    """Parameters of the module for a part: least times rounded up to ps, longest ones down.

    Parameters
    ----------
    stored_row_bits : int, optional
        Bits of a row's address that tell it from others; by default all.
    """
    period = Fraction(1_000_000) / Fraction(str(clock_mhz))

    def least(nanoseconds: float, clocks: int = 0) -> int:
        # Clocks are counted in whole periods of the model, which may be cut to ps.
        return max(ceil(Fraction(str(nanoseconds)) * 1000), clocks * floor(period))

    return {
        "DATA_BITS": part.data_bits,
        "BANK_BITS": part.bank_bits,
        "ROW_BITS": part.row_bits,
        "COLUMN_BITS": part.column_bits,
        "STORED_ROW_BITS": part.row_bits if stored_row_bits is None else stored_row_bits,
        "ADDRESS_BITS": part.address_pins,
        "PERIOD": floor(period),
        "POWER_UP": least(part.power_up),
        "INIT_REFRESHES": part.init_refreshes,
        "T_RCD": least(part.trcd),
        "T_RP": least(part.trp),
        "T_RAS": least(part.tras),
        "T_RC": least(part.trc),
        "T_RRD": least(part.trrd, part.trrd_clocks),
        "T_RFC": least(part.trfc),
        "T_WR": least(part.twr, part.twr_clocks),
        "T_MRD": least(part.tmrd, part.tmrd_clocks),
        "T_REFI": floor(Fraction(str(part.trefi)) * 1000),
        "CK2": least(part.tck2),
        "CK3": least(part.tck3),
    }
