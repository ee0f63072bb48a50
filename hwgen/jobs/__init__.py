"""The main jobs, a function and a file each; the command line and Python users call the same."""
