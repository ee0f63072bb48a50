"""Each device has its part, and each part a family that is whole."""

import re

import pytest

from hwgen.errors import DeviceError
from hwgen.families.devices import DEVICES, FAMILIES, PARTS, find_device, find_part


def test_each_device_but_the_generic_one_is_a_part():
    assert set(PARTS) == set(DEVICES) - {"generic"}
    assert all(find_part(name, "x") is DEVICES[name] for name in PARTS)
    assert list(FAMILIES) == ["ice40", "ecp5"]


def test_a_device_that_there_is_not_is_refused_with_those_there_are():
    sentence = r"^device must be one of hx1k, up5k, .*, ecp5-5g-85, generic, not 'up3k'$"
    with pytest.raises(DeviceError, match=sentence):
        find_device("up3k")


def test_a_build_for_no_part_is_refused_with_the_option_that_names_one():
    sentence = r"^out/x: was built for no part \(device 'generic'\); build it again with --device "
    with pytest.raises(DeviceError, match=sentence + r"hx1k \| up5k \| .* \| ecp5-5g-85$"):
        find_part("generic", "out/x")


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_a_family_has_its_calibration_pipelines_models_and_names_of_cells(family):
    assert PARTS[family.calibrated_on].family is family
    limits = [limit for limit, _ in family.pipelines]
    assert limits == sorted(limits)
    assert limits[-1] == float("inf")
    assert all(path.is_file() for path in family.models.ours)
    names = (*family.packing.ebr, *family.packing.spram, family.packing.logic_cell)
    assert names
    prefixes = re.compile(rf"(?:{'|'.join(family.reserved)})_", re.IGNORECASE)
    assert prefixes.match(family.packing.logic_cell)


def test_all_parts_of_a_family_have_block_rams_of_one_size():
    for family in FAMILIES.values():
        assert len({part.ebr_bits for part in PARTS.values() if part.family is family}) == 1
