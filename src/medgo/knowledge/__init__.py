"""What medicine knows, from installed vocabularies and from files that the user licenses, behind one interface."""

from medgo.knowledge.knowledge import Hit, Knowledge, open_knowledge

__all__ = ["Hit", "Knowledge", "open_knowledge"]
