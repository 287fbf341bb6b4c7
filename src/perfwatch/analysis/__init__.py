"""DECIDE: measurements in, findings out; no I/O."""
