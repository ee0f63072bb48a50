"""Each device has its part."""

import pytest

from hwgen.errors import DeviceError
from hwgen.plan.devices import DEVICES
from hwgen.synth.targets import TARGETS, find_target


def test_each_device_but_the_generic_one_has_a_part_of_its_family():
    assert set(TARGETS) == set(DEVICES) - {"generic"}
    assert all(find_target(d, "x").family.name == DEVICES[d].family for d in TARGETS)


def test_a_build_for_no_part_is_refused_with_the_option_that_names_one():
    sentence = r"^out/x: was built for no part \(device 'generic'\); build it again with --device "
    with pytest.raises(DeviceError, match=sentence + r"hx1k \| up5k \| .* \| ecp5-85$"):
        find_target("generic", "out/x")
