"""The picture of the simulators' speeds in the README."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["draw_speeds"]

COLOURS = ("#0072B2", "#E69F00", "#009E73")
"""Blue, orange and green that the colour-blind can tell apart (Okabe and Ito), and of different
lightness."""

BAR = 0.8
"""Height of all bars of a simulator, of the distance between two simulators."""

LEFT = 100
"""Cycles a second at the left edge."""


def draw_speeds(
    networks: Sequence[Mapping[str, Any]], names: Mapping[str, str], path: Path
) -> None:
    """Draw bars of cycles per second for each simulator and network.

    Parameters
    ----------
    networks : sequence of mapping
        Findings of `benchmarks.simulator_speed.measure_speed`, up to three.
    names : mapping of str to str
        What each simulator is called, from the top of the picture to its bottom.
    path : Path
        An ``.svg`` or ``.png`` file. The same figures give the same bytes.
    """
    # Slow to import, and only this needs it.
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    height = BAR / len(networks)
    style: dict[Any, Any] = {"font.size": 11, "svg.hashsalt": "hwgen", "axes.axisbelow": True}
    with mpl.rc_context(style):
        figure = Figure(figsize=(8, 1.1 + 0.62 * len(names)), layout="constrained")
        axes = figure.add_subplot()
        fastest = 1.0
        for row, key in enumerate(names):
            for k, (network, colour) in enumerate(zip(networks, COLOURS, strict=False)):
                found = network["simulators"].get(key, {})
                if "cycles_per_second" not in found:
                    continue
                speed = found["cycles_per_second"]
                fastest = max(fastest, speed)
                at = row + (k - (len(networks) - 1) / 2) * height
                axes.barh(at, speed - LEFT, height * 0.9, left=LEFT, color=colour)
                text = _figure(speed)
                if key != "verilator" and (ratio := found.get("ratio_to_verilator")):
                    text += f"   {_figure(ratio)} \N{MULTIPLICATION SIGN} Verilator"
                axes.text(speed * 1.08, at, text, va="center", fontsize=9)
        legend = [
            Patch(color=colour, label=f"{n['name']}: {n['macs'] / 1e6:.1f} M products a frame")
            for n, colour in zip(networks, COLOURS, strict=False)
        ]
        axes.set_yticks(range(len(names)), list(names.values()))
        axes.invert_yaxis()
        axes.set_xscale("log")
        # Room for what stands behind the longest bar.
        axes.set_xlim(LEFT, fastest * 40)
        axes.set_xlabel("simulated clock cycles a second, one thread (logarithmic)")
        axes.grid(axis="x", color="#d8d8d8", linewidth=0.8)
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.legend(handles=legend, loc="lower right", frameon=True, framealpha=1, edgecolor="none")
        # Without a date, so that only new figures change the file.
        metadata = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, dpi=120, metadata=metadata)


def _figure(number: float) -> str:
    """Two significant digits, as words: 1.3 M, 810 k, 0.0024."""
    for unit, name in ((1e6, " M"), (1e3, " k")):
        if number >= unit:
            return f"{_two_digits(number / unit)}{name}"
    return _two_digits(number)


def _two_digits(number: float) -> str:
    text = f"{float(f'{number:.2g}'):f}".rstrip("0").rstrip(".")
    # 8.0 keeps its second digit; 130 has no more than it shows.
    return f"{text}.0" if "." not in text and number < 9.95 else text
