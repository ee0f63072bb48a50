"""The networks that ship: their cards say what they do on the pictures that they were not shown."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from shared_data import mnist_test, shared_file

import hwgen
from hwgen.model import load_model
from models.person_data import Windows, split_windows

ROOT = Path(__file__).parents[2] / "models"
SMALL = ("digits", "person")


@pytest.fixture(scope="module")
def windows() -> Windows:
    """The windows of people and background, split as they were for the network that ships."""
    data = shared_file("images/person_inria_gray32x64.npz")
    return split_windows(data, np.random.default_rng(1))


def card(name: str) -> str:
    return (ROOT / f"{name}.md").read_text(encoding="utf-8")


def rows_of(confusion: NDArray[np.int64], classes: tuple[str, ...]) -> list[str]:
    """Rows of the card's table: a class, and what its pictures are taken for."""
    return [
        f"| {name} | {' | '.join(f'{count:,}' for count in row)} |"
        for name, row in zip(classes, confusion.tolist(), strict=True)
    ]


@pytest.mark.parametrize("name", SMALL)
def test_a_network_that_ships_is_small_and_says_how_it_came_to_be(name: str):
    path = ROOT / f"{name}.json"
    assert path.stat().st_size < 100_000
    model = load_model(path)
    assert model.provenance["trained"] is True
    assert f"models/{name}.json" in card(name)
    for key in ("recipe", "pictures", "test_accuracy"):
        assert model.provenance[key]


def test_the_card_of_digits_holds_on_all_test_pictures():
    pictures, labels = mnist_test()
    found = hwgen.evaluate(ROOT / "digits.json", pictures, labels)
    assert found.accuracy is not None
    assert found.accuracy >= 0.97
    assert f"{found.correct:,} of 10,000" in card("digits")
    assert found.confusion is not None
    for row in rows_of(found.confusion, found.model.classes or ()):
        assert row in card("digits")


def test_the_card_of_person_holds_on_the_windows_of_other_photographs(windows: Windows):
    test = windows.parts["test"]
    for title, rows in {"as they are": test, "PNG alone": test & windows.png}.items():
        pictures, labels = windows.pictures[rows], windows.labels[rows]
        found = hwgen.evaluate(ROOT / "person.json", pictures[..., np.newaxis], labels)
        assert f"| {title} | {(labels == 0).sum():,} | 480 | {found.auc:.4f} |" in card("person")
        if title == "as they are":
            assert found.confusion is not None
            for row in rows_of(found.confusion, ("background", "person")):
                assert row in card("person")


def test_windows_of_one_photograph_do_not_train_and_test(windows: Windows):
    parts = windows.parts
    assert not (parts["train"] & (parts["valid"] | parts["test"])).any()
    # People lie in pairs: a window and its mirror image.
    person = {name: rows[windows.labels == 1].reshape(-1, 2) for name, rows in parts.items()}
    assert (person["test"][:, 0] == person["test"][:, 1]).all()
    assert (person["valid"][:, 0] == person["valid"][:, 1]).all()
