import pytest

from hwgen.rtl.carry_element import CarryElement
from hwgen.rtl.counter_element import CounterElement
from hwgen.rtl.element import BiasedElement, FlaggedElement
from hwgen.rtl.integer_element import IntegerElement
from hwgen.rtl.pixel_element import PixelElement
from hwgen.rtl.processing_element import BinaryElement

SIZES = {"simd": 3, "acc_bits": 8, "pipeline": 1}


@pytest.mark.parametrize(
    ("element", "biased", "flagged"),
    [
        (BinaryElement(zero_flags=False, **SIZES), False, False),
        (BinaryElement(zero_flags=True, **SIZES), False, True),
        (CounterElement(biased=False, **SIZES), False, False),
        (CounterElement(biased=True, **SIZES), True, False),
        (CarryElement(**SIZES), True, False),
        (PixelElement(bits=4, **SIZES), True, False),
        (
            IntegerElement(bits=4, bipolar=False, signed_input=False, weight_bits=1, **SIZES),
            True,
            False,
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, bool) else str(value),
)
def test_elements_have_a_bias_and_flags_where_their_kind_has(element, biased, flagged):
    assert isinstance(element, BiasedElement) == biased
    assert isinstance(element, FlaggedElement) == flagged
