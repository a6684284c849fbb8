"""What each step learns from: mixing tasks, packing rows, the order of labels. Decided before training."""
