"""Decontamination: what it finds of items put into texts, what it finds in clean ones, and how fast.

    python benchmarks/corpus_decontamination.py [--data FOLDER] [--peer .venv-datatrove/bin/python] [--items 200]
        [--translations] [--clean FILE.jsonl ...] [--quick]

Recall is of items of each language, put into texts in every way of ``injecting.py``; an item counts as found where its
own key is among the matches. Clean files are JSONL with ``text``; every hit is printed, to be read. Intervals are
Clopper and Pearson's, 95 %. Speed is of processor time on one core, on texts that are made here; datatrove runs in an
environment of its own.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table
from scipy.stats import beta

from medgo.curation.decontamination import (
    Decontaminator,
    GuardedItem,
    ItemIndex,
    KnowledgeElements,
    Translations,
)
from medgo.curation.decontamination.injecting import WAYS, Way, rendered
from medgo.curation.decontamination.translating import Translator
from medgo.evaluation.selection import load_selected, parse_sources
from medgo.knowledge import Knowledge, open_knowledge
from medgo.schema import Lang
from medgo.store import RowFile

console = Console(width=132)
LANGS: tuple[Lang, ...] = ("zh", "en")
_EN = (
    "heart lung kidney liver fever cough pain swelling pressure rate blood urine sodium potassium glucose insulin "
    "heparin morphine chest abdomen spine skin nerve muscle bone vein artery wound scar fracture infection virus "
    "culture biopsy scan image ultrasound surgery suture drain ward clinic nurse doctor patient family child adult "
    "man year month week day morning night left right upper lower acute chronic mild severe new old known stable "
    "falling normal abnormal first second early late before after during without with and the of in is was were has had"
)
_ZH = (
    "心肺肾肝脾胃肠脑脊皮肤神经肌骨静动脉血尿钠钾糖热咳痛肿压率酸碱药针剂量疗程手术缝合引流病房门诊护士医生患者家属"
    "儿童成人男女年月周天早晚左右上下急慢轻重新旧已知稳定升降正常异首次前后期间无有与的在是应可不仅常少约低高"
)
_WORDS: dict[Lang, list[str]] = {"en": _EN.split(), "zh": list(_ZH)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=_data(), help="folder with benchmark files")
    parser.add_argument("--peer", type=Path, help="python of an environment with datatrove")
    parser.add_argument("--items", type=int, default=200, help="items of each benchmark")
    parser.add_argument("--translations", action="store_true", help="also those in the other language")
    parser.add_argument("--names", type=Path, action="append", default=[], help="further files of names")
    parser.add_argument("--clean", type=Path, action="append", default=[], help="clean texts")
    parser.add_argument("--quick", action="store_true", help="a minute")
    options: Any = parser.parse_args()
    speeds(options.peer, 300 if options.quick else 2_000)
    if options.data is None:
        return
    items = benchmark_items(options.data)
    index = built(items)
    knowledge = open_knowledge(tuple(options.names)) if options.translations else None
    finder = Decontaminator(index, _translations(items, knowledge))
    chosen = some(items, 20 if options.quick else options.items)
    ways: dict[str, Way] = dict(WAYS)
    if knowledge is not None:
        ways["translated"] = Translator.of(knowledge).translate
    recall(finder, chosen, ways)
    for path in options.clean:
        clean(finder, path)


def speeds(peer: Path | None, documents: int) -> None:
    """Characters a second on made texts, beside datatrove."""
    rows: list[tuple[str, ...]] = []
    for lang in LANGS:
        rng = np.random.default_rng(7)
        items = [GuardedItem("made", str(n), made(rng, lang, 60), lang=lang) for n in range(3_000)]
        texts = [made(rng, lang, 400) for _ in range(documents)]
        for at in range(0, documents, 50):  # one document in fifty holds an item
            texts[at] = f"{texts[at]}\n{rendered(items[at % len(items)])}\n{texts[at]}"
        index = ItemIndex.build(items)
        index.find(texts[1])
        begun = time.process_time()
        found = [bool(index.matches(text)) for text in texts]
        rate = sum(map(len, texts)) / (time.process_time() - begun)
        held = sum(found[at] for at in range(0, documents, 50))
        wrong = sum(found) - held
        rows.append((f"{lang}, medgo", f"{rate:,.0f}", f"{held} of {len(range(0, documents, 50))}", str(wrong), ""))
        if peer is not None:
            other = _peer(peer, items, texts, lang)
            hit = set(other["found"])
            held = sum(str(at) in hit for at in range(0, documents, 50))
            rows.append(
                (
                    f"{lang}, datatrove ({other['tokenizer']})",
                    f"{other['characters_per_s']:,.0f}",
                    f"{held} of {len(range(0, documents, 50))}",
                    str(len(hit) - held),
                    f"{rate / other['characters_per_s']:.1f}",
                )
            )
    show("speed on made texts, one core", ("what", "characters/s", "found", "wrong", "medgo ÷ it"), rows)


def built(items: Sequence[GuardedItem]) -> ItemIndex:
    """Build the index of all items, and open it as other processes do."""
    begun = time.process_time()
    index = ItemIndex.build(items)
    seconds = time.process_time() - begun
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmarks.items"
        index.save(path)
        size = path.stat().st_size
        before = psutil.Process().memory_info().rss
        begun = time.perf_counter()
        opened = ItemIndex.load(path)
        opened.find("warm up")
        loading = time.perf_counter() - begun
        more = psutil.Process().memory_info().rss - before
        rows = [
            ("items", f"{index.items:,}"),
            ("benchmarks", f"{len(index.benchmarks)}"),
            ("too short to be guarded", f"{index.too_short:,}"),
            ("build, s of one core", f"{seconds:.1f}"),
            ("on disk, MB", f"{size / 1e6:.1f}"),
            ("opened, s", f"{loading:.2f}"),
            ("memory of one that opens it, MB", f"{more / 1e6:.1f}"),
        ]
    show("index of all items at hand", ("what", "figure"), rows)
    return index


def recall(finder: Decontaminator, items: Sequence[GuardedItem], ways: dict[str, Way]) -> None:
    """Share of items that are found, by way and language."""
    rng = np.random.default_rng(11)
    rows: list[tuple[str, ...]] = []
    for name, way in ways.items():
        for lang in LANGS:
            found = [_found(finder, item, way, rng) for item in items if item.lang == lang]
            known = [one for one in found if one is not None]
            if known:
                rows.append((name, lang, f"{len(known):,}", *_share(sum(known), len(known))))
    show("recall of items put into texts", ("way", "language", "items", "found", "95 % interval"), rows)


def clean(finder: Decontaminator, path: Path) -> None:
    """Hits in texts that should have none; all are printed."""
    texts = [str(row.value["text"]) for row in RowFile(path) if row.value is not None]
    hits = [(text, found[0]) for text in texts if (found := finder.matches(text))]
    for _, match in hits:
        console.print(f"  {match.key} {match.kind} {match.score:.2f} | {match.text[:160]!r}", markup=False)
    rows = [(path.stem, f"{len(texts):,}", str(len(hits)), *_share(len(hits), len(texts)))]
    show("hits in clean texts", ("file", "texts", "hits", "share", "95 % interval"), rows)


def benchmark_items(folder: Path) -> list[GuardedItem]:
    """All items under a folder."""
    os.environ["MEDGO_DATA"] = str(folder)
    selection = load_selected("all", parse_sources(None, download=False))
    console.print(f"not at hand: {', '.join(sorted(selection.missing))}", markup=False)
    return [GuardedItem.of(item) for loaded in selection.loaded for item in loaded.items]


def some(items: Sequence[GuardedItem], each: int) -> list[GuardedItem]:
    """So many of each benchmark."""
    rng = np.random.default_rng(3)
    by_name: dict[str, list[GuardedItem]] = {}
    for item in items:
        by_name.setdefault(item.benchmark, []).append(item)
    return [ones[at] for ones in by_name.values() for at in rng.permutation(len(ones))[:each].tolist()]


def made(rng: np.random.Generator, lang: Lang, words: int) -> str:
    """A text of random words, the common ones more often."""
    known = _WORDS[lang]
    weights = 1 / np.arange(5, len(known) + 5)
    chosen = rng.choice(len(known), words, p=weights / weights.sum())
    return ("" if lang == "zh" else " ").join(known[at] for at in chosen)


def show(title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table."""
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def interval(hits: int, of: int) -> tuple[float, float]:
    """Clopper and Pearson's, 95 %."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def _share(hits: int, of: int) -> tuple[str, str]:
    low, high = interval(hits, of)
    return f"{100 * hits / of:.2f} %", f"{100 * low:.2f} – {100 * high:.2f}"


def _found(finder: Decontaminator, item: GuardedItem, way: Way, rng: np.random.Generator) -> bool | None:
    text = way(item, rng)
    return None if text is None else any(item.key in match.keys for match in finder.matches(text))


def _translations(items: Sequence[GuardedItem], knowledge: Knowledge | None) -> Translations | None:
    if knowledge is None:
        return None
    begun = time.process_time()
    found = Translations.build(items, KnowledgeElements.of(knowledge), knowledge.fingerprint)
    size = sum(array.nbytes for array in found.signatures.arrays.values())
    seconds = time.process_time() - begun
    console.print(f"signatures: {len(found.signatures):,}, {seconds:.1f} s, {size / 1e6:.1f} MB", markup=False)
    return found


def _peer(python: Path, items: Sequence[GuardedItem], texts: Sequence[str], lang: Lang) -> dict[str, Any]:
    script = Path(__file__).with_name("peers") / "datatrove_decontamination.py"
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("items.jsonl", "documents.jsonl")]
        _write(files[0], [{"text": rendered(item)} for item in items])
        _write(files[1], [{"id": str(at), "text": text} for at, text in enumerate(texts)])
        done = subprocess.run([python, script, *files, lang], check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def _data() -> Path | None:
    folder = os.environ.get("MEDGO_DATA", "")
    return Path(folder) if folder else None


if __name__ == "__main__":
    main()
