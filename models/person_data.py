"""Windows for the network that finds people: ``python -m models.person_data --help``."""

import argparse
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hwgen.model import load_model
from hwgen.training.split import hold_out
from sim import golden
from sim.metrics import area_under_roc

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared/data/images/person_inria_gray32x64.npz"

CLASSES = ("background", "person")
BLOCK = 48
"""Neighbours that go to one part: windows of one photograph follow one another."""
ALIKE = 0.9
"""Correlation from which on two windows show the same; then neither trains for the other's test."""
QUALITIES = (50, 95)

Pictures = NDArray[np.uint8]


def compressed(pictures: Pictures, rng: np.random.Generator) -> Pictures:
    """The same through JPEG, each at a quality of its own: what they were before tells less."""
    found = np.empty_like(pictures)
    for k, quality in enumerate(rng.integers(*QUALITIES, len(pictures), endpoint=True).tolist()):
        file = io.BytesIO()
        Image.fromarray(pictures[k]).save(file, "JPEG", quality=quality)
        found[k] = np.asarray(Image.open(file))
    return found


def seen_in(pictures: Pictures, others: Pictures) -> NDArray[np.bool_]:
    """Tell which pictures nearly are one of the others, or its mirror image."""
    found = np.zeros(len(pictures), np.bool_)
    for shown in (others, others[:, :, ::-1]):
        found |= (_unit(pictures) @ _unit(shown).T > ALIKE).any(axis=1)
    return found


def _unit(pictures: Pictures) -> NDArray[np.float32]:
    flat = pictures.reshape(len(pictures), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6)


def treatments(pictures: Pictures) -> dict[str, NDArray[np.float64]]:
    """Figures of each picture that tell how it was kept rather than what it shows."""
    x = pictures.astype(np.float64)
    across, down = np.abs(np.diff(x, axis=2)), np.abs(np.diff(x, axis=1))
    edges = across[:, :, 7::8].mean((1, 2)) + down[:, 7::8].mean((1, 2))
    mean = across.mean((1, 2)) + down.mean((1, 2))
    curves = np.abs(np.diff(x, 2, axis=1)).mean((1, 2)) + np.abs(np.diff(x, 2, axis=2)).mean((1, 2))
    return {"edges of 8 x 8 blocks": edges / (mean + 1), "fine detail": curves / (mean + 1)}


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows, what they show, which ones were never compressed, and the parts that use them."""

    pictures: Pictures
    labels: NDArray[np.int64]
    png: NDArray[np.bool_]
    parts: dict[str, NDArray[np.bool_]]


def split_windows(data: Path, rng: np.random.Generator) -> Windows:
    """Read all windows, and part them by blocks of neighbours."""
    with np.load(data, allow_pickle=False) as archive:
        pictures = np.concatenate([archive["negative"], archive["positive"]])
        png = np.concatenate([archive["negative_is_png"], archive["positive_is_png"]])
        counts = [len(archive["negative"]), len(archive["positive"])]
    labels = np.repeat([0, 1], counts)
    # Blocks begin anew with the other class.
    groups = np.concatenate([np.arange(count) for count in counts]) // BLOCK + labels * len(labels)
    test = hold_out(labels, groups, 0.2, rng)
    valid = np.zeros_like(test)
    valid[~test] = hold_out(labels[~test], groups[~test], 0.1, rng)
    train = ~test & ~valid
    train[train] = ~seen_in(pictures[train], pictures[~train])
    return Windows(pictures, labels, png, {"train": train, "valid": valid, "test": test})


def prepare(data: Path, output: Path, seed: int) -> None:
    """Write what trains and chooses, compressed alike, and what tests, as it is."""
    rng = np.random.default_rng(seed)
    windows = split_windows(data, rng)
    alike = compressed(windows.pictures, rng)
    arrays: dict[str, NDArray[Any]] = {"classes": np.array(CLASSES)}
    for part, rows in windows.parts.items():
        arrays[f"{part}_x"] = (windows.pictures if part == "test" else alike)[rows]
        arrays[f"{part}_y"] = windows.labels[rows]
        without, with_one = np.bincount(windows.labels[rows])
        print(f"{part}: {without:,} windows without a person and {with_one:,} with one")
    np.savez_compressed(output, **arrays)  # type: ignore[arg-type]


def judge(data: Path, seed: int, description: Path | None) -> None:
    """Print how well figures of the compression tell the held-out windows apart, and a network."""
    rng = np.random.default_rng(seed)
    windows = split_windows(data, rng)
    alike = compressed(windows.pictures, rng)
    test, person = windows.parts["test"], windows.labels == 1
    model = None if description is None else load_model(description)

    def tell(title: str, shown: Pictures, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> None:
        print(f"{title}: {one.sum():,} against {other.sum():,}")
        figures = treatments(shown)
        if model is not None:
            scores = golden.run(model, shown[..., np.newaxis], keep=False).scores
            figures["the network"] = scores[:, 1] - scores[:, 0]
        for name, figure in figures.items():
            print(f"  AUC of {name}: {area_under_roc(figure[one | other], one[one | other]):.4f}")

    rows = np.flatnonzero(test)
    person, png = person[rows], windows.png[rows]
    plain = windows.pictures[rows]
    tell("person against background, as they are", plain, person, ~person)
    tell("person against background, PNG alone", plain, person & png, ~person & png)
    tell("person against background, compressed alike", alike[rows], person, ~person)
    tell("background, PNG against JPEG", plain, ~person & png, ~person & ~png)


def main() -> None:
    """Prepare or judge as the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m models.person_data", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seed", type=int, default=1, help="of split and compression")
    parser.add_argument("-o", "--output", type=Path, help="archive to write")
    parser.add_argument(
        "--judge", action="store_true", help="print what tells held-out windows apart"
    )
    parser.add_argument("--model", type=Path, help="description to judge, too")
    options = parser.parse_args()
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        prepare(options.data, options.output, options.seed)
    if options.judge or options.model is not None:
        judge(options.data, options.seed, options.model)


if __name__ == "__main__":
    main()
