"""After a stage: merge, verify, export."""
