"""A stage while it runs: model, checkpoints, progress, trackers, launch."""
