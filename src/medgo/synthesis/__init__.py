"""Training rows from knowledge, documents and records, each with its evidence, checked before it is kept."""
