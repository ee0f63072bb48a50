"""What a build's test bench replays, and the scores that the golden model gives for it."""

import numpy as np

from hwgen.design import Design
from hwgen.integration.vectors import Vectors
from hwgen.plan.units import Scores
from sim.bit_words import packed
from sim.golden import run
from sim.images import random_images
from sim.stimulus import telling_images
from sim.transfer_values import pixel_words, score_bits

__all__ = ["bench_vectors"]

FRAMES = ((1_000_000, 3), (500_000_000, 2))
"""Pictures for networks of up to so many MACs; one for larger ones, which take long to simulate."""

TELLING_MACS = 5_000_000
"""Pictures are chosen by what they reach in networks of up to so many MACs, else they are noise."""


def bench_vectors(design: Design) -> Vectors:
    """Make pictures and scores for a test bench, the same for the same description."""
    macs = sum(layer.macs for layer in design.plan.layers)
    frames = next((count for most, count in FRAMES if macs <= most), 1)
    if macs <= TELLING_MACS:
        images = telling_images(design.model, frames, seed=1)
    else:
        images = random_images(design.model, frames, seed=1)
    last = design.plan.units[-1]
    assert isinstance(last, Scores), last
    scores = run(design.model, images, keep=False).scores
    # The unit reads -1 and +1 as bits.
    stored = (scores > 0).astype(np.int8) if last.bipolar else scores
    words = pixel_words(images, design.model.input.bits)
    return Vectors(frames, words, packed(score_bits(last, stored)))
