"""The energy model against published measurements: residuals, and errors where one is left out.

python -m benchmarks.energy            prints the tables of docs/energy.md
python -m benchmarks.energy --count    counts the measured designs anew, and writes the counts
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.parts import LARGE
from hwgen.families.devices import PARTS
from hwgen.families.power import MEASURED_PART
from hwgen.power.fit import (
    MEASUREMENTS_FILE,
    NAMES,
    Measurement,
    coefficients,
    fitted,
    measurements,
)
from hwgen.power.priors import PRIORS
from hwgen.synth.netlist import Netlist
from sim.benches.activity_bench import count_events, count_verilog
from sim.benches.bench import Ports, Run
from sim.benches.yosys import run_yosys
from sim.patterns import Pattern, Traffic

DESIGNS = Path(__file__).with_name("measured")

PERIOD = 5000
"""Cycles that counts are the mean of, twice."""

COUNTED = {
    **{
        f"counter of {bits} bits": ("counter", f"-chparam WIDTH {bits}", "", True, 8)
        for bits in (24, 28, 56, 112, 224)
    },
    "product in logic": ("product", "", "", True, 8),
    "product in a DSP": ("product", "", "-dsp", True, 8),
    "sums at work": ("sums", "", "-dsp", True, 96),
    "sums waiting": ("sums", "", "-dsp", False, 96),
}
"""Measured designs: file, parameters, options of synthesis, whether they work, bits of input."""

SHOWN = (MEASURED_PART, LARGE)
"""Parts whose coefficients are printed."""


def main() -> None:
    """Print the tables, or count anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", action="store_true", help="count the measured designs anew")
    if parser.parse_args().count:
        _count_all()
        return
    _print_errors()
    print()
    _print_coefficients()


def _print_errors() -> None:
    """Each measurement, and what the model makes of it with it and without it."""
    print("| Measurement | mW | all in the fit | left out | said | its source left out | said |")
    print("|---|---|---|---|---|---|---|")
    left_out, without = [], []
    for m in measurements():
        source = {x.name for x in measurements() if x.source == m.source}
        errors = [_error(m, set()), _error(m, {m.name}), _error(m, source)]
        left_out.append(errors[1][0])
        without.append(errors[2][0])
        print(
            f"| {m.name} | {m.watts * 1e3:.4g} | {errors[0][0]:+.1%} | {errors[1][0]:+.1%} | "
            f"{errors[1][1]:.0%} | {errors[2][0]:+.1%} | {errors[2][1]:.0%} |"
        )
    print()
    for what, errors in (("left out", left_out), ("its source left out", without)):
        found = np.abs(errors)
        root = np.sqrt(np.mean(np.square(found)))
        print(
            f"{what}: {len(found)} measurements, root of the mean square {root:.1%}, mean "
            f"{found.mean():.1%}, most {found.max():.1%}"
        )


def _error(m: Measurement, without: set[str]) -> tuple[float, float]:
    """Error of the model, relative, and its own uncertainty, the measurement's included."""
    found = fitted(m.part, without)
    said = np.hypot(found.uncertainty(m.terms), m.uncertainty)
    return found.watts(m.terms) / m.watts - 1, float(said)


def _print_coefficients() -> None:
    """Coefficients ahead of the measurements and behind them."""
    heads = " | ".join(f"{part.upper()} | factor" for part in SHOWN)
    print(f"| Coefficient | prior | factor | {heads} |")
    print("|---|---|---|---|---|---|---|")
    found = [coefficients(part) for part in SHOWN]
    for index, name in enumerate(NAMES):
        cells = [(PRIORS[name].median, PRIORS[name].factor)]
        cells += [
            (float(np.exp(c.mean[index])), float(np.exp(np.sqrt(c.covariance[index, index]))))
            for c in found
        ]
        text = " | ".join(f"{value:.3g} | {factor:.2f}" for value, factor in cells)
        print(f"| {name} | {text} |")


def _count_all() -> None:
    data = json.loads(MEASUREMENTS_FILE.read_text())
    for name, (file, parameters, option, works, bits) in COUNTED.items():
        data["counts"][name] = _count(file, parameters, option, works, bits)
        print(f"{name}: {data['counts'][name]}")
    lines = json.dumps(data, indent=1)
    MEASUREMENTS_FILE.write_text(lines + "\n")


def _count(file: str, parameters: str, option: str, works: bool, bits: int) -> dict[str, float]:
    """Events of a cycle of a design, on its netlist."""
    family = PARTS[MEASURED_PART].family
    work = Path(tempfile.mkdtemp(prefix="hwgen-count-"))
    try:
        shutil.copy(DESIGNS / f"{file}.v", work / "source.v")
        commands = ["read_verilog source.v", f"hierarchy -top {file} {parameters}"]
        commands += [f"rename -top {file}", f"{family.synth.split()[0]} {option} -top {file}"]
        commands += ["write_verilog -noattr netlist.v"]
        run_yosys(commands, work, work / "synthesis.log", lambda step: None)
        none = np.zeros(0, np.uint32)
        ready = Pattern(np.array([works]))
        counted, sums = count_verilog(
            Netlist(work / "netlist.v", family, {}),
            file,
            family,
            words=np.zeros((0, bits), np.uint8),
            run=Run(Traffic(ready=ready), 4 * PERIOD, 0),
            period=PERIOD,
            ports=Ports(bits, 1, 0),
            weights=none,
            packet=none,
            noise=True,
            work=work / "count",
        )
        events = count_events(counted, sums, PERIOD, 1, 2)
        totals = {name: amount / PERIOD for name, amount in events.totals.items()}
        return {name: round(amount, 3) for name, amount in totals.items() if amount}
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
