"""Pictures of an archive of JPEG files as plain pixels, for `hwgen eval`.

``python -m benchmarks.jpeg_pictures ARCHIVE.npz -o test.npz`` reads the arrays ``jpeg`` (bytes of
all files, end to end), ``offset`` (where each begins, and the end), ``y`` (what they show) and
``is_test``, and writes ``x`` (N, H, W, 3) and ``y`` of the test pictures; with ``--train`` of the
others.
"""

import io
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from hwgen.console import count, errors_to_exit, out
from hwgen.errors import ModelError
from hwgen.files import check_writable, replacing

__all__ = ["read_pictures"]

KEYS = ("jpeg", "offset", "y", "is_test")

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


def read_pictures(archive: Path, *, test: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Test pictures of an archive, or all others: uint8 (N, H, W, 3), and what they show.

    Raises
    ------
    ModelError
        If the file is not such an archive; names it.
    """
    try:
        with np.load(archive, allow_pickle=False) as found:
            files, offset, labels, is_test = (found[key] for key in KEYS)
        chosen = np.flatnonzero(is_test == test)
        pictures = [_pixels(files[offset[k] : offset[k + 1]].tobytes()) for k in chosen]
        return np.stack(pictures), labels[chosen]
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{archive}: must be an .npz of {', '.join(KEYS)}, of JPEG files end to end"
        ) from error


def _pixels(file: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(file), formats=["JPEG"]) as picture:
        return np.asarray(picture.convert("RGB"))


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
