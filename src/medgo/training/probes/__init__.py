"""A small medical evaluation during training, and what may be promoted."""
