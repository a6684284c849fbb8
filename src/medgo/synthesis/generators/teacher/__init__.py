"""Generators whose words a teacher writes: one file each, every reply checked before it becomes a row."""
