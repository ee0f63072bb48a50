"""Reports as pages of a browser: one file each, which needs no network."""
