"""Tests for the search of a picture: windows, groups, boxes; no network is needed."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from hwgen.errors import ModelError
from hwgen.model import Builder
from models.face_windows import Window, cut_windows, group_windows, mean_box, overlap, sides
from models.find_face import NoFaceError, _save, app, best_group, draw, search


def window(left: float, top: float, side: float, margin: int = 1) -> Window:
    return Window(left, top, side, (0, margin), margin)


def test_sides_grow_by_the_ratio_up_to_the_shorter_edge_of_the_picture():
    assert sides(100, 60, 32, 1.25) == [32, 40, 50]
    assert sides(60, 40, 40, 1.25) == [40]
    assert sides(60, 39, 40, 1.25) == []


def test_windows_of_the_networks_own_size_are_cut_unchanged_row_by_row():
    picture = np.random.default_rng(1).integers(0, 256, (10, 13, 3), np.uint8)
    images, windows = cut_windows(picture, 8, 8, 4)
    # The last window stands at the edge wherever the stride leads.
    assert [(w.left, w.top) for w in windows] == [(0, 0), (4, 0), (5, 0), (0, 2), (4, 2), (5, 2)]
    for image, place in zip(images, windows, strict=True):
        assert place.side == 8
        y, x = int(place.top), int(place.left)
        assert np.array_equal(image, picture[y : y + 8, x : x + 8])


def test_a_picture_of_one_window_is_cut_once():
    picture = np.zeros((8, 8, 3), np.uint8)
    images, windows = cut_windows(picture, 8, 8, 4)
    assert images.shape == (1, 8, 8, 3)
    assert windows == [Window(0, 0, 8)]


def test_windows_of_a_shrunk_picture_lie_where_they_were_cut_from():
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[32:, 64:] = 255
    images, windows = cut_windows(picture, 32, 8, 8)
    assert [(w.left, w.top, w.side) for w in windows] == [
        (x, y, 32) for y in (0, 32) for x in (0, 32, 64)
    ]
    bright = images.reshape(6, -1).mean(axis=1)
    assert bright.argmax() == 5
    assert bright[5] > 200
    assert bright[:5].max() < 30


def test_windows_never_leave_the_picture():
    picture = np.zeros((61, 83, 3), np.uint8)
    for side in sides(61, 83, 20, 1.3):
        _, windows = cut_windows(picture, side, 16, 3)
        assert max(w.left + w.side for w in windows) <= 83 + 1e-9
        # Rounding makes shrunk pixels a little longer one way than the other.
        assert max(w.top + w.side for w in windows) <= 61 * 1.05


def test_overlap_is_the_common_part_of_the_union():
    assert overlap(window(0, 0, 10), window(0, 0, 10)) == 1
    assert overlap(window(0, 0, 10), window(5, 0, 10)) == pytest.approx(50 / 150)
    assert overlap(window(0, 0, 10), window(0, 0, 5)) == pytest.approx(25 / 100)
    assert overlap(window(0, 0, 10), window(10, 0, 10)) == 0
    assert overlap(window(0, 0, 10), window(20, 30, 10)) == 0


def test_suppression_keeps_the_best_of_neighbours_and_leaves_out_what_is_no_face():
    near = [window(0, 0, 40, 5), window(4, 0, 40, 9), window(4, 4, 40, 2)]
    far = window(100, 0, 40, 7)
    rejected = window(200, 0, 40, 0)
    for order in itertools.permutations([*near, far, rejected]):
        groups = group_windows(list(order))
        assert [g[0] for g in groups] == [near[1], far]
        assert groups[0] == [near[1], near[0], near[2]]


def test_many_windows_in_agreement_beat_a_better_one_alone():
    crowd = [window(4 * k, 0, 80, 6) for k in range(4)]
    alone = window(300, 300, 80, 20)
    assert best_group(group_windows([alone, *crowd]))[0].top == 0
    assert best_group(group_windows([alone, crowd[0]])) == [alone]


def test_a_picture_without_a_face_is_told_with_the_exit_code_for_no():
    with pytest.raises(NoFaceError, match=r"^no window of the picture shows a face$") as caught:
        best_group(group_windows([window(0, 0, 40, -3)]))
    assert caught.value.exit_code == 1


def test_a_box_is_the_mean_of_the_best_windows():
    group = [window(10, 20, 30, 9), window(14, 24, 34, 8), window(1000, 1000, 5, 1)]
    assert mean_box(group, 2) == (12, 22, 44, 54)
    assert mean_box(group[:1]) == (10, 20, 40, 50)


def test_a_box_is_drawn_around_its_content_on_a_copy():
    picture = np.zeros((80, 80, 3), np.uint8)
    drawn = np.asarray(draw(picture, (20, 30, 60, 70), "face +7"))
    assert not picture.any()
    assert drawn[30, 20].any()
    assert drawn[70, 60].any()
    assert not drawn[35:66, 25:56].any()


def test_a_picture_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    image = Image.new("RGB", (8, 8), (1, 2, 3))
    path = tmp_path / "new" / "face.png"
    _save(image, path)
    with Image.open(path) as read:
        assert read.getpixel((4, 4)) == (1, 2, 3)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = path.read_bytes()
    monkeypatch.setattr(image, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _save(image, path)
    assert [p.name for p in path.parent.iterdir()] == ["face.png"]
    assert path.read_bytes() == before


def test_a_picture_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "face.png"
    with pytest.raises(ModelError, match=rf"^{re.escape(str(path))}: cannot be written: "):
        _save(Image.new("RGB", (8, 8)), path)


def tiny(classes: tuple[str, ...] | None, height: int = 8, channels: int = 3) -> Builder:
    """Score 1 is the sum of the pixels' signs, score 0 its opposite."""
    builder = Builder("tiny", height=height, width=8, channels=channels)
    inputs = height * 8 * channels
    builder.flatten().dense(np.stack([-np.ones(inputs, int), np.ones(inputs, int)]))
    return builder.classes(classes) if classes else builder


def test_a_search_gives_scores_and_margin_of_every_window(monkeypatch):
    monkeypatch.setattr("models.find_face.SMALLEST", 8)
    picture = np.zeros((16, 12, 3), np.uint8)
    picture[8:, 4:] = 255
    told: list[str] = []
    found = search(tiny(("none", "face")).build(), picture, told.append)
    assert told
    plain = [w for w in found if w.side == 8]
    assert len(plain) == 6
    best = max(plain, key=lambda w: w.margin)
    assert (best.left, best.top) == (4, 8)
    assert best.scores == (-192 * 255, 192 * 255)
    assert best.margin == 2 * 192 * 255


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (tiny(("a", "b")), r"must have a class 'face' and another one$"),
        (tiny(None), r"must have a class 'face' and another one$"),
        (tiny(("none", "face"), height=4), r"must read square colour pictures, not 4x8x3$"),
        (tiny(("none", "face"), channels=1), r"must read square colour pictures, not 8x8x1$"),
    ],
)
def test_a_network_that_looks_for_no_face_is_refused(builder, message):
    with pytest.raises(ModelError, match=message):
        search(builder.build(), np.zeros((100, 100, 3), np.uint8), lambda text: None)


def test_a_missing_build_is_told_before_the_search(tmp_path):
    path = tmp_path / "tiny.json"
    tiny(("none", "face")).save(path)
    options = ["--model", str(path), "--build", str(tmp_path / "none"), "--output", "x.png"]
    result = CliRunner().invoke(app, options)
    assert isinstance(result.exception, ModelError)
    assert re.search(r"none: is no folder; run `hwgen build` first$", str(result.exception))
    assert not Path("x.png").exists()
