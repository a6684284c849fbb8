"""Files that a user licenses and adds: each importer knows one format by its content."""

from medgo.knowledge.importers.protocol import Importer
from medgo.knowledge.importers.registry import IMPORTERS, detect, importer

__all__ = ["IMPORTERS", "Importer", "detect", "importer"]
