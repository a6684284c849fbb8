"""Tasks of explaining: to people who ask, to patients."""
