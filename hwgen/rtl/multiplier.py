"""Products in the multiplier cells of a fabric, with the registers that these have."""

from typing import get_args

from amaranth.hdl import ClockSignal, Const, Instance, Module, Signal, Value

from hwgen.families.fabric import MultiplierName
from hwgen.families.primitives import MULTIPLIER_16, MULTIPLIER_18
from hwgen.rtl.summed_products import join_fields, sum_field
from hwgen.sizes.multipliers import MULTIPLIERS, MultiplierCell

__all__ = ["place_products", "place_terms"]


def place_terms(
    m: Module,
    name: str,
    cell: MultiplierName,
    a: list[Value],
    b: list[Value],
    *,
    stages: int,
    model: bool,
) -> list[Value]:
    """Numbers whose sum is that of the products of ``a[k]`` and ``b[k]``.

    As `place_products`, with fewer cells where one adds up several products itself.
    """
    widths = len(a[0]), len(b[0])
    each = min(MULTIPLIERS[cell].summed(*widths), len(a))
    if each == 1:
        return place_products(m, name, cell, a, b, stages=stages, model=model)
    field = MultiplierCell.field_bits(*widths, each)
    zeros = [_zeros(numbers, -len(a) % each) for numbers in (a, b)]
    a, b = a + zeros[0], b + zeros[1]
    joined = [
        [join_fields(a[k : k + each], field) for k in range(0, len(a), each)],
        [join_fields(b[k : k + each][::-1], field) for k in range(0, len(b), each)],
    ]
    products = place_products(m, name, cell, *joined, stages=stages, model=model)
    signed = a[0].shape().signed or b[0].shape().signed
    return [sum_field(product, each, field, signed=signed) for product in products]


def _zeros(numbers: list[Value], count: int) -> list[Value]:
    """So many zeros of the same shape."""
    return [Const(0, numbers[0].shape())] * count


def place_products(
    m: Module,
    name: str,
    cell: MultiplierName,
    a: list[Value],
    b: list[Value],
    *,
    stages: int,
    model: bool,
) -> list[Value]:
    """Products of ``a[k]`` and ``b[k]``, ``stages`` cycles later.

    Their numbers have the same shape in all of ``a``, and in all of ``b``.

    Parameters
    ----------
    m : Module
        Gets the cells, with the prefix ``name``.
    cell : str
        What multiplies: a key of `hwgen.sizes.multipliers.MULTIPLIERS`.
    stages : int
        Registers, all of them inside the cells: 2 (operands, product) or 3 (a further one between
        them).
    model : bool
        Describe the cells instead of placing them, for simulation in Python.

    Raises
    ------
    ValueError
        If no cell is that wide, or has so many registers.
    """
    kinds = get_args(MultiplierName)
    if cell not in kinds:
        raise ValueError(f"cell must be one of {', '.join(kinds)}, not {cell!r}")
    if stages not in (2, 3):
        raise ValueError(f"stages must be 2 or 3, not {stages!r}")
    kind, widths = MULTIPLIERS[cell], (len(a[0]), len(b[0]))
    if not kind.fits(*widths):
        raise ValueError(f"operands must have at most {kind.bits} bits, not {max(widths)}")
    if cell == "mac16" and kind.pairs(*widths) and not model:
        pairs = [
            _halves(m, f"{name}{k}", a[k : k + 2], b[k : k + 2], stages)
            for k in range(0, len(a), 2)
        ]
        return [product for pair in pairs for product in pair]
    place = _described if model else {"mult18": _mult18, "mac16": _mac16}[cell]
    return [place(m, f"{name}{k}", x, y, stages) for k, (x, y) in enumerate(zip(a, b, strict=True))]


def _described(m: Module, name: str, a: Value, b: Value, stages: int) -> Value:
    values = [a, b]
    for n, value in enumerate(values):
        values[n] = Signal(value.shape(), name=f"{name}_operand{n}", reset_less=True)
        m.d.sync += values[n].eq(value)
    product = values[0] * values[1]
    for stage in range(1, stages):
        held = Signal(product.shape(), name=f"{name}_stage{stage}", reset_less=True)
        m.d.sync += held.eq(product)
        product = held
    return product


def _mult18(m: Module, name: str, a: Value, b: Value, stages: int) -> Value:
    product = Signal(36, name=f"{name}_p")
    ports: dict[str, object] = {}
    for side, value in zip("AB", (a, b), strict=True):
        wide = Signal(18, name=f"{name}_{side.lower()}")
        m.d.comb += wide.eq(value)
        ports |= {f"i_{side}{n}": wide[n] for n in range(18)}
        ports[f"i_SIGNED{side}"] = Const(value.shape().signed, 1)
        ports[f"i_SOURCE{side}"] = Const(0, 1)
        ports[f"p_REG_INPUT{side}_CLK"] = "CLK0"
    ports |= {f"o_P{n}": product[n] for n in range(36)}
    m.submodules[name] = Instance(
        MULTIPLIER_18.name, **ports, p_GSR="DISABLED",
        p_REG_PIPELINE_CLK="CLK0" if stages == 3 else "NONE", p_REG_OUTPUT_CLK="CLK0",
        i_CLK0=ClockSignal(), i_CE0=Const(1), i_RST0=Const(0),
    )  # fmt: skip
    return _cut(product, a, b)


def _mac16(m: Module, name: str, a: Value, b: Value, stages: int) -> Value:
    wide = [Signal(16, name=f"{name}_{side}") for side in "ab"]
    m.d.comb += [wide[0].eq(a), wide[1].eq(b)]
    between = int(stages == 3)
    product = _mac16_cell(
        m, name, wide, (a, b),
        p_TOP_8x8_MULT_REG=between, p_BOT_8x8_MULT_REG=between,
        p_PIPELINE_16x16_MULT_REG1=between, p_PIPELINE_16x16_MULT_REG2=1,
        p_TOPOUTPUT_SELECT=Const(3, 2), p_BOTOUTPUT_SELECT=Const(3, 2), p_MODE_8x8=0,
    )  # fmt: skip
    return _cut(product, a, b)


def _halves(m: Module, name: str, a: list[Value], b: list[Value], stages: int) -> list[Value]:
    """One or two products of up to 8 bits in one cell."""
    wide = [Signal(16, name=f"{name}_{side}") for side in "ab"]
    for whole, values in zip(wide, (a, b), strict=True):
        for half, value in enumerate(values):
            m.d.comb += whole.word_select(half, 8).eq(value)
    # A third register is that of the sum of product and C, which is 0.
    select = Const(1 if stages == 3 else 2, 2)
    product = _mac16_cell(
        m, name, wide, (a[0], b[0]),
        p_TOP_8x8_MULT_REG=1, p_BOT_8x8_MULT_REG=1,
        p_PIPELINE_16x16_MULT_REG1=0, p_PIPELINE_16x16_MULT_REG2=0,
        p_TOPOUTPUT_SELECT=select, p_BOTOUTPUT_SELECT=select, p_MODE_8x8=1,
        p_TOPADDSUB_LOWERINPUT=Const(1, 2), p_TOPADDSUB_UPPERINPUT=1,
        p_BOTADDSUB_LOWERINPUT=Const(1, 2), p_BOTADDSUB_UPPERINPUT=1,
    )  # fmt: skip
    return [
        _cut(product.word_select(half, 16), x, y)
        for half, (x, y) in enumerate(zip(a, b, strict=True))
    ]


def _mac16_cell(
    m: Module, name: str, ports: list[Signal], formats: tuple[Value, Value], **parameters: object
) -> Signal:
    """A cell whose operands, of the formats of two values, are registered; its output."""
    product = Signal(32, name=f"{name}_p")
    low = [
        "AHOLD", "BHOLD", "CHOLD", "DHOLD", "IRSTTOP", "IRSTBOT", "ORSTTOP", "ORSTBOT",
        "OLOADTOP", "OLOADBOT", "ADDSUBTOP", "ADDSUBBOT", "OHOLDTOP", "OHOLDBOT", "CI",
        "ACCUMCI", "SIGNEXTIN",
    ]  # fmt: skip
    m.submodules[name] = Instance(
        MULTIPLIER_16.name, **parameters, p_A_REG=1, p_B_REG=1,
        p_A_SIGNED=int(formats[0].shape().signed), p_B_SIGNED=int(formats[1].shape().signed),
        i_CLK=ClockSignal(), i_CE=Const(1), i_A=ports[0], i_B=ports[1],
        i_C=Const(0, 16), i_D=Const(0, 16), **{f"i_{port}": Const(0) for port in low},
        o_O=product,
    )  # fmt: skip
    return product


def _cut(product: Value, a: Value, b: Value) -> Value:
    """A product as wide as it can be, and signed if it is."""
    shape = (a * b).shape()
    bits = product[: shape.width]
    return bits.as_signed() if shape.signed else bits
