"""What the parameters of every processing element must be."""

__all__ = ["check_element"]


def check_element(*, simd: int, acc_bits: int, pipeline: int) -> None:
    """Refuse what no element can be.

    Raises
    ------
    ValueError
        If there are no lanes, no bits, or other registers than 0, 1 or 2.
    """
    if simd < 1:
        raise ValueError(f"simd must be positive, not {simd!r}")
    if acc_bits < 1:
        raise ValueError(f"acc_bits must be positive, not {acc_bits!r}")
    if pipeline not in (0, 1, 2):
        raise ValueError(f"pipeline must be 0, 1 or 2, not {pipeline!r}")
