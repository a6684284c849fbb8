"""Wikipedia's dumps as documents: articles on medicine, their wikitext as plain text."""

from medgo.corpus.wikipedia.reader import WikipediaReader

__all__ = ["WikipediaReader"]
