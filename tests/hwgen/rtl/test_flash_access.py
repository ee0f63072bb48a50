# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
# What it does on its lines is tested with `FlashStream`, which drives it.
import pytest

from hwgen.rtl.flash_access import FlashAccess


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("divisor", 0, r"^divisor must be positive, not 0$"),
        ("wake_cycles", 0, r"^wake_cycles must be positive, not 0$"),
        ("rest_cycles", -1, r"^rest_cycles must be positive, not -1$"),
        ("latency", 0, r"^latency must be from 1 to 8, not 0$"),
        ("latency", 9, r"^latency must be from 1 to 8, not 9$"),
    ],
)
def test_bad_parameters_are_refused(name, value, message):
    good = {"quad": True, "divisor": 1, "latency": 2, "wake_cycles": 9, "rest_cycles": 2}
    with pytest.raises(ValueError, match=message):
        FlashAccess(**{**good, name: value})
