"""What is counted of the house is found where it is planted, and stays where it is."""

import pytest

from benchmarks.house_counts import files_that_know_a_family, files_that_know_the_build_folder
from benchmarks.tools import ROOT


def test_at_most_eight_files_know_a_family():
    assert len(files_that_know_a_family(ROOT)) <= 8


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("", False),
        ("x = family.synth  # usb_serial, nicest\n", False),
        ('x = "synth_ecp5"\n', True),
        ("# As on an iCE40.\n", True),
        ('device = "up5k"\n', True),
        ("PORT = SB_IO\n", True),
    ],
)
def test_a_file_that_knows_a_family_is_found(tmp_path, text, known):
    for folder in ("hwgen/families", "sim"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x.py").write_text(text)
    found = files_that_know_a_family(tmp_path)
    assert found == [tmp_path / "sim" / "x.py"] * known


def test_only_its_class_knows_the_files_of_a_build(tmp_path):
    assert files_that_know_the_build_folder(ROOT) == []
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "x.py").write_text('path = folder / "verify.json"\n')
    assert files_that_know_the_build_folder(tmp_path) == [tmp_path / "sim" / "x.py"]
