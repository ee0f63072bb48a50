"""The talk's claims about accuracy and cost, each with the rule that judges it and reasons.

A reason belongs to a verdict: with other figures a claim has another verdict, and no reason that
is no longer true.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.claim_verdicts import (
    AsAccurate,
    AsCounted,
    Fits,
    Multiplied,
    Rises,
    Rule,
    Verdict,
)
from benchmarks.talk_figures import FAMILY, REFERENCE, WIDTHS

__all__ = ["CLAIMS", "Claim"]


@dataclass(frozen=True)
class Claim:
    """What the talk says, how it is judged, and why the verdict is what it is."""

    text: str
    rule: Rule
    reasons: Mapping[Verdict, str] = field(default_factory=dict)


TEN_CLASSES = "Ten classes are easier than a hundred, so there is less to lose."
EPOCHS = (
    "Wide and deep networks had fewer epochs, as each had a share of the time, and are "
    "under-trained; more epochs may change this."
)

CLAIMS = (
    Claim(
        "A small CNN that is made 1-bit loses accuracy.",
        Rises(("B-6-m1-k1", REFERENCE)),
        {Verdict.HOLDS: f"The direction is the talk's, the size is not. {TEN_CLASSES}"},
    ),
    Claim(
        "Wider layers bring it back.",
        Rises(("B-6-m1-k1", "B-6-m1-k3", "B-6-m1-k5", "B-6-m1-k8", "B-6-m1-k10")),
        {Verdict.PARTLY: f"Wider is better as a whole, but not at each step. {EPOCHS}"},
    ),
    Claim(
        "Ten times as wide, the 1-bit network is as accurate as the CNN.",
        AsAccurate(REFERENCE, "B-6-m1-k10"),
        {Verdict.FAILS: EPOCHS},
    ),
    Claim(
        "Wider layers are better (width study, columns 4 to 1).",
        Rises(("width-4", "width-3", "width-2", "width-1")),
        {Verdict.HOLDS: "The order is the talk's; the widths matter less here."},
    ),
    Claim(
        "A wider first layer is better (columns 5 and 6).",
        Rises(("width-5", "width-6")),
        {
            Verdict.CLOSE: "Column 6 has the first two layers the other way around, and a wider "
            "fourth one; the talk compares the two as well."
        },
    ),
    Claim(
        "A last layer of 16-bit weights is better (columns 6 and 8).",
        Rises(("width-6", "width-8")),
        {
            Verdict.CLOSE: "Of these networks only the few weights behind the last sums differ: "
            "with ten classes, 1-bit ones say nearly as much."
        },
    ),
    Claim(
        "Twice as deep is better, without residual paths too.",
        Rises(("B-6-m1-k1", "B-12-m1-k1")),
        {Verdict.HOLDS: "By little, as in the talk."},
    ),
    Claim(
        "Residual paths help.",
        Rises(("B-12-m1-k1", "B-12-m1-k1-r")),
        {
            Verdict.CLOSE: "Twelve layers with batch normalisation still train without them here, "
            "where gradients reach the first layers."
        },
    ),
    Claim(
        "Residual networks gain from width.",
        Rises(("B-12-m1-k1-r", "B-12-m1-k2-r", "B-12-m1-k4-r")),
        {Verdict.PARTLY: f"Twice as wide it does, four times as wide no more. {EPOCHS}"},
    ),
    Claim(
        "A last layer of 16-bit weights, and a first one twice as wide, gain in the family.",
        Rises(("B-12-m1-k2-r", "B-12-m2-k2-r-fl")),
        {
            Verdict.CLOSE: "With ten classes the last layer has a tenth of the talk's sums to tell "
            "apart, and nothing is left to gain."
        },
    ),
    Claim(
        "With residual paths deeper is better.",
        Rises(tuple(f"B-{layers}-m2-k2-r-fl" for layers in (12, 18, 24, 30))),
        {Verdict.FAILS: f"Here it is the other way around. {EPOCHS}"},
    ),
    Claim(
        "Thirty layers are more accurate than the CNN.",
        AsAccurate(REFERENCE, "B-30-m2-k2-r-fl"),
        {Verdict.FAILS: EPOCHS},
    ),
    Claim(
        "Deeper before wider: twelve layers, twice as wide, do what six do five times as wide.",
        AsAccurate("B-6-m1-k5", "B-12-m1-k2-r", cheaper=True),
    ),
    Claim(
        "Deeper before wider: twelve layers with a precise last one do what six do eight times as "
        "wide.",
        AsAccurate("B-6-m1-k8", "B-12-m2-k2-r-fl", cheaper=True),
    ),
    Claim(
        "Computation of the family, in percent of the CNN's.",
        AsCounted("computation"),
        {
            Verdict.PARTLY: "The others are the figures of a first layer that is as wide as the "
            "rest, which is not what their names say."
        },
    ),
    Claim(
        "Memory of the family, in percent of the CNN's.",
        AsCounted("memory"),
        {Verdict.HOLDS: "It is the largest input and output of one layer, and no weights."},
    ),
    Claim(
        "One bit instead of sixteen takes a sixteenth of the memory.",
        Multiplied(REFERENCE, "B-6-m1-k1", 16),
    ),
    Claim(
        "Layers n times as wide take n times the memory (n is 10).",
        Multiplied("B-6-m1-k10", "B-6-m1-k1", 10),
        {
            Verdict.FAILS: "Activations do, weights go with the square, and there are more of "
            "them. The talk counts activations alone; line buffers make these smaller still."
        },
    ),
    Claim(
        "1-bit networks fit a small part with no memory outside.",
        Fits(tuple(s.name for s in (*WIDTHS, *FAMILY) if s.name != REFERENCE)),
        {
            Verdict.PARTLY: "Wide ones have too many weights, and so have 16-bit last layers. "
            "Networks with residual paths were planned here when the search of foldings still "
            "counted FIFOs beside their branches for whole maps, in logic, and were all refused; "
            "now that it counts what these hold, B-12-m1-k1-r and B-12-m2-k2-r-fl are built for "
            "the part."
        },
    ),
    Claim(
        "The CNN of 16 bits does not.",
        Fits((REFERENCE,), wanted=False),
    ),
)
