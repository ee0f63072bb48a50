"""Every network of the talk, untrained, as a description: ``python -m models.zoo NAME``."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import count, errors_to_exit, out
from hwgen.errors import ModelError
from hwgen.model import Model, save_model
from hwgen.topologies import build_model, find_topology, topology_names

__all__ = ["main", "make_network"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def make_network(name: str, seed: int = 1) -> Model:
    """Network of the zoo, with random weights drawn from a seed.

    Parameters
    ----------
    name : str
        One of `topology_names`, or another of the forms ``face-BBBC`` (a letter for each layer, B
        for 1 bit and C for 16) and ``B-12-m2-k2-r-fl``.

    Raises
    ------
    ModelError
        If there is no such network.
    """
    model = build_model(find_topology(name), seed)
    made_by = f"python -m models.zoo {name} --seed {seed}"
    return replace(model, provenance=model.provenance | {"made_by": made_by})


@app.command()
def _zoo(
    name: Annotated[str | None, typer.Argument(help="Network; --list names them.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Default: build/zoo/NAME.json.", metavar="FILE"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the random weights.", min=0, metavar="N")] = 1,
    names: Annotated[bool, typer.Option("--list", help="List the networks.")] = False,
) -> None:
    """Write a network of the talk as a description, untrained: its weights are random."""
    if names:
        for known in topology_names():
            out.print(known, markup=False)
        return
    if name is None:
        raise ModelError("a network has to be named; --list has those there are")
    model = make_network(name, seed)
    path = output
    if path is None:
        path = Path("build") / "zoo" / f"{name}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ModelError(f"{path.parent}: cannot be made: {error.strerror}") from error
    save_model(model, path)
    out.print(f"wrote {path}: {count(len(model.layers), 'layer')}, untrained", markup=False)


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
