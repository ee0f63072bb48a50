"""What units and designs take of a device."""
