"""Whether a change leaves all Verilog as it was.

``python -m benchmarks.verilog_digests record DIR`` builds known networks and random ones, and keeps
what they were built from, with a digest of each emitted file; ``check DIR``, run on changed code,
builds them again and compares.
"""

import json
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.networks import CNV_CYCLES, random_cnv
from benchmarks.tools import ROOT
from hwgen.cli import app as hwgen
from hwgen.errors import ModelError
from hwgen.model import save_model
from hwgen.model.importers import import_model

RANDOM_NETWORKS = 40
FEW = 12
"""Random networks that a quick check builds."""

ASKED = "asked.json"
"""What is kept of a design: its options, and the digests of its files."""

LFC = ROOT.parent / "shared" / "data" / "models" / "bnnpynq_lfcW1A1_mnist.npz"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def record(folder: Annotated[Path, typer.Argument(help="New folder.")]) -> None:
    """Build everything, and keep digests."""
    folder.mkdir(parents=True)
    face = ROOT / "models" / "face.json"
    for name, options in {
        "generic": [],
        "up5k": ["--device", "up5k", "--cycles", "33000"],
        "ecp5-85": ["--device", "ecp5-85", "--cycles", "2048", "--clock-mhz", "80"],
    }.items():
        _keep(folder / f"face-{name}", face.read_bytes(), options)
    _keep(folder / "tiny", (ROOT / "models" / "tiny.json").read_bytes(), [])
    cycles = ["--cycles", str(CNV_CYCLES)]
    _keep(folder / "cnv", _written(random_cnv()), cycles)
    if LFC.is_file():
        model, _ = import_model(LFC)
        lfc = _written(model)
        _keep(folder / "lfc", lfc, ["--device", "ecp5-85", "--cycles", "1024"])
    for k, (model, device, clock, folding) in enumerate(_random_designs()):
        place = folder / f"random-{k:02}"
        options = ["--device", device, "--clock-mhz", str(clock)]
        _keep(place, _written(model), options, folding)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Folder that `record` made.")],
    few: Annotated[
        bool, typer.Option("--few", help="Leave out the large networks and most random ones.")
    ] = False,
) -> None:
    """Build all again; exits with 1 where a file differs."""
    places = sorted(p for p in folder.iterdir() if p.is_dir())
    if few:
        places = [p for p in places if p.name.split("-")[0] in ("tiny", "random")][: FEW + 1]
        places.append(folder / "face-up5k")
    differing = 0
    for place in places:
        asked = json.loads((place / ASKED).read_text())
        found = _digests(place, asked["options"])
        names = {n for n in found | asked["files"] if found.get(n) != asked["files"].get(n)}
        differing += bool(names)
        print(f"{place.name}: " + (f"differs in {', '.join(sorted(names))}" if names else "same"))
    print(f"{len(places)} designs, {differing} differ")
    if differing:
        raise typer.Exit(1)


def _keep(place: Path, description: bytes, options: list[str], folding: Any = None) -> None:
    place.mkdir()
    (place / "model.json").write_bytes(description)
    if folding is not None:
        (place / "folding.json").write_text(json.dumps(folding))
    asked = {"options": options, "files": _digests(place, options)}
    (place / ASKED).write_text(json.dumps(asked, indent=1))
    print(place.name)


def _digests(place: Path, options: list[str]) -> dict[str, str]:
    """Digest of each file of a build that hardware is made from, by name."""
    folding = place / "folding.json"
    more = ["--folding", str(folding)] if folding.is_file() else []
    with tempfile.TemporaryDirectory() as work:
        build = Path(work) / "build"
        arguments = ["build", str(place / "model.json"), *options, *more, "-o", str(build)]
        try:
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                hwgen(arguments, standalone_mode=False)
        except ModelError as error:
            return {"refused": str(error).replace(str(place), "")}
        return {
            path.name: sha256(path.read_bytes()).hexdigest()
            for path in sorted(build.iterdir())
            if path.suffix in (".v", ".mem", ".bin", ".hex")
        }


def _written(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "model.json"
        save_model(model, path)
        return path.read_bytes()


def _random_designs() -> list[tuple[Any, str, float, Any]]:
    """Description, device, clock and folding of each, drawn as the tests draw them."""
    sys.path.insert(0, str(ROOT / "tests"))
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from random_designs import random_folding
    from strategies import networks, pads_with_two_levels

    from hwgen.passes import lower_network

    found: list[tuple[Any, str, float, Any]] = []

    @seed(13)
    @settings(
        max_examples=2 * RANDOM_NETWORKS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(networks())
    def draw(case: Any) -> None:
        model, _ = case
        if pads_with_two_levels(model) or len(found) == RANDOM_NETWORKS:
            return
        rng = np.random.default_rng(len(found))
        folding = random_folding(lower_network(model), rng)
        device = str(rng.choice(["generic", "ecp5-85"]))
        found.append((model, device, float(rng.choice([24.0, 100.0])), folding))

    draw()
    return found


if __name__ == "__main__":
    app()
