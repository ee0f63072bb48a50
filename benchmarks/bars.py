"""The bars that the project holds itself to, and how measurements stand to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from benchmarks.device_tables import efficiency

__all__ = ["BARS", "Bar", "Finding", "judge", "table"]

Details = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """What was measured.

    Parameters
    ----------
    text : str
    holds : bool or None
        Whether the bar holds; None where that takes more than what was measured.
    value : number or None
        The figure that the bar is about.
    """

    text: str
    holds: bool | None
    value: float | None = None


@dataclass(frozen=True)
class Bar:
    """A bar, what to reach for, and how to read it off the measurements.

    ``part`` names the measurement in the details. ``judge`` gives None where it is missing;
    ``missing`` then says why.
    """

    part: str
    name: str
    bar: str
    reach: str
    judge: Callable[[Details], Finding | None]
    missing: str


def judge(details: Details) -> list[dict[str, Any]]:
    """Every bar with its finding, as plain data."""
    rows = []
    for bar in BARS:
        failure = details.get("errors", {}).get(bar.part, bar.missing)
        finding = bar.judge(details) or Finding(f"not measured yet: {failure}", None)
        rows.append(
            {
                "name": bar.name,
                "bar": bar.bar,
                "reach": bar.reach,
                "measured": finding.text,
                "value": finding.value,
                "holds": finding.holds,
            }
        )
    return rows


def table(rows: list[dict[str, Any]]) -> Table:
    """Bars as text for a terminal of 80 columns."""
    found = Table(box=None, padding=(0, 2, 1, 0), header_style="bold")
    for column, width in (("what", 21), ("bar", 12), ("reach for", 11), ("measured", 21)):
        found.add_column(column, width=width, overflow="fold")
    found.add_column("holds", width=5)
    verdicts = {True: "[green]yes[/]", False: "[red]no[/]", None: "open"}
    for row in rows:
        texts = (row[key].replace("[", r"\[") for key in ("name", "bar", "reach", "measured"))
        found.add_row(*texts, verdicts[row["holds"]])
    return found


def _area(family: str, limit: float) -> Callable[[Details], Finding | None]:
    def found(details: Details) -> Finding | None:
        # Lanes of pixels are measured too, but promised nothing.
        units = [
            u for u in details.get("area", ()) if (u["family"], u["inputs"]) == (family, "XNOR")
        ]
        if not units:
            return None
        worst = max(u["cells_per_lane"] for u in units)
        each = ", ".join(f"{u['cells_per_lane']:.2f} at SIMD {u['simd']}" for u in units)
        return Finding(each, worst <= limit, worst)

    return found


def _busy(details: Details) -> Finding | None:
    plans = [p for p in details.get("plans", ()) if "error" not in p]
    if not plans:
        return None
    worst = min(p["busy"] for p in plans)
    each = ", ".join(f"{p['busy']:.1%} at {p['interval_cycles']:,} cycles" for p in plans)
    return Finding(each, worst >= 0.9, worst)


def _cycles(
    bar: int, reach: int, device: str | None = None, least_mhz: float = 0.0
) -> Callable[[Details], Finding | None]:
    """Cycles of face; with ``device`` those of its row that was placed, if there is one."""

    def found(details: Details) -> Finding | None:
        for row in details.get("placed", ()):
            if (row["network"], row["device"]) == ("face", device) and not row["problem"]:
                cycles, mhz = row["interval_cycles"], row["fmax_hz"] / 1e6
                text = f"placed: {cycles:,} cycles at {mhz:.1f} MHz"
                return Finding(text, cycles <= bar and mhz >= least_mhz, cycles)
        plans = {p["asked_cycles"]: p for p in details.get("plans", ())}
        if not {bar, reach} <= set(plans):
            return None
        texts = []
        for target in (bar, reach):
            interval = plans[target].get("interval_cycles")
            texts.append(f"no folding for {target:,}" if interval is None else f"{interval:,}")
        cycles = plans[bar].get("interval_cycles")
        if cycles is None or cycles > bar:
            return Finding(f"planned: {' and '.join(texts)} cycles", False, cycles)
        text = f"planned: {' and '.join(texts)} cycles; fit and clock need placing and routing"
        return Finding(text, None, cycles)

    return found


def _exact(details: Details) -> Finding | None:
    if "exactness" not in details:
        return None
    found = details["exactness"]
    text = (
        f"{found['mismatches']:,} of {found['transfers_checked']:,} transfers of "
        f"{found['streams']} streams differ"
    )
    return Finding(text, found["mismatches"] == 0, found["mismatches"])


def _speed(traffic: str, least: float) -> Callable[[Details], Finding | None]:
    def found(details: Details) -> Finding | None:
        if "speed" not in details:
            return None
        speeds = details["speed"][traffic]
        ours, theirs = (speeds[key]["cycles_per_second"] / 1e3 for key in ("sim", "verilator"))
        ratio = speeds["sim"]["ratio_to_verilator"]
        both = f"{ours:,.0f} k against {theirs:,.0f} k cycles/s"
        text = f"{ratio:.1f} times: {both} of processor time"
        return Finding(text, ratio >= least, ratio)

    return found


def _build(details: Details) -> Finding | None:
    if "build" not in details:
        return None
    median, best, cpu = (
        details["build"][f"{key}_seconds"] for key in ("median", "best", "median_cpu")
    )
    text = f"{median:.1f} s median, {best:.1f} s best; {cpu:.1f} s of processor time"
    return Finding(text, median <= 15, median)


def _placed(network: str, device: str, least: float) -> Callable[[Details], Finding | None]:
    def found(details: Details) -> Finding | None:
        for row in details.get("placed", ()):
            if (row["network"], row["device"]) == (network, device) and not row["problem"]:
                value = efficiency(row)
                text = f"{value:.3f} at {row['interval_cycles']:,} cycles a frame"
                return Finding(text, value >= least, value)
        return None

    return found


LEFT_OUT = "left out by --part"
PLACING = "benchmarks.devices has placed and routed no such row"

BARS = (
    Bar(
        "area",
        "logic cells per XNOR lane of a matrix unit, iCE40, packed",
        "2.9",
        "2.4",
        _area("ice40", 2.9),
        LEFT_OUT,
    ),
    Bar(
        "area",
        "the same on ECP5 (TRELLIS_COMB)",
        "2.9",
        "2.0",
        _area("ecp5", 2.9),
        LEFT_OUT,
    ),
    Bar(
        "plans",
        "busy lane-cycles in steady state, whole network",
        "90 %",
        "98 %",
        _busy,
        "no folding was found",
    ),
    Bar(
        "plans",
        "face on UP5K, placed, fits",
        "33,000 cycles a frame at 24 MHz",
        "17,000 cycles at 36 MHz",
        _cycles(33_000, 17_000),
        "no plan",
    ),
    Bar(
        "plans",
        "face on ECP5-85",
        "2,048 cycles a frame at 80 MHz",
        "1,024 cycles at 100 MHz",
        _cycles(2_048, 1_024, "ecp5-85", 80.0),
        "no plan",
    ),
    Bar(
        "placed",
        "CNV on ECP5-85, binary MACs per LUT4 per cycle",
        "0.14",
        "0.28",
        _placed("CNV", "ecp5-85", 0.14),
        PLACING,
    ),
    Bar(
        "placed",
        "LFC on ECP5-85, the same",
        "0.20",
        "0.30",
        _placed("LFC", "ecp5-85", 0.20),
        PLACING,
    ),
    Bar(
        "exactness",
        "cycle error of the simulator, any stalls, every stream",
        "0",
        "0",
        _exact,
        "no run",
    ),
    Bar(
        "speed",
        "simulator, values and cycles, against Verilator -O3",
        "40 times",
        "50 times",
        _speed("simulators", 40),
        LEFT_OUT,
    ),
    Bar(
        "speed",
        "the same under random stalls",
        "2 times",
        "5 times",
        _speed("stalled", 2),
        LEFT_OUT,
    ),
    Bar(
        "build",
        "hwgen build models/face.json, tools warmed up",
        "15 s",
        "5 s",
        _build,
        "no run",
    ),
)
