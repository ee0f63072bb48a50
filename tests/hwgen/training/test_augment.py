"""Variants of pictures: what each option changes, and what it leaves."""

from typing import Any

import pytest

from hwgen.errors import ModelError

torch = pytest.importorskip("torch", reason="needs the extra train")

from hwgen.training.augment import NONE, Augmentation, augment  # noqa: E402 - needs torch


def pictures(count: int = 64) -> Any:
    drawn = torch.Generator().manual_seed(5)
    return torch.randint(0, 256, (count, 6, 9, 2), generator=drawn, dtype=torch.uint8)


def vary(text: str, images: Any, seed: int = 1) -> Any:
    found = augment(images, Augmentation.parse(text), torch.Generator().manual_seed(seed))
    assert found.dtype == torch.uint8
    assert found.shape == images.shape
    return found


def test_nothing_asked_for_changes_nothing():
    x = pictures()
    assert (vary("none", x) == x).all()
    assert Augmentation.parse("") == NONE


@pytest.mark.parametrize(
    "text",
    ["shift=2", "mirror", "rotate=20", "zoom=0.2", "brightness=0.2", "contrast=0.5", "blur=1",
     "noise=0.1", "shift=1,mirror,rotate=5,zoom=0.1,brightness=0.1,contrast=0.1,blur=1,noise=0.1"],
)  # fmt: skip
def test_each_option_changes_pictures_by_the_seed_alone(text: str):
    x = pictures()
    one = vary(text, x)
    assert (one != x).any()
    assert (one == vary(text, x)).all()
    assert (one != vary(text, x, seed=2)).any()
    assert str(Augmentation.parse(text)) == text


def test_mirrored_pictures_are_the_picture_or_its_mirror():
    x = pictures()
    found = vary("mirror", x)
    same = (found == x).flatten(1).all(1)
    other = (found == x.flip(2)).flatten(1).all(1)
    assert (same ^ other).all()
    assert 16 < same.sum() < 48


def test_shifted_pictures_are_windows_of_the_picture_with_its_edges_continued():
    x = pictures()
    found = vary("shift=2", x)
    rows, columns = torch.arange(6), torch.arange(9)
    seen = set()
    for before, after in zip(x, found, strict=True):
        fits = [
            (down, right)
            for down in range(-2, 3)
            for right in range(-2, 3)
            if (before[(rows + down).clamp(0, 5)][:, (columns + right).clamp(0, 8)] == after).all()
        ]
        assert fits
        seen.add(fits[0])
    assert len(seen) > 15


def test_a_turn_keeps_the_middle_and_bounds_of_light_keep_to_the_range():
    x = torch.zeros(32, 9, 9, 1, dtype=torch.uint8)
    x[:, 4, 4] = 200
    assert (vary("rotate=90", x)[:, 4, 4] == 200).all()
    bright = vary("brightness=0.1", torch.full((64, 2, 2, 1), 100, dtype=torch.uint8)).int()
    assert bright.min() >= 74
    assert bright.max() <= 126
    assert (bright.flatten(1).amax(1) == bright.flatten(1).amin(1)).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shif=2", "augmentation 'shif' is unknown; there are shift, mirror, .*, noise"),
        ("shift", "augmentation shift takes a number, as in shift=2"),
        ("mirror=1", "augmentation mirror takes no number, as in mirror"),
        ("shift=1.5", "augmentation shift must be a whole number, not '1.5'"),
        ("noise=x", "augmentation noise must be a number, not 'x'"),
        ("noise=nan", "augmentation noise must be 0 to 1, not nan"),
        ("noise=-1", "augmentation noise must be 0 to 1, not -1"),
        ("shift=1,shift=2", "augmentation names something twice: 'shift=1,shift=2'"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_refused(text: str, message: str):
    with pytest.raises(ModelError, match=f"^{message}$"):
        Augmentation.parse(text)
