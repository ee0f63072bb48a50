"""Pictures of faces and of anything else: loading, splitting, drawing of batches."""

import io
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from PIL import Image
from torch import Tensor

__all__ = ["HELD_OUT", "TRAIN", "VALIDATION", "Batcher", "Source", "load_sources", "split_pictures"]

SIZE = 32
TRAIN, VALIDATION, HELD_OUT = 0, 1, 2

FACE24_FRAME = 0.76
"""The part of a face24 picture that frames the face as a CBCL picture does: the mean faces then
have their eyes and mouths at the same places."""
FACE24_CENTRE = 0.05
"""That part's centre lies this far below the picture's, in half heights."""


@dataclass(frozen=True)
class Source:
    """Pictures of one kind.

    Members
    -------
    images : Tensor
        uint8 (N, 1 or 3, 32, 32).
    split : numpy.ndarray
        `TRAIN`, `VALIDATION` or `HELD_OUT` of each picture.
    face : bool
        Whether the pictures show faces.
    frame, centre : float
        Standard window: its side as a part of the picture's, and its height above the centre.
    share : float
        Part of a training batch.
    """

    images: Tensor
    split: np.ndarray
    face: bool
    share: float
    frame: float = 1.0
    centre: float = 0.0


def _split_blocks(position: np.ndarray, blocks: int, seed: int) -> np.ndarray:
    """Split by whole blocks of neighbours, as neighbours may be near duplicates.

    Parameters
    ----------
    position
        Place of each picture in its file, from 0 to below 1.
    blocks
        Blocks over the file; a tenth each goes to validation and to the held-out part.
    """
    kind = np.full(blocks, TRAIN)
    order = np.random.default_rng(seed).permutation(blocks)
    tenth = blocks // 10
    kind[order[:tenth]] = VALIDATION
    kind[order[tenth : 2 * tenth]] = HELD_OUT
    return kind[(position * blocks).astype(int)]


def _grey(images: np.ndarray) -> Tensor:
    """Grey pictures (N, H, W) at the network's size."""
    x = torch.from_numpy(images)[:, None].float()
    x = F.interpolate(x, (SIZE, SIZE), mode="bicubic", align_corners=False)
    return x.round().clamp(0, 255).byte()


def _cifar(path: Path, seed: int, share: float) -> Source:
    archive = np.load(path)
    jpeg, offset = archive["jpeg"].tobytes(), archive["offset"]
    images = np.stack(
        [
            np.asarray(Image.open(io.BytesIO(jpeg[start:end])).convert("RGB"))
            for start, end in itertools.pairwise(offset)
        ]
    )
    split = np.where(archive["is_test"].astype(bool), HELD_OUT, TRAIN)
    train = np.flatnonzero(split == TRAIN)
    split[np.random.default_rng(seed).permutation(train)[:5000]] = VALIDATION
    return Source(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()), split, False, share)


def load_sources(folder: Path, seed: int) -> dict[str, Source]:
    """Read and split every source.

    Parameters
    ----------
    folder
        Holds ``cbcl19_train.npz``, ``face24_vs_nonface.npz`` and ``cifar10_jpeg.npz``.
    seed
        Fixes the splits.

    Raises
    ------
    FileNotFoundError
        If a file is absent.
    """
    cbcl = np.load(folder / "cbcl19_train.npz")
    face24 = np.load(folder / "face24_vs_nonface.npz")

    def blocks(count: int, number: int) -> np.ndarray:
        return _split_blocks(np.arange(count) / count, number, seed)

    # Whole scenes; windows and scenes run in the same order, so the same blocks hold both.
    scenes, rank = np.unique(face24["scene_id"], return_inverse=True)
    scene_split = _split_blocks(rank / len(scenes), 20, seed)
    faces24, faces19 = face24["faces"], cbcl["faces"]
    windows, nonfaces19 = face24["nonface_windows"], cbcl["nonfaces"]
    return {
        "face24": Source(
            _grey(faces24), blocks(len(faces24), 40), True, 0.28, FACE24_FRAME, FACE24_CENTRE
        ),
        "cbcl_faces": Source(_grey(faces19), blocks(len(faces19), 20), True, 0.12),
        "cbcl_nonfaces": Source(_grey(nonfaces19), blocks(len(nonfaces19), 20), False, 0.12),
        "scene_crops": Source(_grey(face24["scene_crops"]), scene_split, False, 0.18),
        "nonface_windows": Source(_grey(windows), blocks(len(windows), 20), False, 0.03),
        "cifar10": _cifar(folder / "cifar10_jpeg.npz", seed, 0.15),
    }


def split_pictures(
    sources: dict[str, Source], split: int, limit: int | None = None, seed: int = 0
) -> dict[str, Tensor]:
    """Plain pictures of one split in their standard frame, by source.

    Parameters
    ----------
    limit
        At most so many of each source, drawn with `seed`; all where it is None.

    Returns
    -------
    dict
        uint8 (N, 32, 32, 3).
    """
    pictures = {}
    for name, source in sources.items():
        index = np.flatnonzero(source.split == split)
        if limit is not None and len(index) > limit:
            index = np.sort(np.random.default_rng(seed).permutation(index)[:limit])
        x = source.images[index].float()
        if source.frame != 1.0:
            theta = torch.tensor([[source.frame, 0, 0], [0, source.frame, source.centre]])
            grid = F.affine_grid(
                theta.expand(len(x), 2, 3), [len(x), 1, SIZE, SIZE], align_corners=False
            )
            x = F.grid_sample(x, grid, mode="bicubic", align_corners=False)
        colour = x.round().clamp(0, 255).byte().expand(-1, 3, -1, -1)
        pictures[name] = colour.permute(0, 2, 3, 1).contiguous()
    return pictures


class Batcher:
    """Draws augmented batches; non-faces that the network finds hard come more often.

    Parameters
    ----------
    sources
        From `load_sources`.
    split
        The part of each source to draw from.
    augment
        Gives a batch from pictures, labels, frames and a generator.
    batch : int
        Pictures in a batch. A part of it are faces spoilt so far that they count as non-faces.
    seed : int
        Fixes every draw.
    steps : int
        Batches of an epoch.
    """

    SPOILT = 0.12

    def __init__(
        self,
        sources: dict[str, Source],
        split: int,
        augment: Callable[..., Tensor],
        batch: int,
        seed: int,
        steps: int,
    ) -> None:
        self.steps = steps
        self.sources = list(sources.values())
        self.index = [np.flatnonzero(source.split == split) for source in self.sources]
        self.hardness = [np.ones(len(index)) for index in self.index]
        self.counts = [round(batch * source.share) for source in self.sources]
        self.spoilt = [
            round(batch * self.SPOILT * source.share / 0.4) if source.face else 0
            for source in self.sources
        ]
        self.augment = augment
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self._last: list[tuple[int, np.ndarray]] = []

    def draw(self) -> tuple[Tensor, Tensor]:
        """Pictures, uint8 (N, 32, 32, 3), and their classes (N,)."""
        images, frames, labels, spoilt = [], [], [], []
        self._last = []
        for number, source in enumerate(self.sources):
            count = self.counts[number] + self.spoilt[number]
            # Hardness steers two thirds of the draws; the rest keeps every picture in play.
            total = self.hardness[number].cumsum()
            drawn = np.searchsorted(total, self.rng.random(count) * total[-1])
            plain = self.rng.random(count) < 1 / 3
            chosen = np.where(plain, self.rng.integers(len(total), size=count), drawn)
            images.append(source.images[self.index[number][chosen]].expand(-1, 3, -1, -1))
            frames.append(torch.tensor([[source.frame, source.centre]]).expand(count, 2))
            is_spoilt = torch.arange(count) >= self.counts[number]
            spoilt.append(is_spoilt)
            labels.append(torch.full((count,), int(source.face)) * ~is_spoilt)
            self._last.append((number, chosen))
        label = torch.cat(labels)
        x = self.augment(
            torch.cat(images), label, torch.cat(frames), torch.cat(spoilt), self.generator
        )
        return x.permute(0, 2, 3, 1), label

    def feedback(self, losses: Tensor) -> None:
        """Note how hard the last batch was, from its loss per picture."""
        start = 0
        for number, chosen in self._last:
            part = losses[start : start + len(chosen)].cpu().numpy()
            start += len(chosen)
            if not self.sources[number].face:
                old = self.hardness[number][chosen]
                self.hardness[number][chosen] = 0.5 * old + 0.5 * np.clip(part, 0.05, 2.0)

    def state(self) -> dict[str, Tensor]:
        """All that chance and experience decide of the batches to come."""
        text = json.dumps(self.rng.bit_generator.state)
        state = {
            "generator": self.generator.get_state(),
            "rng": torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8),
        }
        return state | {
            f"hardness{k}": torch.from_numpy(hard) for k, hard in enumerate(self.hardness)
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state."""
        self.generator.set_state(state["generator"])
        self.rng.bit_generator.state = json.loads(state["rng"].numpy().tobytes())
        for k, hard in enumerate(self.hardness):
            hard[:] = state[f"hardness{k}"].numpy()
