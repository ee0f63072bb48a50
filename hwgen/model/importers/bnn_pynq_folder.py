"""Folders of parameters as BNN-PYNQ loads them: LFC and CNV, folded into words of 64 bits.

File ``<layer>-<pe>-weights.bin`` has a word for each pair of neuron fold and synapse fold, synapses
fastest; bit k is the weight of input k of the fold, 1 for +1. ``<layer>-<pe>-thres.bin`` has a word
for each neuron fold. Neuron ``fold * PE + pe`` lies in the files of ``pe``.
"""

import re
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.builder import Builder
from hwgen.model.importers.archive import MAX_THRESHOLD, Arrays
from hwgen.model.importers.bnn_pynq import network
from hwgen.model.importers.source import Importer, Source

__all__ = ["BNN_PYNQ_FOLDER"]

_FILES = re.compile(r"(0|[1-9]\d*)-(0|[1-9]\d*)-(weights|thres)\.bin")
_CLASSES = "classes.txt"
_WORD_BYTES = 8
_LANES = 64
_MOST_PES = 1024


@dataclass(frozen=True)
class _Layer:
    """What a layer reads, one neuron's weights; how many neurons, None for one a class.

    ``width`` are the inputs with those that the hardware adds, which change no sum.
    """

    inputs: tuple[int, ...]
    neurons: int | None
    width: int


def _conv(channels: int, neurons: int) -> _Layer:
    return _Layer((3, 3, channels), neurons, 9 * channels)


def _dense(inputs: int, neurons: int | None, width: int | None = None) -> _Layer:
    return _Layer((inputs,), neurons, width or inputs)


_TOPOLOGIES: dict[str, tuple[_Layer, ...]] = {
    "cnv": (
        _conv(3, 64), _conv(64, 64), _conv(64, 128), _conv(128, 128), _conv(128, 256),
        _conv(256, 256), _dense(256, 512), _dense(512, 512), _dense(512, None),
    ),
    "lfc": (
        _dense(784, 1024, 832), _dense(1024, 1024), _dense(1024, 1024), _dense(1024, None),
    ),
}  # fmt: skip
"""Layers of the networks of one bit, as their configurations in hardware have them."""


def _recognises(source: Source) -> bool:
    return any(map(_FILES.fullmatch, source.members))


def _build(source: Source) -> Builder:
    asked = source.options.topology
    known = " or ".join(_TOPOLOGIES)
    if asked is None:
        raise ModelError(
            f"has the parameters of a BNN-PYNQ network; say which by --topology {known}"
        )
    if asked.lower() not in _TOPOLOGIES:
        raise ModelError(
            f"the topology must be {known}, of 1-bit weights and activations, not {asked!r}"
        )
    layers = _TOPOLOGIES[asked.lower()]
    files = _files(source, len(layers))
    classes = _classes(source)
    arrays: Arrays = {}
    for k, layer in enumerate(layers):
        _unfold(arrays, k, layer, files[k], None if classes is None else len(classes))
    if classes is not None:
        arrays["classes"] = np.array(classes)
    return network(source, arrays, BNN_PYNQ_FOLDER.name)


Words = NDArray[np.uint64]


def _files(source: Source, layers: int) -> list[tuple[list[Words], list[Words]]]:
    """Weights and thresholds of each layer, one array a PE."""
    found: list[dict[str, dict[int, Words]]] = [{"weights": {}, "thres": {}} for _ in range(layers)]
    for name, data in source.members.items():
        match = _FILES.fullmatch(name)
        if match is None:
            continue
        layer, pe, what = int(match[1]), int(match[2]), match[3]
        if layer >= layers or pe >= _MOST_PES:
            raise ModelError(f"has the file {name!r}, which a network of {layers} layers has not")
        if not data or len(data) % _WORD_BYTES:
            raise ModelError(f"its file {name!r} must hold words of 64 bits, not {len(data)} bytes")
        found[layer][what][pe] = np.frombuffer(data, "<u8")
    made = []
    for k, layer in enumerate(found):
        parts: list[list[Words]] = []
        for what, words in layer.items():
            for pe in range(max(words, default=-1) + 1):
                if pe not in words:
                    raise ModelError(f"lacks the file '{k}-{pe}-{what}.bin'")
            parts.append([words[pe] for pe in range(len(words))])
            if len({len(one) for one in parts[-1]}) > 1:
                raise ModelError(f"its files '{k}-*-{what}.bin' must have one size")
        if not parts[0]:
            raise ModelError(f"lacks the file '{k}-0-weights.bin'")
        made.append((parts[0], parts[1]))
    return made


def _classes(source: Source) -> list[str] | None:
    if _CLASSES not in source.members:
        return None
    try:
        lines = source.members[_CLASSES].decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ModelError(f"its file {_CLASSES!r} must be UTF-8 text") from error
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise ModelError(f"its file {_CLASSES!r} names no classes")
    return names


def _unfold(
    arrays: Arrays,
    k: int,
    layer: _Layer,
    files: tuple[list[Words], list[Words]],
    classes: int | None,
) -> None:
    """Add ``W<k>`` and, where there are thresholds, ``T<k>`` and how else the file has them."""
    weights, thresholds = files
    rows = _weights(k, layer, weights, len(thresholds) and len(thresholds[0]))
    count = layer.neurons or classes
    if count is None:
        # Neurons that the hardware adds have weights of +1 alone.
        used = np.flatnonzero((rows[:, : prod(layer.inputs)] != 1).any(axis=1))
        count = int(used[-1]) + 1 if used.size else len(rows)
    if count > len(rows):
        raise ModelError(f"has {len(rows)} neurons in layer {k}, but needs {count}")
    inputs = prod(layer.inputs)
    arrays[f"W{k}"] = rows[:count, :inputs].reshape(count, *layer.inputs)
    if not thresholds:
        return
    if len(thresholds) != len(weights):
        raise ModelError(f"has other numbers of weights and thresholds in layer {k}")
    figures = np.stack(thresholds, axis=1).reshape(-1)[:count].view(np.int64)
    if (np.abs(figures.astype(float)) > MAX_THRESHOLD).any():
        raise ModelError(f"has thresholds beyond 2**51 in layer {k}")
    if k == 0 and len(layer.inputs) > 1:
        arrays["T0_q8"], arrays["T0"] = figures, figures // 2
    else:
        arrays[f"Tpop{k}"], arrays[f"T{k}"] = figures, 2 * figures - inputs


def _weights(k: int, layer: _Layer, files: list[Words], folds: int) -> NDArray[np.int8]:
    """Rows of -1 and +1 (neurons, inputs), with all that the hardware adds.

    ``folds`` is how many neurons each PE has, 0 where no thresholds tell.
    """
    words = np.stack(files)
    pes, count = words.shape
    # Neurons of a last layer are made up to 64, and all to a multiple of the PEs.
    folds = folds or max(_LANES, pes) // pes
    if layer.neurons is not None and folds * pes != -(-layer.neurons // pes) * pes:
        raise ModelError(
            f"has {folds * pes} thresholds for {layer.neurons} neurons in layer {k}; networks of "
            "1-bit weights and activations are imported, which have one each"
        )
    steps = count // folds
    if steps * folds != count or not steps or layer.width % steps or layer.width // steps > _LANES:
        raise ModelError(
            f"its files '{k}-*-weights.bin' have {count} words, which is no folding of "
            f"{folds * pes} x {layer.width} weights"
        )
    lanes = layer.width // steps
    if lanes < _LANES and (words >> np.uint64(lanes)).any():
        raise ModelError(
            f"its files '{k}-*-weights.bin' have more than {lanes} bits a word; networks of 1-bit "
            "weights are imported"
        )
    bits = words[:, :, None] >> np.arange(lanes, dtype=np.uint64) & np.uint64(1)
    rows = bits.reshape(pes, folds, layer.width).swapaxes(0, 1).reshape(-1, layer.width)
    return (2 * rows.astype(np.int8) - 1).astype(np.int8)


BNN_PYNQ_FOLDER = Importer(
    "bnn_pynq_folder", "a folder of BNN-PYNQ's parameters", _recognises, _build
)
"""Needs the option ``topology``, and takes ``classes.txt`` where it is there."""
