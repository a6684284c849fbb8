"""The official Chinese labels of HPO as a file that a user adds."""

from __future__ import annotations

from pathlib import Path

from medgo.knowledge.sources import hpo_zh
from medgo.knowledge.sources.reader import Reader


class HpoChineseImporter:
    """``hp-zh.babelon.tsv`` of obophenotype/hpo-translations."""

    name = "hpo_zh"
    title = "HPO: official Chinese labels (hp-zh.babelon.tsv)"

    def recognises(self, path: Path) -> bool:
        """By its header and first row."""
        return hpo_zh.recognises(path)

    def reader(self, path: Path) -> Reader:
        """The reader of that file."""
        return hpo_zh.HpoChinese(path)
