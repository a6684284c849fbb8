"""Reports of run folders: Markdown, one self-contained page, pictures, ``model-index`` metadata."""

from medgo.evaluation.report.write import ITEMS_PER_BENCHMARK, write_report

__all__ = ["ITEMS_PER_BENCHMARK", "write_report"]
