"""Arrays from files: which one of an archive is taken, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.readers.npy import Header
from sim.pictures.arrays import Place, Sought, named_array, place_of, read_array


def pairs(header: Header) -> None:
    if header.shape[1:] != (2,):
        raise ModelError(f"must be pairs, not {header.shape}")


SOUGHT = Sought("pairs", pairs, ("best", "good"))


def save(folder: Path, **arrays: np.ndarray) -> Place:
    np.savez(folder / "x.npz", **arrays)
    return Place(folder / "x.npz")


def refuse(place: Place, message: str) -> None:
    with pytest.raises(ModelError, match=f"^{message}$"):
        read_array(place, SOUGHT)


def test_a_key_behind_an_archive_names_its_array(tmp_path: Path):
    place = save(tmp_path, a=np.zeros((3, 2)), b=np.ones((4, 2)))
    assert place_of(f"{place.path}:b") == Place(place.path, "b")
    assert len(read_array(place_of(f"{place.path}:b"), SOUGHT)[0]) == 4
    refuse(Place(place.path, "c"), "has no array 'c', only a, b")
    assert place_of("x.npy:b") == Place(Path("x.npy:b"))
    (tmp_path / "y.npz:b").touch()
    assert place_of(f"{tmp_path / 'y.npz:b'}").key is None


def test_the_only_array_that_fits_is_taken(tmp_path: Path):
    place = save(tmp_path, a=np.zeros(3), b=np.ones((4, 2)))
    assert read_array(place, SOUGHT)[1] == "b"
    refuse(save(tmp_path, a=np.zeros(3)), r"must be pairs, not \(3,\)")
    refuse(
        save(tmp_path, a=np.zeros(3), b=np.zeros((), np.int8)),
        "has no array of pairs that fits, only a: 3, float64; b: one number, int8",
    )


def test_of_several_the_most_usual_name_is_taken_and_said(tmp_path: Path):
    place = save(tmp_path, a=np.zeros((3, 2)), good=np.ones((4, 2)))
    said: list[str] = []
    assert read_array(place, SOUGHT, said.append)[1] == "good"
    assert said == [f"{place.path}: good is taken, of a, good"]
    place = save(tmp_path, a=np.zeros((3, 2)), b=np.ones((4, 2)))
    refuse(place, r"has several arrays of pairs: a, b; say which, as in x\.npz:a")


def test_a_named_array_is_the_first_name_that_fits(tmp_path: Path):
    place = save(tmp_path, best=np.zeros(3), good=np.ones((4, 2)), a=np.zeros((9, 2)))
    found = named_array(place.path, SOUGHT)
    assert found is not None
    assert found.shape == (4, 2)
    assert named_array(save(tmp_path, a=np.zeros((9, 2))).path, SOUGHT) is None


def test_an_array_that_would_be_too_large_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sim.pictures.arrays.MAX_FILE_BYTES", 63)
    np.savez_compressed(tmp_path / "x.npz", a=np.zeros((4, 2)))
    refuse(Place(tmp_path / "x.npz"), "has more than the 63 bytes that are read")
