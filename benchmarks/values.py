"""Ways to compute values, side by side, a thread each: ``python -m benchmarks.values``.

Times are of the processor, the best of several. ``docs/decisions/0009-packed-values.md`` says
what was chosen.
"""

import os
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Annotated, Any

# Read by the BLAS when NumPy is first imported.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy as np
import typer
from numpy.typing import NDArray
from rich.table import Table

from hwgen.console import errors_to_exit, out, steps
from hwgen.errors import MismatchError
from hwgen.model import load_model
from sim import golden
from sim.golden.packed import pack
from sim.golden.products import convolve
from sim.golden.xnor import xnor_convolve
from sim.images import random_images

FRAMES = 100
TRIES = 5
SIDE, CHANNELS, FILTERS = 16, 64, 64
"""The middle layer of the face network: 3x3, 64 to 64 channels, 16x16 pixels."""
PICTURE = 32
"""Side of the pictures of its first layer: 3x3, 3 to 64 channels."""
TAPS = tuple(product(range(3), range(3)))

Ints = NDArray[Any]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def milliseconds(compute: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time a frame, and what was computed."""
    times, result = [], None
    for _ in range(TRIES):
        start = time.process_time()
        result = compute()
        times.append(time.process_time() - start)
    return min(times) / FRAMES * 1e3, result


def unfold(planes: Ints, dtype: Any) -> Ints:
    """Give the patches of padded planes (C, N, H, W) as (9, C, pixels)."""
    rows, columns = planes.shape[2] - 2, planes.shape[3] - 2
    found = [planes[:, :, y : y + rows, x : x + columns] for y, x in TAPS]
    return np.array(found, dtype).reshape(9, len(planes), -1)


def two_outputs_a_number(x: Ints, weights: NDArray[np.int8]) -> Ints:
    """Float32 BLAS with two outputs in each number, 12 bits apart: 24 bits hold both sums."""
    flat = weights.reshape(len(weights), -1).astype(np.float32)
    result = np.empty((len(weights), x.shape[1], SIDE, SIDE), np.int16)
    for first in range(0, x.shape[1], 8):  # in the cache
        patches = unfold(x[:, first : first + 8], np.float32).reshape(flat.shape[1], -1)
        both = ((flat[::2] + 4096 * flat[1::2]) @ patches).astype(np.int32)
        low = ((both + 2048) & 4095) - 2048
        part = result[:, first : first + 8].reshape(len(weights), -1)
        part[::2], part[1::2] = low, (both - low) >> 12
    return result.reshape(len(weights), -1)


def carry_save(patches: NDArray[np.uint64], words: NDArray[np.uint64], size: int) -> Ints:
    """Packed bits, three words to two: all outputs share the parities of the inputs."""
    count, pixels = words.shape[1], patches.shape[1]
    sums = np.zeros((count, pixels), np.int16)
    carry, more = np.empty((2, pixels), np.uint64)
    ones = np.empty(pixels, np.uint8)
    for first in range(0, len(patches), 3):
        a, b, c = patches[first : first + 3]
        ab, ac, abc = a ^ b, a ^ c, a ^ b ^ c
        for k, (u, v, w) in enumerate(words[first : first + 3].T):
            np.bitwise_xor(ab, u ^ v, out=carry)
            np.bitwise_xor(ac, u ^ w, out=more)
            carry &= more
            carry ^= np.bitwise_xor(a, u, out=more)  # the majority of the three products
            sums[k] += 2 * np.bitwise_count(carry, out=ones)
            sums[k] += np.bitwise_count(np.bitwise_xor(abc, u ^ v ^ w, out=carry), out=ones)
    return size - 2 * sums


def broadcast(patches: NDArray[np.uint64], words: NDArray[np.uint64], size: int) -> Ints:
    """Packed bits, all outputs by 256 pixels in one operation."""
    sums = np.zeros((words.shape[1], patches.shape[1]), np.int16)
    for first in range(0, patches.shape[1], 256):
        for patch, word in zip(patches[:, first : first + 256], words, strict=True):
            sums[:, first : first + 256] += np.bitwise_count(patch ^ word[:, np.newaxis])
    return size - 2 * sums


def vertical(x: NDArray[np.bool_], weights: NDArray[np.int8]) -> Ints:
    """64 pixels a word, a word a channel: ripple counters, one plane for each bit of the sum."""
    patches = unfold(x, np.bool_).reshape(weights[0].size, -1)
    planes = np.packbits(patches, axis=1, bitorder="little").view(np.uint64)
    result = np.empty((len(weights), patches.shape[1]), np.int16)
    for k, signs in enumerate(weights.reshape(len(weights), -1) > 0):
        counter = np.zeros((10, planes.shape[1]), np.uint64)
        for n, (plane, sign) in enumerate(zip(planes, signs, strict=True), 1):
            carry = plane if sign else ~plane
            for bit in range(n.bit_length()):
                carry, counter[bit] = carry & counter[bit], carry ^ counter[bit]
        bits = np.unpackbits(counter.view(np.uint8), axis=1, bitorder="little")
        result[k] = 2 * (1 << np.arange(10)) @ bits.astype(np.int16) - len(planes)
    return result


def sums_of_colours(x: Ints, weights: NDArray[np.int8]) -> Ints:
    """Add int16: the eight sums of a pixel's colours once, then nine of them an output."""
    signs = np.array(list(product((-1, 1), repeat=3)), np.int16)
    colours = np.einsum("sc,c...->s...", signs, x.astype(np.int16))
    tables = unfold(colours, np.int16)
    chosen = (weights > 0) @ np.array([4, 2, 1])
    result = np.empty((len(weights), tables.shape[2]), np.int16)
    for first in range(0, result.shape[1], 1 << 14):
        block = tables[:, :, first : first + (1 << 14)]
        for sums, which in zip(
            result[:, first : first + (1 << 14)], chosen.reshape(-1, 9), strict=True
        ):
            np.copyto(sums, block[0, which[0]])
            for tap in range(1, 9):
                sums += block[tap, which[tap]]
    return result


def bit_planes(x: Ints, weights: NDArray[np.int8]) -> Ints:
    """Packed bits: each of the eight bits of the pixels counted apart."""
    patches = unfold(x, np.uint8).reshape(27, -1)
    words = pack(weights.reshape(len(weights), 1, 1, 27) > 0).words[0, :, 0]
    result = np.zeros((len(weights), patches.shape[1]), np.int16)
    for bit in range(8):
        plane = (patches >> bit & 1).astype(np.bool_).T[:, np.newaxis, np.newaxis]
        packed = pack(plane).words[0, :, 0, 0]
        # What is 1 in the plane and in the weights, twice, less what is 1 in the plane.
        for sums, word in zip(result, words, strict=True):
            sums += np.bitwise_count(packed & word).astype(np.int16) << (bit + 1)
        result -= np.bitwise_count(packed).astype(np.int16) << bit
    return result


def ways() -> dict[str, dict[str, Callable[[], Ints]]]:
    """Give the ways to compute each of two layers, by name; the one in use is the first."""
    rng = np.random.default_rng(1)
    one, zeros = (1, 1), (0, 0, 0, 0)
    weights = (2 * rng.integers(0, 2, (FILTERS, 3, 3, CHANNELS)) - 1).astype(np.int8)
    bits = rng.integers(0, 2, (CHANNELS, FRAMES, SIDE + 2, SIDE + 2)).astype(np.bool_)
    signed = 2 * bits.astype(np.int8) - 1
    packed = pack(np.moveaxis(bits, 0, -1))
    patches = unfold(packed.words, np.uint64).reshape(9, -1)
    words = pack(weights > 0).words.transpose(2, 3, 0, 1).reshape(9, -1)
    size = weights[0].size
    first = (2 * rng.integers(0, 2, (FILTERS, 3, 3, 3)) - 1).astype(np.int8)
    picture = rng.integers(0, 256, (3, FRAMES, PICTURE + 2, PICTURE + 2), np.uint8)

    def flat(sums: Ints) -> Ints:
        return np.moveaxis(sums, -1, 0).reshape(FILTERS, -1)

    return {
        f"{SIDE}x{SIDE}, {CHANNELS} to {FILTERS} channels of bits": {
            "XNOR and popcount, 64 channels a word": lambda: flat(
                xnor_convolve(packed, weights, one, zeros, 0)
            ),
            "the same, outputs broadcast over pixels": lambda: broadcast(patches, words, size),
            "the same, carry-save adders ahead": lambda: carry_save(patches, words, size),
            "64 pixels a word, vertical counters": lambda: vertical(bits, weights),
            "float32 BLAS": lambda: flat(
                convolve(np.moveaxis(signed, 0, -1), weights, one, zeros, 0, peak=size)
            ),
            "float32 BLAS, two outputs a number": lambda: two_outputs_a_number(signed, weights),
        },
        f"{PICTURE}x{PICTURE}, 3 to {FILTERS} channels of pixels": {
            "float32 BLAS": lambda: flat(
                convolve(np.moveaxis(picture, 0, -1), first, one, zeros, 0, peak=27 * 255)
            ),
            "int16 sums of colours": lambda: sums_of_colours(picture, first),
            "bit planes, AND and popcount": lambda: bit_planes(picture, first),
        },
    }


@app.command()
def compare(
    model: Annotated[Path, typer.Option(help="Description.")] = Path("models/face.json"),
) -> None:
    """Compare the ways to compute two layers, then time a whole network."""
    table = Table("", "ms a frame", title=f"{FRAMES} frames, one thread")
    with steps() as step:
        for layer, known in ways().items():
            table.add_section()
            expected = None
            for way, compute in known.items():
                step(f"{layer}: {way}")
                took, result = milliseconds(compute)
                if expected is not None and not np.array_equal(result, expected):
                    raise MismatchError(f"{layer}: {way} computes other sums")
                expected = result
                table.add_row(f"{layer}: {way}", f"{took:.3f}")
        network = load_model(model)
        images = random_images(network, FRAMES, seed=1)
        table.add_section()
        for what, compute in {
            "all tensors": lambda: golden.run(network, images),
            "all tensors, each read": lambda: list(golden.run(network, images).tensors.values()),
            "scores": lambda: golden.run(network, images, keep=False),
        }.items():
            step(f"{model}: {what}")
            table.add_row(f"{model.stem}: {what}", f"{milliseconds(compute)[0]:.3f}")
    out.print(table)


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
