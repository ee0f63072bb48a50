"""How good a face network is: area under the curve, and a search in a picture."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from hwgen.training.network import Network
from hwgen.training.predict import exact_scores

__all__ = ["area_under_curve", "margins", "measure", "outside_pictures", "search"]

SIZE = 32


def area_under_curve(faces: np.ndarray, others: np.ndarray) -> float:
    """Part of all (face, other) pairs in the right order; equal margins count half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, faces, "left")
    not_above = np.searchsorted(ordered, faces, "right")
    return float((below + not_above).mean() / (2 * len(others)))


def margins(network: Network, pictures: Tensor) -> np.ndarray:
    """Score face minus score nonface, of uint8 pictures (N, 32, 32, 3), as integers."""
    scores = exact_scores(network, pictures).x.numpy().astype(np.int64)
    return scores[:, 1] - scores[:, 0]


def measure(network: Network, pictures: Mapping[str, Tensor]) -> dict[str, Any]:
    """Figures of one split.

    Parameters
    ----------
    pictures
        From `face_data.split_pictures`.

    Returns
    -------
    dict
        Counts, ``auc``, ``accuracy`` by argmax, ``balanced_accuracy``, hit rates at two
        false-alarm rates, and the area under the curve within each origin.
    """
    margin = {name: margins(network, part) for name, part in pictures.items()}
    is_face = {name: name in ("face24", "cbcl_faces") for name in margin}
    faces = np.concatenate([part for name, part in margin.items() if is_face[name]])
    others = np.concatenate([part for name, part in margin.items() if not is_face[name]])
    # A tie goes to class 0, nonface.
    hits, rejections = (faces > 0).sum(), (others <= 0).sum()
    return {
        "faces": len(faces),
        "nonfaces": len(others),
        "auc": area_under_curve(faces, others),
        "accuracy": float((hits + rejections) / (len(faces) + len(others))),
        "balanced_accuracy": float(hits / len(faces) + rejections / len(others)) / 2,
        "hit_rate_at_1e-2": float((faces > np.quantile(others, 0.99)).mean()),
        "hit_rate_at_1e-3": float((faces > np.quantile(others, 0.999)).mean()),
        "auc_within_cbcl": area_under_curve(margin["cbcl_faces"], margin["cbcl_nonfaces"]),
        "auc_within_face24": area_under_curve(margin["face24"], margin["scene_crops"]),
        "correct": {
            name: float(((part > 0) == is_face[name]).mean()) for name, part in margin.items()
        },
    }


def outside_pictures() -> tuple[np.ndarray, np.ndarray]:
    """Faces and non-faces of scikit-image's ``lfw_subset``, (100, 32, 32, 3) each."""
    from skimage.data import lfw_subset  # import here because only the last test needs it

    small = [Image.fromarray(np.round(one * 255).astype(np.uint8)) for one in lfw_subset()]
    large = [one.resize((SIZE, SIZE), Image.Resampling.BICUBIC).convert("RGB") for one in small]
    pictures = np.stack([np.asarray(one) for one in large])
    return pictures[:100], pictures[100:]


def search(
    network: Network,
    picture: np.ndarray,
    sides: tuple[int, ...] = (64, 77, 92, 110, 132, 159, 190),
    stride: int = 4,
) -> np.ndarray:
    """Slide the network over a picture at several scales.

    Parameters
    ----------
    picture
        uint8 (H, W, 3).
    sides
        Window sides in pixels of the picture.
    stride
        Step in pixels of the 32-pixel window.

    Returns
    -------
    numpy.ndarray
        Rows (margin, x, y, side), best first, with x, y the window's centre in the picture.
    """
    height, width = picture.shape[:2]
    rows = []
    for side in sides:
        factor = SIZE / side
        size = (round(width * factor), round(height * factor))
        scaled = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
        windows = np.lib.stride_tricks.sliding_window_view(scaled, (SIZE, SIZE), axis=(0, 1))
        windows = windows[::stride, ::stride].transpose(0, 1, 3, 4, 2)
        flat = np.ascontiguousarray(windows.reshape(-1, SIZE, SIZE, 3))
        margin = margins(network, torch.from_numpy(flat))
        row, column = np.divmod(np.arange(len(margin)), windows.shape[1])
        x, y = ((place * stride + SIZE / 2) / factor for place in (column, row))
        rows.append(np.stack([margin, x, y, np.full(len(margin), side)], 1))
    found = np.concatenate(rows)
    return found[np.argsort(-found[:, 0], kind="stable")]
