"""Commands of `python -m hwgen`, one a file; `hwgen.cli` registers them."""
