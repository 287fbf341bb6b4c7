"""perfwatch: continuous benchmarking that says whether it is still the same answer, and how fast."""

__version__ = "0.1.0"
