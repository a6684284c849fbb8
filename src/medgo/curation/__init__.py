"""Documents become a corpus: clean, licensed, without copies or benchmarks; every removal has a reason."""
