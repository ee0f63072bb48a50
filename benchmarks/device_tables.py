"""README's tables of networks on parts, and of what others have published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["PEERS", "Peer", "efficiency", "peers_markdown", "placed_markdown"]


@dataclass(frozen=True)
class Peer:
    """A design of others with the figures that they state, and where.

    ``efficiency`` is binary MACs a LUT6 and cycle, worked out from these figures; None where they
    do not say.
    """

    design: str
    part: str
    figures: str
    efficiency: float | None
    source: str


FINN_2017 = "FINN, FPGA 2017"
BNN_PYNQ = "BNN-PYNQ"

PEERS = (
    Peer(
        "FINN SFC-max", "ZC706", "12.3 M frames/s at 200 MHz, 91,131 LUT6", 0.226,
        f"{FINN_2017}; NeuraLUT's table",
    ),
    Peer("FINN LFC-max", "ZC706", "1.561 M frames/s, 82,988 LUT6, 396 BRAM", 0.274, FINN_2017),
    Peer(
        "FINN CNV-max", "ZC706", "21,906 frames/s, 46,253 LUT6, 186 BRAM, 80.1 % of CIFAR-10",
        0.141, FINN_2017,
    ),
    Peer(
        "BNN-PYNQ CNV W1A1", "Z7020", "3,052 frames/s at 100 MHz, 26,072 LUT6, 124 BRAM36",
        0.070, BNN_PYNQ,
    ),
    Peer("BNN-PYNQ LFC W1A1", "Z7020", "195 k frames/s, 28,360 LUT6", 0.200, BNN_PYNQ),
    Peer(
        "FINN CNV W1A1", "Pynq-Z2", "661 inferences/s, 2,521 uJ each, 84.5 % of CIFAR-10",
        None, "MLPerf Tiny",
    ),
    Peer(
        "TinBiNN, 1-bit weights, 8-bit activations", "iCE40 UP5K",
        "about 5,000 LUT4, 24 MHz; 1,315 ms for 10 classes, 195 ms for one", None,
        "arXiv 1903.06630",
    ),
    Peer(
        "Compact CNN IP, BNN of +1/-1", "iCE40 UP5K", "2,706 LUT, 11 EBR, 1 SPRAM, 40.7 MHz",
        None, "Lattice",
    ),
    Peer(
        "MARLANN, int8", "iCE40 UP5K", "16 MAC a cycle, 154 M MAC/s at 12 MHz, 10.58 mW", None,
        "MARLANN",
    ),
    Peer(
        "pocket-bnn, MNIST", "ECP5-85",
        "17,276 slices, 132 MHz, below 10 us in simulation, 75 % right", None,
        "marph91/pocket-bnn",
    ),
)  # fmt: skip


def efficiency(row: Mapping[str, Any]) -> float:
    """Binary MACs a LUT4 and cycle of a measured row."""
    return row["binary_macs"] / row["interval_cycles"] / row["lut4"]


def placed_markdown(rows: Iterable[Mapping[str, Any]]) -> str:
    """Measured rows as a table."""
    return _table(
        (
            "Network", "Device", "Cycles a frame", "LUT4", "Logic cells", "Block RAM",
            "Fmax, MHz (asked for)", "Frames/s at Fmax", "Binary MACs / LUT4 / cycle",
        ),
        map(_placed_cells, rows),
    )  # fmt: skip


def peers_markdown() -> str:
    """What others have published, as a table."""
    return _table(
        ("Design", "Part", "Published figures", "Binary MACs / LUT6 / cycle", "Source"),
        (
            (p.design, p.part, p.figures, f"{p.efficiency:.3f}" if p.efficiency else "", p.source)
            for p in PEERS
        ),
    )


def _placed_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    fmax = row["fmax_hz"]
    memories = f"{row['ebr']}" + (f" + {row['spram']} SPRAM" if row["spram"] else "")
    return (
        row["network"],
        row["device"],
        f"{row['interval_cycles']:,}",
        f"{row['lut4']:,}",
        f"{row['logic_cells']:,}",
        memories,
        f"{'none' if fmax is None else f'{fmax / 1e6:.1f}'} ({row['asked_mhz']:g})",
        "none" if fmax is None else f"{fmax / row['interval_cycles']:,.0f}",
        f"{efficiency(row):.3f}",
    )


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
