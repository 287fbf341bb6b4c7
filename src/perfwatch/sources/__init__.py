"""READ: the only room that knows a file format; everything leaves it as records of `perfwatch.model`."""
