"""Results that are kept: taken for what they were found for, and for nothing else."""

import json
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np
import pytest
from small_networks import small_face

from hwgen import kept_results
from hwgen.design import make_design
from hwgen.kept_results import SWITCH, digest_of, kept


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.delenv(SWITCH)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "hwgen" / "results"


def asked(about, found, kind="sum"):
    """What is given for ``about``, and whether it had to be found."""
    calls = []
    value = kept(kind, about, lambda: calls.append(1) or found, lambda v: isinstance(v, int))
    return value, bool(calls)


def test_a_result_is_found_once_for_the_same_things(folder):
    assert asked((1, "a"), 5) == (5, True)
    assert asked((1, "a"), 6) == (5, False)
    assert asked((1, "b"), 7) == (7, True)
    assert asked((1, "a"), 8, kind="product") == (8, True)
    assert len(list(folder.iterdir())) == 3


def test_a_result_of_another_version_is_not_taken(folder, monkeypatch):
    asked(1, 5)
    monkeypatch.setattr(kept_results, "_version", lambda: "other")
    assert asked(1, 6) == (6, True)


def spoiled(entry):
    yield b""
    yield entry[: len(entry) // 2]
    yield b"\xff" + entry
    yield b"[1]"
    yield b"{}"
    yield entry.replace(b'"result": 5', b'"result": 6')
    yield json.dumps(json.loads(entry) | {"of": "0" * 64}).encode()
    forged = kept_results._check("five")
    yield json.dumps(json.loads(entry) | {"result": "five", "check": forged}).encode()


def test_a_broken_or_foreign_entry_is_ignored_and_written_anew(folder):
    asked(1, 5)
    (path,) = folder.iterdir()
    entry = path.read_bytes()
    broken = list(spoiled(entry))
    assert entry not in broken
    for data in broken:
        path.write_bytes(data)
        assert asked(1, 5) == (5, True)
        assert path.read_bytes() == entry
    path.unlink()
    path.mkdir()
    assert asked(1, 5) == (5, True)


def test_a_folder_that_cannot_be_written_is_no_error(folder):
    folder.parent.write_bytes(b"no folder")
    assert asked(1, 5) == (5, True)
    assert asked(1, 5) == (5, True)


def test_the_results_that_were_not_asked_for_the_longest_go(folder, monkeypatch):
    monkeypatch.setattr(kept_results, "MOST", 6)
    monkeypatch.setattr(kept_results, "LEFT", 4)
    times = iter(range(1000, 2000))
    real = kept_results.os.utime
    for about in range(6):
        asked(about, about)
        for path in folder.iterdir():
            if path.stat().st_mtime > 10000:
                real(path, (next(times),) * 2)
    monkeypatch.setattr(kept_results.os, "utime", lambda path: real(path, (next(times),) * 2))
    assert asked(0, -1) == (0, False)
    assert asked(6, 6) == (6, True)
    assert len(list(folder.iterdir())) == 4
    assert asked(0, -1) == (0, False)
    assert asked(6, -1) == (6, False)
    assert asked(1, -1) == (-1, True)


def test_nothing_is_kept_where_the_environment_says_so(folder, monkeypatch):
    monkeypatch.setenv(SWITCH, "0")
    assert asked(1, 5) == (5, True)
    assert asked(1, 6) == (6, True)
    assert not folder.exists()


class Colour(Enum):
    RED = 1


class Shade(Enum):
    RED = 1


@dataclass(frozen=True)
class One:
    size: object


@dataclass(frozen=True)
class Other:
    size: object


THINGS = [
    None, False, True, 0, 1, 1.0, -1, "1", b"1", "", (), (0,), ((),), ("ab", "c"), ("a", "bc"),
    [0], {0: 1}, {1: 0}, {}, Fraction(1), Fraction(1, 3), Colour.RED, Shade.RED, One(1), Other(1),
    One((1,)), np.zeros(2, np.int8), np.zeros(2, np.uint8), np.zeros((1, 2), np.int8),
    np.zeros(1, np.int16), np.array([0, 1], np.int8), frozenset({1}), frozenset(),
    np.array([1 << 80], object),
]  # fmt: skip


def test_things_that_differ_have_other_digests():
    assert len({digest_of(thing) for thing in THINGS}) == len(THINGS)
    assert digest_of(THINGS) == digest_of(list(THINGS))
    assert digest_of(frozenset("abc")) == digest_of(frozenset("cba"))
    view = np.arange(8).reshape(2, 4)
    assert digest_of(view[:, ::2]) == digest_of(view[:, ::2].copy())


def test_a_thing_of_another_kind_is_refused():
    with pytest.raises(TypeError, match=r"^must be made of numbers, texts and arrays, not <obj"):
        digest_of((1, object()))


def test_descriptions_and_networks_have_digests_of_all_that_is_in_them():
    design = make_design(small_face())
    other = make_design(small_face(1))
    for name in ("model", "network"):
        assert digest_of(getattr(design, name)) != digest_of(getattr(other, name))
        assert digest_of(getattr(design, name)) == digest_of(
            getattr(make_design(small_face()), name)
        )
