"""The model of an SPI flash in Verilog."""

from pathlib import Path

__all__ = ["FLASH_RULES", "flash_hex", "flash_verilog"]

FLASH_RULES = (
    "WAKE", "REST", "CLOCK", "QUAD", "HOLD", "BUS", "CUT", "ENABLE", "UNKNOWN",
)  # fmt: skip
"""Rules by the bits of ``broken``; the Verilog says what each is."""


def flash_verilog() -> str:
    """Verilog of the module ``spi_flash``."""
    return Path(__file__).with_name("spi_flash.v").read_text(encoding="utf-8")


def flash_hex(image: bytes) -> str:
    """What its parameter IMAGE names, for ``BYTES`` bytes."""
    return "".join(f"{octet:02x}\n" for octet in image)
