"""MEASURE: asv over commits on a pinned machine, with the host and what failed recorded beside its results."""
