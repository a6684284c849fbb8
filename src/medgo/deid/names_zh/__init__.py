"""Chinese names in notes, forms and talk: by labels, by titles, and by what is likelier than words; no model."""

from medgo.deid.names_zh.detector import ChineseNameDetector

__all__ = ["ChineseNameDetector"]
