"""The laboratory: what each architecture reaches on this machine, in ratios of things timed in turns in one run."""
