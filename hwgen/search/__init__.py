"""The folding of a network: for a device, for a rate, or for neither."""
