"""Boards without hardware: the whole design of one as a program, with a terminal for its line."""
