"""Many steps, one command: what is unchanged is skipped, what was interrupted goes on. Knows no step's work."""
