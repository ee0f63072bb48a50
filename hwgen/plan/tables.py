"""The constant tables of a matrix unit: their size, and how many of their columns are constant."""

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.families.fabric import Fabric
from hwgen.model.integer import Matrix, Pool
from hwgen.plan.count_cells import paired_lanes
from hwgen.plan.units import MatrixPlan

__all__ = ["CLEARED_WORDS", "Table", "element_kind", "threshold_table", "weight_table"]

CLEARED_WORDS = 32
"""Biases that lie in LUTs with registers that are cleared; more of them have a word of zeros."""


@dataclass(frozen=True)
class Table:
    """A table of ``words`` words, of which ``bits`` columns are not the same in every word.

    Synthesis takes the other columns for constants.
    """

    words: int
    bits: int


def element_kind(stage: Matrix, family: Fabric) -> str:
    """Processing element of a stage: "integer", "pixel", "binary", "counter" or "carry"."""
    if not stage.weight_element.bipolar:
        return "integer"
    if not stage.in_element.bipolar:
        return "pixel"
    if stage.pad is None:
        return "binary"
    return family.counting


def products_of(unit: MatrixPlan) -> int:
    """Terms of a dot product, padding included."""
    return unit.synapse_fold * unit.simd


def acc_bits(unit: MatrixPlan, stage: Matrix) -> int:
    """Width of an accumulator without room for the threshold."""
    if stage.counts:
        return (products_of(unit) * (2 if unit.zero_flags else 1)).bit_length()
    below = (-stage.acc_min - 1).bit_length() if stage.acc_min < 0 else 0
    return max(stage.acc_max.bit_length(), below) + 1


def limit_bits(unit: MatrixPlan, stage: Matrix, kind: str) -> int:
    """Width of a limit that the accumulator is compared with, or starts from."""
    if kind == "binary":
        return (products_of(unit) * (2 if unit.zero_flags else 1) + 1).bit_length()
    return acc_bits(unit, stage) + (stage.thresholds is not None)


def weight_table(unit: MatrixPlan, stage: Matrix, family: Fabric) -> Table:
    """Weights, ``pe * simd`` of them a word, coded as the elements want them."""
    words = unit.neuron_fold * unit.synapse_fold
    if not stage.weight_element.bipolar:
        columns = _folded_weights(unit, stage)[..., None] >> np.arange(stage.weight_bits) & 1
        return _table(columns.reshape(words, -1))
    kind = element_kind(stage, family)
    if kind in ("pixel", "counter"):
        # Of some pairs of lanes the second one's bit is the difference of the two.
        if kind == "counter":
            pairs = paired_lanes(unit.simd, biased=stage.thresholds is not None)
        else:
            pairs = [(k, k + 1) for k in range(0, unit.simd - 1, 2)]
        folded = _folded_weights(unit, stage).copy()
        folded[..., [b for _, b in pairs]] ^= folded[..., [a for a, _ in pairs]]
        return _table(folded.reshape(words, -1))
    every, some = _over_neurons(stage, unit.pe)
    (ty, tx), group = unit.taps, unit.lane_group
    _, ky, kx, channels = stage.weights.shape
    form = (unit.pe, ky // ty, ty, kx // tx, tx, channels // group, group)
    every = np.bitwise_and.reduce(every.reshape(form), axis=(1, 3, 5))
    some = np.bitwise_or.reduce(some.reshape(form), axis=(1, 3, 5))
    return Table(words, int((every != some).sum()))


def threshold_table(unit: MatrixPlan, stage: Matrix, pool: Pool | None, family: Fabric) -> Table:
    """Limits of the unit's own count, and which channels are joined by AND; a word each fold.

    No columns where there is nothing to compare with and nothing to start from.
    """
    kind = element_kind(stage, family)
    limits = stage.thresholds
    if limits is None:
        if kind != "pixel":
            return Table(unit.neuron_fold, 0)
        limits = np.zeros(len(stage.weights), np.int64)
    limits = limits.reshape(unit.neuron_fold, unit.pe).astype(np.int64)
    if kind == "pixel":
        limits = limits + _pair_bias(unit, stage)
    elif kind != "integer":
        limits = limits + products_of(unit)
        limits = limits if unit.zero_flags else -(-limits // 2)
    if kind != "binary":
        limits = -limits
    width = limit_bits(unit, stage, kind)
    columns = [limits >> bit & 1 for bit in range(width)]
    # Cycles that begin no sum have a bias of zero.
    rest = kind == "counter" and unit.neuron_fold > CLEARED_WORDS
    if pool is not None and pool.minimum.any():
        columns.append(pool.minimum.reshape(unit.neuron_fold, unit.pe).astype(np.int64))
    words = np.stack(columns, axis=-1).reshape(unit.neuron_fold, -1)
    return _table(np.vstack([words, np.zeros_like(words[:rest])]))


def _folded_weights(unit: MatrixPlan, stage: Matrix) -> NDArray[np.integer[Any]]:
    """Weights by neuron fold, synapse fold, output lane, input lane."""
    _, ky, kx, channels = stage.weights.shape
    (ty, tx), group = unit.taps, unit.lane_group
    weights = stage.weights.reshape(
        unit.neuron_fold, unit.pe, ky // ty, ty, kx // tx, tx, channels // group, group
    )
    folded = weights.transpose(0, 2, 4, 6, 1, 3, 5, 7)
    return folded.reshape(unit.neuron_fold, unit.synapse_fold, unit.pe, prod((ty, tx, group)))


@lru_cache(maxsize=1024)
def _over_neurons(
    stage: Matrix, pe: int
) -> tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]:
    """Of each output lane, the weights that are set in all neuron folds, and in some."""
    weights = stage.weights.reshape(-1, pe, *stage.weights.shape[1:])
    return np.bitwise_and.reduce(weights, axis=0), np.bitwise_or.reduce(weights, axis=0)


def _pair_bias(unit: MatrixPlan, stage: Matrix) -> NDArray[np.int64]:
    """What sums of picked pairs have above the dot product, by neuron fold and output lane."""
    words = _folded_weights(unit, stage)
    bits = stage.in_element.bits
    zero = 1 << bits - 1 if stage.in_element.signed else 0
    lanes = np.where(words, zero, (1 << bits) - 1 - zero).sum(axis=-1, dtype=np.int64)
    pairs = unit.simd // 2 * 2
    lanes += (words[..., 0:pairs:2] == 0).sum(axis=-1, dtype=np.int64)
    return lanes.sum(axis=1)


def _table(words: NDArray[np.generic]) -> Table:
    """Table of words with a bit a column."""
    return Table(len(words), int((words != words[0]).any(axis=0).sum()))
