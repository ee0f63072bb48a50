"""Tables of "Deep Quantization for Energy Efficient Inference at the Edge" as its slides have them.

A dot is an empty cell. Rows are named as `models.zoo` names its layers.
"""

from collections.abc import Iterator

__all__ = ["COLUMNS", "FAMILY_ROWS", "MIX_SIZES", "SUMMARY", "TABLES", "cells"]

COLUMNS = ("macs", "activations", "act16", "act8", "act1", "weights", "wgt16", "wgt8", "wgt1")
"""Millions of MACs; thousands of activations, and their KB; thousands of weights, and their KB."""

TABLES = {
    "vgg8": """
        input   .    164   328   164  164      .       .      .    .
        conv1  24    874  1749   874  109      0       1      0    0
        norm1   1      .     .     .    .      0       0      0    .
        pool1   .    201   401   201   25      .       .      .    .
        conv2  58    401   803   401   50      5       9      5    1
        norm2   0      .     .     .    .      0       0      0    0
        pool2   .    100   201   100   13      .       .      .    .
        conv3  58    201   401   201   25     18      37     18    2
        norm3   0      .     .     .    .      0       1      0    0
        pool3   .     50   100    50    6      .       .      .    .
        conv4  58    100   201   100   13     74     147     74    9
        norm4   0      .     .     .    .      1       1      1    0
        pool4   .     25    50    25    3      .       .      .    .
        conv5  58     50   100    50    6    295     590    295   37
        norm5   0      .     .     .    .      1       2      1    0
        pool5   .     13    25    13    2      .       .      .    .
        conv6  58     25    50    25    3   1180    2359   1180  147
        norm6   0      .     .     .    .      2       4      2    0
        pool6   .      8    16     8    1      .       .      .    .
        conv7  75     16    33    16    2   4719    9437   4719  590
        norm7   0      .     .     .    .      4       8      4    1
        conv8   0      0     0     0    0      4       8      4    1
        pool8   0      0     0     0    0      .       .      .    .
        total 390   2230  4459  2230  422   6303   12605   6303  788
    """,
    "uyolo": """
        input   .    164   328   164  164      .       .      .    .
        conv1  24    874  1749   874  109      0       1      0    0
        norm1   1      .     .     .    .      0       0      0    0
        pool1   .    201   401   201   25      .       .      .    .
        conv2  58    401   803   401   50      5       9      5    1
        norm2   0      .     .     .    .      0       0      0    0
        pool2   .    100   201   100   13      .       .      .    .
        conv3  58    201   401   201   25     18      37     18    2
        norm3   0      .     .     .    .      0       1      0    0
        pool3   .     50   100    50    6      .       .      .    .
        conv4  58    100   201   100   13      8      16      8    1
        norm4   0      .     .     .    .      1       1      1    0
        pool4   .     25    50    25    3      .       .      .    .
        conv5  58     50   100    50    6     33      66     33    4
        norm5   0      .     .     .    .      1       2      1    0
        pool5   .     13    25    13    2      .       .      .    .
        conv6  58     25    50    25    3   1180    2359   1180  147
        norm6   0      .     .     .    .      2       4      2    0
        pool6   .      8    16     8    1      .       .      .    .
        conv7  75     16    33    16    2   4719    9437   4719  590
        norm7   0      .     .     .    .      4       8      4    1
        conv8   4      4     8     4    1    262     524    262   33
        norm8   0      .     .     .    .      1       2      1    0
        fc9     2      1     1     1    0   2408    4817   2408  301
        total 396   2234  4469  2234  423   8642   17285   8642 1080
    """,
    # Pool5, FC6, FC7 and FC8 on the slide, as in CaffeNet.
    "gender": """
        input   .    155   309   155  155      .       .      .    .
        conv1  44    301   602   301   38     14      28     14    2
        norm1   0      .     .     .    .      0       1      0    .
        pool1   .     75   151    75    9      .       .      .    .
        conv2 173    201   401   201   25    221     442    221   28
        norm2   0      .     .     .    .      1       2      1    0
        pool2   .     50   100    50    6      .       .      .    .
        conv3  43     75   151    75    9    885    1769    885  111
        norm3   0      .     .     .    .      2       3      2    0
        pool3   .     19    38    19    2      .       .      .    .
        fc4    10      1     1     1    0   9634   19268   9634 1204
        fc5     0      1     1     1    0    262     524    262   33
        fc6     0      0     0     0    0      1       2      1    0
        total 271    877  1754   877  245  11020   22040  11020 1377
    """,
    # FC9 on the slide. Its columns have no line for batch normalisations, and none in the total.
    "face": """
        input   .      3     6     3    3      .       .      .    .
        conv1   2     66   131    66    8      2    3.46      2 0.22
        pool1   .     16    33    16    2      .       .      .    .
        conv2   9     16    33    16    2     37   73.73     37 4.61
        pool2   .      4     8     4    1      .       .      .    .
        conv3   5      8    16     8    1     74  147.46     74 9.22
        pool3   .      2     4     2    0      .       .      .    .
        fc4     0      0     0     0    0      4    8.19      4 0.51
        total  16    116   231   116   17    116     233    116   15
    """,
    # KB of 1024 bytes, no line for the picture or batch normalisations. Layers have no numbers.
    "human": """
        conv1   .      .  2048     .  128      .     3.4      .  0.2
        pool1   .      .   512     .   32      .       .      .    .
        conv2   .      .   512     .   32      .      72      .  4.5
        conv3   .      .   512     .   32      .      72      .  4.5
        pool3   .      .   128     .    8      .       .      .    .
        conv4   .      .   256     .   16      .     144      .    9
        conv5   .      .   256     .   16      .     288      .   18
        pool5   .      .    64     .    4      .       .      .    .
        conv6   .      .   128     .    8      .     576      .   36
        pool6   .      .    32     .    2      .       .      .    .
        conv7   .      .     6     .  0.4      .     216      . 13.5
        total   .      .  4454     .  278      .    1371      .   86
    """,
}

# The slide with four networks: millions of MACs, then KB as in the tables' totals.
SUMMARY = {
    "face": "16 231 116 17 233 116 15",
    "gender": "271 1754 877 245 22040 11020 1377",
    "vgg8": "390 4459 2230 422 12605 6303 788",
    "uyolo": "396 4469 2234 423 17285 8642 1080",
}

MIX_SIZES = {
    "CCCCCCC": "1371",
    "CCBBCCC": "1169",
    "CCBBBCC": "899",
    "CBBBBCC": "831",
    "CBBBBBC": "291",
}
"""Human detection: weights of each mix in KB of 1024 bytes."""

FAMILY_ROWS = {
    "F-6-m1-k1": ("100", "100"),
    "B-6-m1-k1": ("6", "6"),
    "B-6-m1-k3": ("56", "19"),
    "B-6-m1-k5": ("156", "31"),
    "B-6-m1-k8": ("400", "50"),
    "B-6-m1-k10": ("625", "63"),
    "B-12-m1-k1": ("13", "6"),
    "B-12-m1-k1-r": ("13", "6"),
    "B-12-m1-k2-r": ("50", "13"),
    "B-12-m1-k4-r": ("200", "25"),
    "B-12-m2-k2-r-fl": ("175", "13"),
    "B-18-m2-k2-r-fl": ("200", "13"),
    "B-24-m2-k2-r-fl": ("225", "13"),
    "B-30-m2-k2-r-fl": ("250", "13"),
}
"""CIFAR-100 test: computation time and memory usage, in percent of the first row."""


def cells() -> Iterator[tuple[str, str, str, str]]:
    """Network, row, column and text of each figure."""
    for network, text in TABLES.items():
        for line in text.strip().splitlines():
            row, *figures = line.split()
            assert len(figures) == len(COLUMNS), line
            for column, figure in zip(COLUMNS, figures, strict=True):
                if figure != ".":
                    yield network, row, column, figure
