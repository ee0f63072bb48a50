"""What designs take of power and energy: coefficients fitted to published measurements."""
