"""How far plans were off where that could be measured: written down from ``benchmarks/planning.py``."""

# Largest deviation of peak memory, and of time, over the cases of benchmarks/planning.py. No GPU was measured.
MEMORY_ERROR = 0.25
TIME_ERROR = 0.5
