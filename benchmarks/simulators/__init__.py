"""Each simulator that is measured: the same design, the same frames, the scores alone."""
