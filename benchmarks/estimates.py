"""Estimates beside packed designs, and their calibration: ``python -m benchmarks.estimates``."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.calibration import fit, fit_designs, measure_units
from benchmarks.estimated_designs import compare, in_order, measure_designs, of_signs
from benchmarks.tools import tool_versions
from benchmarks.unit_samples import samples
from hwgen.console import errors_to_exit, out, steps
from hwgen.errors import ModelError
from hwgen.estimates.estimate import CALIBRATION_FILE, ESTIMATED, estimate_unit, recalibrated
from hwgen.families.devices import FAMILIES, find_device

__all__ = ["RESULTS", "markdown", "numbers_markdown", "units_markdown"]

RESULTS = Path(__file__).with_name("estimates.json")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Pack the units, fit the estimates to them.")
    ] = False,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit them to what was measured before; pack nothing.")
    ] = False,
    family: Annotated[
        str | None, typer.Option(help=f"Pack for this one alone: {' or '.join(FAMILIES)}.")
    ] = None,
) -> None:
    """Pack designs, and print their cells beside what was estimated."""
    if family not in (None, *FAMILIES):
        raise ModelError(f"--family must be one of {', '.join(FAMILIES)}, not {family}")
    families = [FAMILIES[family]] if family else list(FAMILIES.values())
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    with steps() as step:
        if calibrate:
            # Other tools make other cells of the same Verilog.
            same = results.get("tools") == tool_versions()
            known = results.get("units", {}) if same else {}
            results["units"] = results.get("units", {}) | measure_units(families, known, step)
            _write(results)
        if calibrate or refit:
            step("fitting units")
            _calibrate(fit(results["units"]))
        if not refit:
            others = [
                row
                for row in results.get("designs", [])
                if find_device(row["device"]).family not in families
            ]
            results["designs"] = in_order([*others, *measure_designs(families, step)])
            results["tools"] = tool_versions()
        step("comparing designs")
        rows = [compare(row) for row in results.get("designs", [])]
        if calibrate or refit:
            rows = _fit_designs(rows)
    results["designs"] = rows
    _write(results)
    texts = (markdown(rows), numbers_markdown(rows), units_markdown(results["units"]))
    for text in texts:
        out.print(text, markup=False, soft_wrap=True)


def _fit_designs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fit what designs have beside their units, and compare again."""
    calibration = json.loads(CALIBRATION_FILE.read_text())
    for family, kinds in calibration.items():
        mine = [row for row in of_signs(rows) if find_device(row["device"]).family.name == family]
        for what in ESTIMATED:
            kinds["design"][what] = fit_designs(
                [row["units"][what] for row in mine], [row[what] for row in mine]
            )
    _calibrate(calibration)
    return [compare(row) for row in rows]


def _calibrate(calibration: dict[str, Any]) -> None:
    CALIBRATION_FILE.write_text(json.dumps(calibration, indent=1) + "\n")
    recalibrated()


def _write(results: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def markdown(rows: list[dict[str, Any]]) -> str:
    """Designs as the table of ``docs/estimates.md``."""
    lines = [
        "| Network | Device | Cycles a frame | Logic cells: estimated | packed | error "
        "| LUT4: estimated | packed | error | FF: estimated | packed | error "
        "| Block RAM: estimated | packed |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in of_signs(rows):
        counted = [str(row["estimated"]["ebr"]), str(row["ebr"])]
        lines.append(f"| {' | '.join([*_compared(row), *counted])} |")
    return "\n".join(lines)


def numbers_markdown(rows: list[dict[str, Any]]) -> str:
    """Designs with layers of several bits, and below them how far off these are."""
    lines = [
        "| Network | Device | Cycles a frame | Logic cells: estimated | packed | error "
        "| LUT4: estimated | packed | error | FF: estimated | packed | error "
        "| Block RAM, SPRAM, DSP: estimated | packed |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    of_numbers = [row for row in rows if row not in of_signs(rows)]
    for row in of_numbers:
        counted = [
            ", ".join(str(of[what]) for what in ("ebr", "spram", "dsp"))
            for of in (row["estimated"], row)
        ]
        cells = _compared(row)
        if row["products"]:
            cells[0] += f", products in {row['products']}"
        lines.append(f"| {' | '.join([*cells, *counted])} |")
    errors = [abs(row["estimated"]["logic_cells"] / row["logic_cells"] - 1) for row in of_numbers]
    if errors:
        lines += [
            "",
            f"Logic cells are off by {sum(errors) / len(errors):.1%} in the mean, "
            f"{max(errors):.1%} at most.",
        ]
    return "\n".join(lines)


def _compared(row: dict[str, Any]) -> list[str]:
    """Cells of a table: a design, its logic as estimated and as packed."""
    cells = [row["network"], row["device"], f"{row['cycles']:,}"]
    for what in ESTIMATED:
        estimated, packed = row["estimated"][what], row[what]
        cells += [f"{estimated:,}", f"{packed:,}", f"{estimated / packed - 1:+.1%}"]
    return cells


def units_markdown(units: dict[str, list[dict[str, Any]]]) -> str:
    """Errors of units by kind, as the table of ``docs/estimates.md``."""
    lines = [
        "| Kind of unit | Family | Units | Logic cells, the smallest and the largest "
        "| Error, RMS | most |",
        "|---|---|---|---|---|---|",
    ]
    for kind in sorted({row["kind"] for rows in units.values() for row in rows}):
        for family, rows in units.items():
            drawn = zip(samples(FAMILIES[family]), rows, strict=True)
            mine = [(sample, row["logic_cells"]) for sample, row in drawn if row["kind"] == kind]
            cells = [packed for _, packed in mine]
            errors = [
                (estimate_unit(s.unit, s.stages, FAMILIES[family]).logic_cells or 0) / packed - 1
                for s, packed in mine
            ]
            rms = (sum(error * error for error in errors) / len(errors)) ** 0.5
            lines.append(
                f"| {kind} | {family} | {len(mine)} | {min(cells):,}, {max(cells):,} "
                f"| {rms:.1%} | {max(map(abs, errors)):.1%} |"
            )
    return "\n".join(lines)


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
