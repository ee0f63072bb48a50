"""Boxes from a grid: by hand, and as a slow and literal reading of the paper finds them."""

import math
from dataclasses import astuple
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from hwgen.boards.boxes import Box, decode_yolo
from hwgen.errors import ModelError
from hwgen.model import YoloHead

HUNDREDTHS = Fraction(1, 100)
ONE_CELL = YoloHead(1, 1, 1, 1, HUNDREDTHS)
WHOLE = (0.0, 0.0, 1.0, 1.0)


def approximately(box: Box) -> Any:
    return pytest.approx(astuple(box), rel=1e-12, abs=1e-12)


def cells(head: YoloHead, **filled: list[int]) -> np.ndarray:
    """Scores of a grid of zeros but for some cells: ``r1c2=[...]`` fills row 1, column 2."""
    grid = np.zeros((head.rows, head.columns, head.cell_values), np.int64)
    for cell, values in filled.items():
        row, column = map(int, cell[1:].split("c"))
        grid[row, column, : len(values)] = values
    return grid


def reference(scores: np.ndarray, head: YoloHead, threshold: float, limit: float) -> list[Box]:
    """The same, value by value, from a flat list."""
    flat = [float(s) * float(head.scale) for s in scores.ravel()]
    found: list[Box] = []
    for wanted in range(head.classes):
        boxes: list[Box] = []
        for row in range(head.rows):
            for column in range(head.columns):
                first = (row * head.columns + column) * (5 * head.boxes + head.classes)
                chance = flat[first + 5 * head.boxes + wanted]
                for box in range(head.boxes):
                    x, y, root_w, root_h, confidence = flat[first + 5 * box : first + 5 * box + 5]
                    score = max(confidence, 0.0) * max(chance, 0.0)
                    width, height = max(root_w, 0.0) ** 2, max(root_h, 0.0) ** 2
                    x, y = (column + x) / head.columns, (row + y) / head.rows
                    left, right = (min(max(x + k * width / 2, 0.0), 1.0) for k in (-1, 1))
                    top, bottom = (min(max(y + k * height / 2, 0.0), 1.0) for k in (-1, 1))
                    if score >= threshold and left < right and top < bottom:
                        boxes.append(Box(wanted, score, left, top, right, bottom))
        while boxes:
            best = max(boxes, key=lambda b: b.score)  # the first of equal ones
            found.append(best)
            boxes = [b for b in boxes if b is not best and not overlaps(best, b, limit)]
    return sorted(found, key=lambda b: -b.score)  # stable, and classes are in order


def overlaps(one: Box, other: Box, limit: float) -> bool:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    common = max(width, 0.0) * max(height, 0.0)
    both = sum((b.right - b.left) * (b.bottom - b.top) for b in (one, other)) - common
    return common > limit * both


def test_a_box_is_where_the_paper_puts_it():
    head = YoloHead(2, 4, 2, 3, HUNDREDTHS)
    # Second box of row 1, column 2: centre at 2.5 of 4 columns and 1.25 of 2 rows,
    # 0.5 ** 2 wide and 0.6 ** 2 high; classes 0 and 2 with 0.9 * 0.8 and 0.9 * 0.3.
    scores = cells(head, r1c2=[0, 0, 0, 0, 0, 50, 25, 50, 60, 90, 80, 5, 30])
    first, second = decode_yolo(scores, head)
    sides = (0.625 - 0.125, 0.625 - 0.18, 0.625 + 0.125, 0.625 + 0.18)
    assert approximately(first) == (0, 0.72, *sides)
    assert approximately(second) == (2, 0.27, *sides)


def test_scores_may_be_flat_or_floats():
    head = YoloHead(2, 2, 1, 2, HUNDREDTHS)
    scores = cells(head, r0c1=[50, 50, 40, 40, 90, 90, 10])
    (box,) = decode_yolo(scores, head)
    assert approximately(box) == (0, 0.81, 0.75 - 0.08, 0.25 - 0.08, 0.75 + 0.08, 0.25 + 0.08)
    assert decode_yolo(scores.ravel(), head) == [box]
    assert decode_yolo(scores.ravel().tolist(), head) == [box]
    assert decode_yolo(scores.astype(float), head) == [box]
    in_units = YoloHead(2, 2, 1, 2)
    assert approximately(decode_yolo(scores / 100, in_units)[0]) == astuple(box)


def test_boxes_are_clipped_to_the_picture():
    (box,) = decode_yolo(cells(ONE_CELL, r0c0=[0, 100, 100, 60, 100, 50]), ONE_CELL)
    assert approximately(box) == (0, 0.5, 0.0, 1 - 0.18, 0.5, 1.0)


@pytest.mark.parametrize(
    "values",
    [
        [300, 50, 50, 50, 100, 100],  # beside the picture
        [50, -300, 50, 50, 100, 100],  # above it
        [50, 50, 0, 50, 100, 100],  # without any width
        [50, 50, 50, -50, 100, 100],  # with a negative root
        [50, 50, 50, 50, -100, -100],  # with confidence and probability below 0
    ],
)
def test_what_has_no_area_or_no_chance_is_no_box(values: list[int]):
    assert decode_yolo(cells(ONE_CELL, r0c0=values), ONE_CELL) == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308])
@pytest.mark.parametrize("at", range(6))
def test_a_value_that_is_not_finite_is_no_box(value: float, at: int):
    head = YoloHead(1, 1, 1, 1, Fraction(10**6))
    scores = np.full(6, 5e-7)
    assert len(decode_yolo(scores, head)) == 1
    scores[at] = value
    assert decode_yolo(scores, head) == []


def test_a_score_that_equals_the_threshold_is_kept():
    head = YoloHead(1, 1, 1, 1, Fraction(1, 4))
    scores = cells(head, r0c0=[2, 2, 2, 2, 2, 2])
    assert [b.score for b in decode_yolo(scores, head, threshold=0.25)] == [0.25]
    assert decode_yolo(scores, head, threshold=math.nextafter(0.25, 1)) == []
    assert [b.score for b in decode_yolo(scores, head)] == [0.25]
    assert decode_yolo(cells(head, r0c0=[2, 2, 2, 2, 1, 3]), head) == []  # 0.1875, below 0.2


PAIR = YoloHead(1, 1, 2, 2, Fraction(1, 4))


def pair(second: list[int], chances: list[int]) -> np.ndarray:
    """The whole picture with confidence 1, and another box."""
    return cells(PAIR, r0c0=[2, 2, 4, 4, 4, *second, *chances])


def test_the_lesser_of_two_boxes_is_dropped_beyond_the_limit_and_not_at_it():
    # 1 wide and 0.75 ** 2 high: 0.5625 of the picture, and of the union.
    scores = pair([2, 2, 4, 3, 3], [4, 0])
    assert [b.score for b in decode_yolo(scores, PAIR, iou_limit=0.5625)] == [1.0, 0.75]
    assert [b.score for b in decode_yolo(scores, PAIR, iou_limit=0.5624)] == [1.0]
    assert [b.score for b in decode_yolo(scores, PAIR)] == [1.0]
    assert [b.score for b in decode_yolo(scores, PAIR, iou_limit=1)] == [1.0, 0.75]


def test_suppression_is_for_each_class():
    scores = pair([2, 2, 4, 4, 2], [4, 2])
    found = [(b.class_index, b.score) for b in decode_yolo(scores, PAIR)]
    assert found == [(0, 1.0), (1, 0.5)]


def test_of_two_boxes_with_one_score_the_first_in_the_grid_is_left():
    first, second = [2, 2, 4, 4, 4], [2, 2, 4, 3, 4]
    for boxes, bottom in (([first, second], 1.0), ([second, first], 0.78125)):
        scores = cells(PAIR, r0c0=[*boxes[0], *boxes[1], 4, 0])
        assert [b.bottom for b in decode_yolo(scores, PAIR)] == [bottom]
    head = YoloHead(2, 2, 1, 1, Fraction(1, 4))
    full = [2, 2, 8, 8, 4, 4]  # each over the whole picture
    (box,) = decode_yolo(cells(head, r0c1=full, r1c0=full), head)
    assert astuple(box)[2:] == WHOLE


def test_equal_scores_come_by_class_and_then_by_grid():
    head = YoloHead(2, 2, 1, 2, Fraction(1, 4))
    small = [2, 2, 2, 2, 4]
    scores = cells(head, r1c1=[*small, 4, 4], r0c1=[*small, 4, 3], r1c0=[*small, 4, 4])
    found = [(b.class_index, b.score, b.left > 0.5, b.top > 0.5) for b in decode_yolo(scores, head)]
    assert found == [
        (0, 1.0, True, False), (0, 1.0, False, True), (0, 1.0, True, True),
        (1, 1.0, False, True), (1, 1.0, True, True), (1, 0.75, True, False),
    ]  # fmt: skip


def test_a_box_that_is_dropped_drops_no_other():
    # Neighbours overlap, the outer two do not: the middle one goes, and the last stays.
    head = YoloHead(1, 4, 1, 1, Fraction(1, 4))
    half = 2.9  # a little more than half the picture wide
    scores = cells(head).astype(float)
    for column, confidence in ((0, 4), (1, 3), (2, 2)):
        scores[0, column] = [2, 2, half, 4, confidence, 4]
    found = decode_yolo(scores, head, iou_limit=0.3)
    assert [b.score for b in found] == [1.0, 0.5]


@pytest.mark.parametrize("seed", range(12))
def test_random_grids_are_decoded_as_the_reference_does(seed: int):
    rng = np.random.default_rng(seed)
    rows, columns, boxes, classes = (int(n) for n in rng.integers(1, (8, 8, 4, 5)))
    head = YoloHead(rows, columns, boxes, classes, Fraction(1, 64))
    # Few levels, so that scores are equal again and again.
    scores = rng.integers(-2, 9, (rows, columns, head.cell_values)) * 8
    scores[..., 2 : boxes * 5 : 5] += 16
    for threshold, limit in ((0.2, 0.5), (0.0, 0.0), (0.5, 1.0), (0.1, 0.3)):
        found = decode_yolo(scores, head, threshold=threshold, iou_limit=limit)
        assert found == reference(scores, head, threshold, limit)
        assert found or threshold > 0


@pytest.mark.parametrize(
    ("scores", "limits", "message"),
    [
        (np.zeros(7), {}, "head: a grid of 6 scores cannot be read from 7"),
        (np.zeros(6), {"threshold": -0.1}, "threshold must be at least 0, not -0.1"),
        (np.zeros(6), {"threshold": math.nan}, "threshold must be at least 0, not nan"),
        (np.zeros(6), {"iou_limit": 1.1}, "IoU limit must be from 0 to 1, not 1.1"),
        (np.zeros(6), {"iou_limit": math.nan}, "IoU limit must be from 0 to 1, not nan"),
    ],
)
def test_what_cannot_be_decoded_is_one_sentence(
    scores: np.ndarray, limits: dict[str, float], message: str
):
    with pytest.raises(ModelError) as error:
        decode_yolo(scores, ONE_CELL, **limits)
    assert str(error.value) == message
