"""How far plans were off where that could be measured: written down from ``benchmarks/planning.py``."""

# Largest deviation over ten cases: SFT, DPO, KTO; adapters and all weights; with and without recomputation; shapes of
# SmolLM2-135M and random Qwen3 ones 384 and 1,024 wide. From 576 up time was off by 30 % at most; the narrow shape,
# which memory slows and not arithmetic, by 64 %. All on a CPU: no GPU was measured.
MEMORY_ERROR = 0.13
TIME_ERROR = 0.64
