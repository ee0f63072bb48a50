"""Files are there whole or not at all."""

import os
import stat

import pytest

from hwgen.errors import ModelError
from hwgen.files import check_writable, replacing, write_whole


def test_a_file_is_put_in_place_at_the_end(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with replacing(path) as beside:
        beside.write_text("after")
        assert path.read_text() == "before"
        assert beside.suffix == ".txt"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "after"
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_folder_of_a_file_is_made_on_request_only(tmp_path):
    path = tmp_path / "new" / "deep" / "a.txt"
    with pytest.raises(ModelError, match=r"a\.txt: cannot be written: No such file or directory$"):
        write_whole(path, b"a")
    with replacing(path, parents=True) as beside:
        beside.write_bytes(b"a")
    assert path.read_bytes() == b"a"


def test_an_error_leaves_the_folder_as_it_was(tmp_path):
    path = tmp_path / "a.txt"

    def write_half() -> None:
        with replacing(path) as beside:
            beside.write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_sentence(tmp_path):
    path = tmp_path / "a.txt"
    with (
        pytest.raises(ModelError, match=r"a\.txt: cannot be written: No space left on device$"),
        replacing(path),
    ):
        raise OSError(28, "No space left on device")


def test_checking_leaves_nothing_and_changes_nothing(tmp_path):
    path = tmp_path / "a.txt"
    check_writable(path)
    assert list(tmp_path.iterdir()) == []
    path.write_text("before")
    check_writable(path)
    assert path.read_text() == "before"


def test_paths_that_no_file_can_have_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r": cannot be written: is a folder$"):
        check_writable(tmp_path)
    with pytest.raises(ModelError, match=r"x\.svg: cannot be written: there is no folder .*none$"):
        check_writable(tmp_path / "none" / "x.svg")
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"x\.svg: cannot be written: there is no folder .*file$"):
        check_writable(tmp_path / "file" / "x.svg")


def test_a_pipe_or_a_device_is_refused_and_stays(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    for write in (check_writable, lambda path: write_whole(path, b"x")):
        with pytest.raises(ModelError, match=r"pipe: cannot be written: is a pipe or a device$"):
            write(path)
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]
