"""The pages on the benchmarks say what the registry says, in both languages."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from medgo.evaluation.benchmarks.registry import BENCHMARKS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_pages", ROOT / "scripts" / "benchmark_pages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_are_up_to_date(pages: ModuleType, lang: str) -> None:
    written = pages.PAGES[lang].read_text(encoding="utf-8")
    assert written == pages.page(lang), "run python scripts/benchmark_pages.py"


def test_every_sentence_has_its_chinese_and_none_is_left_over(pages: ModuleType) -> None:
    translations = json.loads(pages.TRANSLATIONS.read_text(encoding="utf-8"))
    assert set(translations) == set(pages.sentences())
    for english, chinese in translations.items():
        assert re.search(r"[\u4e00-\u9fff]", chinese), english


def test_figures_are_the_same_in_both_languages(pages: ModuleType) -> None:
    """A figure that was mistyped in a translation would be found here."""
    translations = json.loads(pages.TRANSLATIONS.read_text(encoding="utf-8"))
    for english, chinese in translations.items():
        figures = set(re.findall(r"\d[\d,.]*\d", chinese))
        assert figures <= set(re.findall(r"\d[\d,.]*\d", english)), english


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_benchmark_has_a_section_that_the_table_links_to(pages: ModuleType, lang: str) -> None:
    text = pages.page(lang)
    for benchmark in BENCHMARKS:
        assert f'<a id="{benchmark.name}"></a>' in text
        assert f"](#{benchmark.name})" in text
    assert "66.5" in text
