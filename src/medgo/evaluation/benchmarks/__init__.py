"""The benchmarks: one file each, what they share, and how their files are found and read."""
