"""Checkpoints: all that a training goes on from, in one file, written whole or not at all."""

import json
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hwgen.errors import ModelError, describe, located
from hwgen.files import write_whole
from hwgen.readers.files import read_bytes
from hwgen.readers.json_object import parse_json
from hwgen.readers.npz import Archive
from hwgen.training.batches import Batches

__all__ = ["load_checkpoint", "save_checkpoint"]

_FORMAT = "hwgen-checkpoint/1"
_MOST_BYTES = 1 << 31
_NUMBERS = "biuf"


def save_checkpoint(
    path: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
    facts: Mapping[str, Any],
) -> None:
    """Write the state of a training; an older file stays where this one cannot be written.

    Raises
    ------
    ModelError
        If it cannot, as on a full disk; names the file and why.
    """
    arrays = {f"network/{name}": tensor for name, tensor in network.state_dict().items()}
    for index, state in optimiser.state_dict()["state"].items():
        arrays |= {f"optimiser/{index}/{name}": value for name, value in state.items()}
    arrays |= {f"batches/{name}": value for name, value in batches.state().items()}
    plain = {name: tensor.detach().cpu().numpy() for name, tensor in arrays.items()}
    text = json.dumps({"format": _FORMAT, **facts})
    plain["facts"] = np.frombuffer(text.encode(), np.uint8)
    file = BytesIO()
    np.savez(file, **plain)  # type: ignore[arg-type]
    write_whole(path, file.getvalue())


def load_checkpoint(
    path: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    """Bring a training to where it was left; gives the facts that were kept with it.

    Parameters
    ----------
    asked : mapping
        What the training is asked for. It has to be what the file says under ``asked``.

    Raises
    ------
    ModelError
        If the file is damaged, of another network, or of a training that was asked for otherwise.
    """
    with located(str(path)):
        arrays = _read(path)
        facts = _facts(arrays.pop("facts", None))
        for key, value in asked.items():
            if (known := facts["asked"].get(key)) != value:
                raise ModelError(
                    f"is of a training with {key} {describe(known)}, not {describe(value)}; "
                    "ask for the same, or begin anew without --resume"
                )
        try:
            _restore(arrays, network, optimiser, batches)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise ModelError("is a checkpoint of another network, or a damaged one") from error
    return facts


def _read(path: Path) -> dict[str, np.ndarray]:
    archive = Archive(read_bytes(path, _MOST_BYTES))

    def check(header: Any) -> None:
        if header.dtype.kind not in _NUMBERS:
            raise ModelError("is no checkpoint: it holds something else than numbers")

    names = archive.names
    return {name.removesuffix(".npy"): archive.read(name, check) for name in names}


def _facts(stored: np.ndarray | None) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if stored is not None:
        with suppress(ModelError):
            facts = dict(parse_json(stored.tobytes(), "a checkpoint"))
    if facts.get("format") != _FORMAT:
        raise ModelError("is no checkpoint of a training")
    return facts


def _restore(
    arrays: dict[str, np.ndarray],
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
) -> None:
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}

    def under(prefix: str) -> dict[str, Tensor]:
        return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

    network.load_state_dict(under("network/"))
    states: dict[int, dict[str, Tensor]] = {}
    for name, tensor in under("optimiser/").items():
        index, key = name.split("/")
        states.setdefault(int(index), {})[key] = tensor
    optimiser.load_state_dict({**optimiser.state_dict(), "state": states})
    batches.restore(under("batches/"))
