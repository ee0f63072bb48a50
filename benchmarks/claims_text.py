"""What the page of the talk's claims says around its figures."""

__all__ = ["ACCURACY", "HEAD", "JUDGING", "MEASURING", "MEMORY", "NAMES", "PLANNED"]

HEAD = """\
# The talk's claims in measured figures

The talk that this project started from, "Deep Quantization for Energy Efficient Inference at the
Edge", says what width, depth, residual paths and precise last layers do for the accuracy of 1-bit
networks, and what they cost. Here its networks are trained on CIFAR-10 and measured. The talk's
accuracies of the family are those of CIFAR-100, a hundred classes, relative to a CNN of 16 bits,
F-6-m1-k1; here there are ten classes.

`python -m benchmarks.claims --write` writes this page and its pictures from the figures in
`benchmarks/claims.json`; [at its end](#how-it-was-measured) is what measures them.
"""

ACCURACY = """\
"Here" is the share of the 10,000 test pictures that a trained network takes for what they show;
"golden model" is how many `hwgen eval` counts, on the description and in exact integers, of how
many pictures. "Of training" is the share of 10,000 pictures that the network was trained on: where
that is little higher, it has learned little by heart, and is short of room or of epochs.
"""

NAMES = """\
F is a CNN of 16 bits, B a 1-bit network. The number is that of the layers; `m` is how many times
wider the first layer is, `k` the others; `r` has residual paths; `fl` has 16-bit weights in the
last convolution and the last layer.
"""

MEMORY = """\
Computation and memory as the talk counts them, in percent of the CNN's: multiplications of the
convolutions that read activations, a 1-bit one a sixteenth; and the largest input and output of one
layer, at 16 bits or at one ([why so](decisions/0020-zoo.md)). Then the same memory in KB of 1,000
bytes, and all weights as described. The last three columns are what the designs below keep: line
buffers and FIFOs instead of maps, weights on chip, and weights that come in with each frame.
"""

PLANNED = """\
The designs of `hwgen build MODEL --device {device} --fps {fps} --clock-mhz {clock:g}`: of the
foldings that make {fps} frames a second at {clock:g} MHz, {cycles:,} cycles a frame, the one of
fewest logic cells. Cycles are the cycle simulator's and exact. Block RAMs and multipliers (DSP) are
counted. Logic cells are estimates ([how good](estimates.md)): nothing in this table was placed.
A dash is a design that was not planned yet, or does not fit; then it is in the list below.
"""

JUDGING = """\
Verdicts follow from the figures below them and change with them. Of two accuracies one is better
where they differ by more than a margin: two standard errors of the difference that the choice of
10,000 pictures makes by chance. Each network was trained once, with one seed; what another seed
would change is not measured, and not in the margin. "Talk" has the talk's figures in the order of
the networks.
"""

MEASURING = """\
The networks were trained on a GPU with PyTorch on JPEG copies of the 50,000 training pictures, all
with seed 1, each for a share of the time that there was, half a minute to three and a half;
`results.json` beside the descriptions has their options. So large networks had few epochs.

```sh
python -m benchmarks.jpeg_pictures cifar10_jpeg.npz -o test.npz
python -m hwgen eval width-4.json --images test.npz             # one network
python -m benchmarks.claims --evaluate test.npz --networks DIR  # all of them
python -m benchmarks.claims --plan --networks DIR
python -m benchmarks.claims --write
```

`DIR` has the descriptions and `results.json`. Figures are kept as soon as they are there, so that
what was interrupted goes on; those of a description that has changed are measured again.
"""
