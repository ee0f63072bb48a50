"""Files of others, one kind of file a module: the only code that opens them.

Each reader checks sizes before it takes memory for them, and turns whatever its library does with
a damaged file, warnings included, into a ModelError of one sentence that does not name the file.
"""
