"""The sections of the benchmark: each has `measure(bench)`, which gives a `Section`."""
