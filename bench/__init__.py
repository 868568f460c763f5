"""What must be fast, measured: one module per workload, each with `run(scale) -> list[Figure]`."""
