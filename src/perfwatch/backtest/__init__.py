"""What is measured: the data, the kernels, and every way to reach them. It knows nothing of what watches."""
