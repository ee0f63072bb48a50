"""Processing elements as units place them, and what they take and give."""

from amaranth.hdl import Cat, Const, Module, Value

from hwgen.rtl.carry_element import CarryElement
from hwgen.rtl.counter_element import CounterElement
from hwgen.rtl.element import BiasedElement, Element, FlaggedElement
from hwgen.rtl.integer_element import IntegerElement
from hwgen.rtl.pixel_element import PixelElement
from hwgen.rtl.pixel_pairs import PixelPairs
from hwgen.rtl.processing_element import BinaryElement
from hwgen.sizes.element_sizes import ElementSizes
from hwgen.sizes.multipliers import CELL_STAGES

__all__ = ["place_element", "score_of", "shared_inputs"]


def shared_inputs(m: Module, name: str, sizes: ElementSizes, inputs: Value, simd: int) -> Value:
    """What elements that read the same ``simd`` inputs are given: made of them once."""
    if sizes.kind == "pixel":
        form = {"bits": sizes.bits, "signed_input": sizes.signed_input}
        m.submodules[name] = pairs = PixelPairs(simd=simd, **form)
        m.d.comb += pairs.x.eq(inputs)
        return pairs.o
    return inputs


def place_element(
    m: Module,
    name: str,
    sizes: ElementSizes,
    *,
    simd: int,
    pipeline: int,
    model: bool,
    inputs: Value,
    zero: Value,
    weights: Value,
    accumulate: Value,
    first: Value | int,
    bias: Value,
    upper: Value | None = None,
) -> Value:
    """Place one processing element for one pixel; returns its accumulator.

    Parameters
    ----------
    inputs, zero : Value
        As `shared_inputs` gives them, and flags of those that are zero.
    bias : Value
        What a sum starts from, if sums of its kind start from anything.
    upper : Value, optional
        With it ``bias`` has few bits, and this stands above the count that they are added to.
    """
    form = {"simd": simd, "acc_bits": sizes.limit_bits, "pipeline": min(pipeline, 2)}
    element: Element
    if sizes.kind == "binary":
        form["acc_bits"] = sizes.acc_bits
        element = BinaryElement(zero_flags=sizes.zero_flags, **form)
    elif sizes.kind == "counter":
        form["acc_bits"] = sizes.limit_bits if sizes.biased else sizes.acc_bits
        added = None if upper is None else len(bias)
        element = CounterElement(biased=sizes.biased, added=added, model=model, **form)
        if upper is not None:
            m.d.comb += element.upper.eq(upper)
    elif sizes.kind == "pixel":
        element = PixelElement(bits=sizes.bits, **form)
    elif sizes.kind == "carry":
        element = CarryElement(model=model, **form)
    else:
        element = IntegerElement(
            bits=sizes.bits, bipolar=sizes.bipolar, signed_input=sizes.signed_input,
            weight_bits=sizes.weight_bits, zero_flags=sizes.zero_flags,
            multiplier=sizes.multiplier, model=model,
            **{**form, "pipeline": min(pipeline, CELL_STAGES if sizes.multiplier else 2)},
        )  # fmt: skip
    if sizes.biased:
        assert isinstance(element, BiasedElement)
        m.d.comb += element.bias.eq(bias)
    if sizes.zero_flags:
        assert isinstance(element, FlaggedElement)
        m.d.comb += element.zero.eq(zero)
    m.submodules[name] = element
    m.d.comb += [
        element.x.eq(inputs),
        element.w.eq(weights),
        element.accumulate.eq(accumulate),
        element.first.eq(first),
    ]
    return element.acc


def score_of(sizes: ElementSizes, acc: Value) -> Value:
    """Signed dot product of an accumulator."""
    if not sizes.counts:
        return acc[: sizes.score_bits]
    doubled = acc.as_unsigned() if sizes.zero_flags else Cat(Const(0, 1), acc)
    return (doubled - sizes.products)[: sizes.score_bits]
