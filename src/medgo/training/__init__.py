"""Training: rows become a model, in stages; audited before, verified after. Built on TRL, PEFT and Accelerate."""
