"""Search a picture for the face, at every place and size: ``python -m models.find_face``."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from hwgen.console import errors_to_exit, out, steps
from hwgen.design import load_design
from hwgen.errors import HwgenError, ModelError, ToolError
from hwgen.files import replacing
from hwgen.model import Model, dump_model, load_model
from models.face_windows import Window, cut_windows, group_windows, mean_box, sides
from sim import golden

__all__ = ["best_group", "draw", "search"]

FACE = "face"
SMALLEST = 72
"""Least side of a window in pixels of the picture: smaller faces are not looked for."""
RATIO = 1.2
"""From one window side to the next; the network takes faces of so much more or less."""
STRIDE = 4
"""Pixels of the network's input from one window to the next."""

BOX = (255, 196, 0)


class NoFaceError(HwgenError):
    """No window shows a face."""

    exit_code = 1


def best_group(groups: list[list[Window]]) -> list[Window]:
    """Group with the most margin in all.

    A face is seen in many windows around it, a pattern that happens to look like one in a few.

    Raises
    ------
    NoFaceError
        If there is none.
    """
    if not groups:
        raise NoFaceError("no window of the picture shows a face")
    return max(groups, key=lambda group: sum(w.margin for w in group))


def search(
    model: Model, picture: NDArray[np.uint8], progress: Callable[[str], None]
) -> list[Window]:
    """Score every window of a picture with the golden model."""
    face, size = _face_class(model), model.input.height
    found: list[Window] = []
    chosen = sides(*picture.shape[:2], smallest=SMALLEST, ratio=RATIO)
    for number, side in enumerate(chosen, 1):
        images, windows = cut_windows(picture, side, size, STRIDE)
        scale = f"windows of {side:.0f} pixels ({number} of {len(chosen)} sizes)"

        def tell(done: int, total: int, scale: str = scale) -> None:
            progress(f"{scale}: {done:,} of {total:,}")

        scores = golden.run(model, images, tell, keep=False).scores
        others = np.delete(scores, face, axis=1).max(axis=1)
        found += [
            Window(w.left, w.top, w.side, tuple(map(int, row)), int(row[face] - other))
            for w, row, other in zip(windows, scores, others, strict=True)
        ]
    return found


def draw(picture: NDArray[np.uint8], box: tuple[int, int, int, int], caption: str) -> Image.Image:
    """Copy of a picture with a box and a caption on it."""
    image = Image.fromarray(picture).convert("RGB")
    canvas = ImageDraw.Draw(image)
    canvas.rectangle(box, outline=BOX, width=3)
    font = ImageFont.load_default(size=15)
    left, top = box[0], max(box[1] - 20, 0)
    text = canvas.textbbox((left + 4, top + 1), caption, font=font)
    canvas.rectangle((left, top, text[2] + 4, top + 20), fill=BOX)
    canvas.text((left + 4, top + 1), caption, fill=(0, 0, 0), font=font)
    return image


def _face_class(model: Model) -> int:
    given = model.input
    if given.height != given.width or given.channels != 3:
        raise ModelError(
            f"{model.source}: must read square colour pictures, "
            f"not {given.height}x{given.width}x{given.channels}"
        )
    if model.classes is None or FACE not in model.classes or len(model.classes) < 2:
        raise ModelError(f"{model.source}: must have a class {FACE!r} and another one")
    return model.classes.index(FACE)


def _astronaut() -> NDArray[np.uint8]:
    try:
        # Imported here because only the demo needs it.
        from skimage.data import astronaut
    except ImportError as error:
        raise ToolError(
            "scikit-image is missing, which brings the picture; pip install 'hwgen[demo]'"
        ) from error
    return np.asarray(astronaut(), np.uint8)


def _save(image: Image.Image, path: Path) -> None:
    """Write a PNG whole or not at all."""
    with replacing(path, parents=True) as partial:
        image.save(partial, "PNG")


def _now_and_then(step: Callable[[str], None]) -> Callable[[str], None]:
    """Leave out the reports that come within a second of another."""
    last = 0.0

    def tell(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= 1:
            last = time.monotonic()
            step(text)

    return tell


def _manifest(model: Model, build: Path) -> dict[str, Any]:
    design, manifest = load_design(build)
    if dump_model(design.model) != dump_model(model):
        raise ModelError(f"{build}: was built from another description; build again")
    return manifest


def _print_result(
    model: Model, manifest: dict[str, Any], found: list[Window], group: list[Window]
) -> None:
    best, clock = group[0], float(manifest["clock_mhz"])
    interval, latency = manifest["interval_cycles"], manifest["latency_cycles"]
    scores = ", ".join(f"{n} {s:+,}" for n, s in zip(model.classes or (), best.scores, strict=True))
    out.print(
        f"class {FACE}, scores {scores}: window of {best.side:.0f} pixels at "
        f"({best.left:.0f}, {best.top:.0f}), the best of {len(found):,} windows"
    )
    out.print(
        f"{interval:,} cycles a frame, {clock * 1e6 / interval:,.1f} frames/s at {clock:g} MHz; "
        f"{latency:,} cycles latency, {latency / clock / 1e3:.3f} ms"
    )
    out.print(f"{len(found) * interval / clock / 1e6:.2f} s for all windows in hardware")


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def find(
    model: Annotated[Path, typer.Option(help="Description.")] = Path("models/face.json"),
    build: Annotated[Path, typer.Option(help="Its build.")] = Path("rtl_out/face"),
    output: Annotated[Path, typer.Option(help="Picture to write.")] = Path("build/face.png"),
) -> None:
    """Find the face in scikit-image's astronaut, and draw a box around it."""
    with steps() as step:
        step(f"reading {model} and {build}")
        network = load_model(model)
        manifest = _manifest(network, build)
        picture = _astronaut()
        found = search(network, picture, _now_and_then(step))
    group = best_group(group_windows(found))
    _save(draw(picture, mean_box(group), f"{FACE} {group[0].margin:+,}"), output)
    _print_result(network, manifest, found, group)
    out.print(f"picture: {output}")


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
