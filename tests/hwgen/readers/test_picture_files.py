"""Which files a name stands for."""

import os
from pathlib import Path

import pytest

from hwgen.errors import ModelError
from hwgen.readers.picture_files import Found, find_files


def refuse(name: str, message: str) -> None:
    with pytest.raises(ModelError, match=f"^{message}$"):
        find_files(name, (".png", ".bmp"))


def test_a_name_that_nothing_has_is_a_file_for_its_reader_to_miss():
    assert find_files("none.png", (".png",)) == ([Found(Path("none.png"))], 0)
    assert find_files("\0*", (".png",)) == ([Found(Path("\0*"))], 0)


def test_folders_are_read_one_level_deep_and_links_are_followed(tmp_path: Path):
    for name in ("x/a/1.png", "x/a/deep/2.png", "other/3.png", "x/4.PNG", "x/5.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "x" / "b").symlink_to(tmp_path / "other")
    (tmp_path / "x" / "loop").symlink_to("loop")
    (tmp_path / "x" / "self").symlink_to(tmp_path / "x")
    found, others = find_files(str(tmp_path / "x"), (".png",))
    assert [(str(f.path.relative_to(tmp_path / "x")), f.folder) for f in found] == [
        ("4.PNG", None),
        ("a/1.png", "a"),
        ("b/3.png", "b"),
        ("self/4.PNG", "self"),
    ]
    assert others == 4  # 5.txt and the link to itself, twice


def test_what_holds_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for k in range(4):
        (tmp_path / f"{k}.png").touch()
    monkeypatch.setattr("hwgen.readers.picture_files.MAX_FILES", 3)
    refuse(str(tmp_path), "has more than 3 files")
    refuse(f"{tmp_path}/*", "has more than 3 files")
    (tmp_path / "0.png").unlink()
    (tmp_path / "within").mkdir()
    (tmp_path / "within" / "0.png").touch()
    refuse(str(tmp_path), "has more than 3 files")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all folders")
def test_a_folder_that_cannot_be_read_is_one_sentence(tmp_path: Path):
    (tmp_path / "x").mkdir(mode=0)
    refuse(str(tmp_path / "x"), "cannot be read: Permission denied")


def test_nothing_found_is_one_sentence(tmp_path: Path):
    refuse(str(tmp_path), r"the folder holds no \.png or \.bmp file")
    refuse(f"{tmp_path}/[z-a]*", "no file matches")
