"""Readers of vocabularies, one file each."""
