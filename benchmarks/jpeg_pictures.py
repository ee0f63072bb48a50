"""Pictures of an archive of JPEG files as plain pixels, for `hwgen eval`.

``python -m benchmarks.jpeg_pictures ARCHIVE.npz -o test.npz`` reads the arrays ``jpeg`` (bytes of
all files, end to end), ``offset`` (where each begins, and the end), ``y`` (what they show) and
``is_test``, and writes ``x`` (N, H, W, 3) and ``y`` of the test pictures; with ``--train`` of the
others.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from hwgen.console import count, errors_to_exit, out
from hwgen.errors import ModelError, located
from hwgen.files import check_writable, replacing
from hwgen.training.data_files import read_named

__all__ = ["read_pictures"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    archive: Annotated[Path, typer.Argument(help="Archive.", metavar="ARCHIVE.npz")],
    output: Annotated[
        Path, typer.Option("-o", help="Archive to write, of x and y.", metavar="FILE.npz")
    ],
    train: Annotated[
        bool, typer.Option("--train", help="Pictures that are not of the test set.")
    ] = False,
) -> None:
    """Write pictures of an archive of JPEG files as pixels, with what they show."""
    if output.suffix != ".npz":
        raise ModelError(f"{output}: must be an .npz file")
    check_writable(output)
    pictures, labels = read_pictures(archive, test=not train)
    with replacing(output) as path:
        np.savez(path, x=pictures, y=labels)
    out.print(f"wrote {count(len(labels), 'picture')} to {output}")


def read_pictures(archive: Path, *, test: bool) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Test pictures of an archive, or all others: uint8 (N, H, W, C), and what they show.

    Raises
    ------
    ModelError
        If the file is not such an archive; names it.
    """
    with located(str(archive)):
        found = read_named(archive, lambda text: None)
        if missing := sorted({"x", "y", "is_test"} - found.keys()):
            raise ModelError(f"has no array {missing[0]}")
        pictures, labels, is_test = found["x"], found["y"], found["is_test"]
        if not len(pictures) == len(labels) == len(is_test):
            raise ModelError("must have a label and an is_test for each picture")
    chosen = is_test.astype(np.bool_) == test
    return pictures[chosen], labels[chosen]


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
