"""Train the face / non-face network: ``python -m models.train_face --help``."""

import argparse
from pathlib import Path

from models.face_training import EPOCH_PICTURES, Options, train_face

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Train as the command line asks."""
    options = _parse()
    try:
        train_face(options)
    except KeyboardInterrupt:
        raise SystemExit(f"stopped; go on with --resume --work {options.work}") from None


def _parse() -> Options:
    parser = argparse.ArgumentParser(prog="python -m models.train_face", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/images")
    parser.add_argument("--work", type=Path, default=ROOT / "build/train_face")
    parser.add_argument("--epochs", type=int, default=36, help=f"of {EPOCH_PICTURES} pictures")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on from the last epoch")
    parser.add_argument(
        "--test", action="store_true", help="measure the held-out pictures too: once, at the end"
    )
    parser.add_argument("--description", type=Path, help="also write the model description here")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
