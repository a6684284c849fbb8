"""Tasks of clinical reasoning: what it may be, what to find out, what to do, how fast."""
