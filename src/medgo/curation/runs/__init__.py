"""Runs a recipe: shards are cleaned, compared, and written; each finished for good before the next begins."""
