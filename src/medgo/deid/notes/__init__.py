"""Generated clinical notes with gold spans."""

from medgo.deid.notes.generator import generate_notes

__all__ = ["generate_notes"]
