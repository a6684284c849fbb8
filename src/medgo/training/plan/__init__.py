"""What a run will need: memory, time, energy, cost."""
