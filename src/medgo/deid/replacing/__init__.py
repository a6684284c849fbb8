"""Puts tags or surrogates in the place of identifiers."""

from medgo.deid.replacing.protocol import Piece, Replaced, Replacer
from medgo.deid.replacing.seen import SeenIdentifiers
from medgo.deid.replacing.surrogates import SurrogateReplacer
from medgo.deid.replacing.tags import TagReplacer

__all__ = ["Piece", "Replaced", "Replacer", "SeenIdentifiers", "SurrogateReplacer", "TagReplacer"]
