"""How a step learns: SFT, DPO and KTO on TRL's trainers, with our order, head and reference cache."""
