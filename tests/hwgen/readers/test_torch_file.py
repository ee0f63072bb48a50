"""Files that PyTorch saved: what is read of them, and that nothing in them is run."""

import io
import os
import pickle
import resource
import time
import zipfile
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.readers.torch_file import is_torch, read_tensors

torch = pytest.importorskip("torch", reason="needs the package torch")

WEIGHT = torch.arange(6.0).reshape(2, 3)


def saved(thing, **more):
    file = io.BytesIO()
    torch.save(thing, file, **more)
    return file.getvalue()


def read(data):
    assert is_torch(data)
    return read_tensors(data, Path("x.pth"))


def swapped(data, change, member="data.pkl"):
    """The archive with another pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name.endswith(member) else content)
    return file.getvalue()


class Unknown:
    """Of a class that a reader does not know: this one is gone by then."""

    def __init__(self):
        self.inside = 3


class Running:
    def __reduce__(self):
        return os.mkdir, ("made-by-a-pickle",)


class Exiting:
    def __reduce__(self):
        return exec, ("raise SystemExit",)


class Allocating:
    def __reduce__(self):
        return bytearray, (1 << 33,)


@pytest.mark.parametrize("old", [False, True])
def test_a_state_dict_is_read_by_name(old):
    data = saved({"a.weight": WEIGHT, "a.bias": WEIGHT[0]}, _use_new_zipfile_serialization=not old)
    found = read(data)
    assert list(found) == ["a.weight", "a.bias"]
    assert np.array_equal(found["a.weight"], WEIGHT.numpy())


def test_of_a_checkpoint_the_outermost_dictionary_of_tensors_is_read():
    data = saved(
        {
            "epoch": 3,
            "criterion": Unknown(),
            "optimizer": {"state": {0: {"momentum": WEIGHT}}},
            "state_dict": OrderedDict({"a.weight": WEIGHT.bfloat16()}),
        }
    )
    assert list(read(data)) == ["a.weight"]


def test_of_a_module_that_was_saved_whole_the_tensors_are_read():
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    assert list(read(saved(module))) == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
        "1.num_batches_tracked",
    ]  # fmt: skip


@pytest.mark.parametrize("thing", [Running(), Exiting()])
@pytest.mark.parametrize("old", [False, True])
def test_nothing_is_run(thing, old, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = saved({"bad": thing}, _use_new_zipfile_serialization=not old)
    with pytest.raises(ModelError):
        read(data)
    assert list(tmp_path.iterdir()) == []


def shared_tuples(depth):
    """A key that takes 2**depth steps to hash."""
    code = b"\x80\x02}q\x00)q\x01" + b"K\x01\x85q\x01"
    for _ in range(depth):
        code += b"h\x01h\x01\x86q\x01"
    return code + b"K\x00s."


def huge(content):
    """The same pickle with a first size of 2**40."""
    size = b"K\x02K\x03\x86"
    assert size in content
    return content.replace(size, b"\x8a\x06\x00\x00\x00\x00\x00\x01K\x03\x86", 1)


DATA = saved({"a.weight": WEIGHT})
DEEP = b"\x85" * 200_000
HOSTILE = {
    "deep key": (swapped(DATA, lambda _: b"\x80\x02})" + DEEP + b"K\x00s."), "is nested in a way"),
    "deep lists": (
        swapped(DATA, lambda _: b"\x80\x02" + b"]" * 99_999 + b"a" * 99_998 + b"."),
        "is a file of PyTorch that holds no dictionary",
    ),
    "many objects": (
        swapped(DATA, lambda _: b"\x80\x02](" + b"K\x01" * 300_000 + b"e."),
        "holds more objects than a state dict has",
    ),
    "cut short": (DATA[: len(DATA) // 2], "is a damaged file of PyTorch"),
    "another pickle": (pickle.dumps({"a": 1}), "is a damaged file of PyTorch"),
    "no tensors": (saved({"a": [1, 2]}), "is a file of PyTorch that holds no dictionary of tens"),
    "allocating": (saved({"a": Allocating()}), "holds 'builtins.bytearray', which no state dict"),
    "huge tensor": (swapped(DATA, huge), "its tensor 'a.weight' is larger than the file can hold"),
    "shared tuples": (swapped(DATA, lambda _: shared_tuples(60)), "is nested in a way that no sta"),
    "long pickle": (swapped(DATA, lambda c: c + bytes(1 << 20)), "has more than 1,048,576 bytes"),
    "not a pickle": (swapped(DATA, lambda _: b"\xff" * 99), "is a damaged file of PyTorch"),
    "empty pickle": (swapped(DATA, lambda _: b""), "is a damaged file of PyTorch"),
    "lost memory": (swapped(DATA, lambda _: b"", "data/0"), "is a damaged file of PyTorch"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_a_sentence(name):
    data, sentence = HOSTILE[name]
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(ModelError, match=f"^{sentence}"):
        read(data)
    assert time.process_time() - start < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500 << 10


def test_a_torchscript_archive_is_told_apart():
    data = saved({"a.weight": WEIGHT})
    with zipfile.ZipFile(file := io.BytesIO(data), "a") as archive:
        archive.writestr("archive/constants.pkl", b"")
    with pytest.raises(ModelError, match=r"^is a TorchScript archive, which holds a program; "):
        read(file.getvalue())


def test_other_files_are_not_taken_for_one():
    file = io.BytesIO()
    np.savez(file, a=np.zeros(3))
    assert not is_torch(file.getvalue())
    assert not is_torch(b"")
    assert not is_torch(b"\x08\x07\x12\x07pytorch")


def test_damage_anywhere_is_a_sentence_or_a_dictionary():
    rng = np.random.default_rng(1)
    for _ in range(60):
        data = bytearray(DATA)
        for place in rng.integers(0, len(data), rng.integers(1, 8)):
            data[place] = rng.integers(256)
        with suppress(ModelError):
            read_tensors(bytes(data), Path("x.pth"))
