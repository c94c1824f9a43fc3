"""The benchmarks, in short."""
