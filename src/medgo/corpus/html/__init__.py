"""Web pages (guidelines, information for patients) as documents: the text without the site around it."""

from medgo.corpus.html.reader import HtmlReader

__all__ = ["HtmlReader"]
