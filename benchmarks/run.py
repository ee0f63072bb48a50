"""Measure every bar that can be measured so far: ``python -m benchmarks.run``."""

import json
import os
import platform
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.area import measure_area
from benchmarks.bars import judge, table
from benchmarks.build_time import build_large, build_outside, measure_build, measure_exactness
from benchmarks.devices import RESULTS as PLACED
from benchmarks.devices import stored_rows
from benchmarks.picture import draw_speeds
from benchmarks.plans import plan_foldings
from benchmarks.simulator_speed import NAMES, measure_speed, speed_table
from benchmarks.tools import tool_versions
from hwgen.console import errors_to_exit, out, steps
from hwgen.errors import ToolError
from hwgen.files import replacing
from hwgen.model import load_model

FRAMES = 100
"""Frames that the fast simulators run."""
LARGE_FRAMES = 20
"""The same for the larger network."""
OUTSIDE_FRAMES = 1
"""The same for the network whose weights come in with each frame."""
VERIFIED_FRAMES = 2


class Part(StrEnum):
    """What is measured apart; the names of the figures."""

    EXACTNESS = "exactness"
    SPEED = "speed"
    SPEED_LARGE = "speed_large"
    SPEED_OUTSIDE = "speed_outside"
    AREA = "area"


SPEEDS = (Part.SPEED, Part.SPEED_LARGE, Part.SPEED_OUTSIDE)
"""Those that the picture is of."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    model: Annotated[Path, typer.Option(help="Description of the face network.")] = Path(
        "models/face.json"
    ),
    output: Annotated[Path, typer.Option(help="Figures, as JSON.")] = Path(
        "benchmarks/results.json"
    ),
    picture: Annotated[Path, typer.Option(help="Picture of the simulators' speeds.")] = Path(
        "docs/simulators.svg"
    ),
    part: Annotated[
        list[Part] | None,
        typer.Option(help="Part to measure instead of all; can be repeated."),
    ] = None,
) -> None:
    """Measure, print a table of all bars, and write the figures."""
    model = model.resolve()
    load_model(model)
    details: dict[str, Any] = {}
    failed: dict[Part, ToolError] = {}
    with tempfile.TemporaryDirectory(prefix="hwgen-bench-") as name, steps() as step:
        work = Path(name)
        build = work / "face"
        details["placed"] = stored_rows(PLACED)
        details["plans"] = plan_foldings(model, step)
        details["build"] = measure_build(model, build, step)
        parts: dict[Part, Callable[[], Any]] = {
            Part.EXACTNESS: lambda: measure_exactness(build, VERIFIED_FRAMES, step),
            Part.SPEED: lambda: measure_speed(build, work / "speed", FRAMES, step),
            Part.SPEED_LARGE: lambda: measure_speed(
                build_large(work, step), work / "speed_large", LARGE_FRAMES, step
            ),
            Part.SPEED_OUTSIDE: lambda: measure_speed(
                build_outside(work, step), work / "speed_outside", OUTSIDE_FRAMES, step
            ),
            Part.AREA: lambda: measure_area(step),
        }
        for one in [known for known in Part if not part or known in part]:
            try:
                details[one] = parts[one]()
            except ToolError as error:
                # Figures of the other parts are worth having without it.
                failed[one] = error
    details["errors"] = {one: str(error) for one, error in failed.items()}
    rows = judge(details)
    results = {
        "bars": rows,
        "details": details,
        "tools": tool_versions(),
        "machine": {
            "architecture": platform.machine(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
        },
    }
    with replacing(output, parents=True) as path:
        path.write_text(json.dumps(results, indent=1) + "\n")
    console = Console(width=80)
    console.print(table(rows))
    speeds = [details[one] for one in SPEEDS if one in details]
    for network in speeds:
        console.print(speed_table(network))
        console.print()
    if len(speeds) == len(SPEEDS):
        with replacing(picture, parents=True) as path:
            draw_speeds(speeds, NAMES, path)
        out.print(f"picture: {picture}")
    out.print(f"figures: {output}")
    if failed:
        raise ToolError("; ".join(str(error) for error in failed.values()))


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
