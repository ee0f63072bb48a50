"""Several narrow products and their sum in one wide multiplier."""

from amaranth.hdl import Cat, Value

__all__ = ["join_fields", "sum_field"]


def join_fields(values: list[Value], field_bits: int) -> Value:
    """One number that has each value ``field_bits`` above the one before.

    Of signed values a field is less by one above a field below zero: their sum is meant.
    """
    fields: list[Value] = []
    borrow: Value | int = 0
    for value in values:
        field = value
        if value.shape().signed:
            field = (value - borrow)[: len(value) + 1].as_signed()
            borrow = field[-1]
        fields.append(field)
    low = Cat(_extended(field, field_bits) for field in fields[:-1])
    whole = Cat(low, fields[-1])
    return whole.as_signed() if values[0].shape().signed else whole


def sum_field(product: Value, count: int, field_bits: int, *, signed: bool) -> Value:
    """Sum of ``count`` products out of one of numbers that `join_fields` made.

    One has the values in their order, the other in the opposite one, so that the field in the
    middle has a product of each two that belong together.
    """
    start = (count - 1) * field_bits
    field = product[start : start + field_bits]
    if not signed:
        return field
    # Fields below that are less than zero took one from it.
    below = product[start - 1] if start else 0
    return (field.as_signed() + below)[:field_bits].as_signed()


def _extended(field: Value, bits: int) -> Value:
    """Field of so many bits."""
    sign = field[-1] if field.shape().signed else Value.cast(0)
    return Cat(field, sign.replicate(bits - len(field)))
