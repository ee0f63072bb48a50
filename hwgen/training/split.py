"""Which pictures are held out: a share of each class, and whole groups where there are any."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe

__all__ = ["hold_out", "refuse_shared_groups"]


def hold_out(
    labels: NDArray[np.int64],
    groups: NDArray[Any] | None,
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Choose pictures to hold out.

    Parameters
    ----------
    labels : int64 array (N,)
    groups : array (N,), optional
        Pictures of one group are held out together or not at all.
    share : float
        Of each class; as near to it as groups allow, each counted with the class that most of it
        shows.
    rng : Generator
        The only source of chance.

    Returns
    -------
    bool array (N,)
    """
    if groups is None or not len(labels):
        # Each picture is a group of its own.
        member, of = np.arange(len(labels)), labels
    else:
        member = np.unique(groups, return_inverse=True)[1]
        counts = np.zeros((int(member.max()) + 1, int(labels.max()) + 1), np.int64)
        np.add.at(counts, (member, labels), 1)
        of = counts.argmax(axis=1)
    sizes = np.bincount(member)
    chosen = np.zeros(len(of), np.bool_)
    for label in np.unique(of):
        drawn = rng.permutation(np.flatnonzero(of == label))
        after = np.cumsum(sizes[drawn])
        # A group goes where its middle lies.
        chosen[drawn[after - sizes[drawn] / 2 < share * after[-1]]] = True
    return chosen[member]


def refuse_shared_groups(groups: Mapping[str, NDArray[Any] | None]) -> None:
    """Refuse parts of data of which two have pictures of one group.

    Raises
    ------
    ModelError
        Names the group and both parts.
    """
    seen: dict[Any, str] = {}
    for part, column in groups.items():
        for group in [] if column is None else np.unique(column).tolist():
            if seen.setdefault(group, part) != part:
                raise ModelError(
                    f"group {describe(group)} has pictures in {seen[group]} and in {part}"
                )
