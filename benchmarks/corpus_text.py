"""Readers of text sources: pages, articles and printed pages a second on one core, beside the usual libraries.

    python benchmarks/corpus_text.py [--count 300] [--peer .venv-peers/bin/python] [--files FOLDER]

Times are of the processor, after a warm-up. Input is made here; ``--files`` measures real ``.html`` and ``.pdf`` files
below a folder too. Peers run in an environment of their own, file by file as our readers do.
"""

from __future__ import annotations

import argparse
import bz2
import json
import random
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from rich.console import Console
from rich.table import Table

from medgo.corpus.html import HtmlReader
from medgo.corpus.ledger import Ledger
from medgo.corpus.pdf import PdfReader
from medgo.corpus.protocol import Reader, Source
from medgo.corpus.wikipedia import WikipediaReader
from medgo.corpus.wikipedia.wikitext import parse_wikitext
from medgo.schema import Document
from medgo.text.simplifying import simplified

console = Console(width=120)
PEERS = Path(__file__).parent / "peers" / "corpus_text.py"
PROSE = (
    "the patient should receive treatment with metformin unless renal function is below the limit and blood pressure "
    "is measured at every visit by a nurse who has been trained for it in the last year of practice"
)
WORDS = PROSE.split()
TRADITIONAL = "糖尿病是一種代謝性疾病，它的特徵是患者的血糖長期高於標準值。高血糖會造成多食、多飲、頻尿及體重下降。"


@dataclass(frozen=True)
class Rate:
    """How much was read in how long."""

    what: str
    units: int
    characters: int
    seconds: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="made pages and articles")
    parser.add_argument("--peer", type=Path, help="python of an environment with the usual libraries")
    parser.add_argument("--files", type=Path, help="folder with real files")
    options: Any = parser.parse_args()
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = _html(folder, rng, options.count, options.peer)
        rows += _wikipedia(folder, rng, options.count, options.peer)
        rows += _pdf(folder, rng, options.count // 10, options.peer)
        rows += _simplifying()
        if options.files is not None:
            rows += _real(options.files, options.peer)
    _show(rows)


def _html(folder: Path, rng: random.Random, count: int, peer: Path | None) -> list[list[Rate]]:
    files = [_write(folder / f"{number}.html", _page(rng).encode()) for number in range(count)]
    ours = _read("HTML pages", HtmlReader(), files)
    return [[ours, *_peers(peer, files, ("html-trafilatura", "html-resiliparse"))]]


def _wikipedia(folder: Path, rng: random.Random, count: int, peer: Path | None) -> list[list[Rate]]:
    articles = [_article(rng) for _ in range(count)]
    files = [_write(folder / f"{number}.wiki", text.encode()) for number, text in enumerate(articles)]
    parse_wikitext(articles[0])
    begun = time.process_time()
    characters = sum(len(block.text) for text in articles for block in parse_wikitext(text).blocks)
    ours = Rate("wikitext articles", count, characters, time.process_time() - begun)
    pages = "".join(
        f"<page><title>T{n}</title><ns>0</ns><id>{n}</id><revision><id>{n}</id><text>{escape(text)}</text></revision></page>"
        for n, text in enumerate(articles)
    )
    dump = f'<mediawiki xml:lang="en"><siteinfo><dbname>enwiki</dbname></siteinfo>{pages}</mediawiki>'
    packed = _write(folder / "dump.xml.bz2", bz2.compress(dump.encode()))
    whole = _read("articles of a .bz2 dump", WikipediaReader(), [packed], units=count)
    skipped = pages.replace("[[Category:Diseases]]", "[[Category:Rivers]]").replace("{{Medical resources}}", "")
    skipped = skipped.replace("Infobox medical condition", "Infobox river")
    other = _write(folder / "other.xml", f'<mediawiki xml:lang="en">{skipped}</mediawiki>'.encode())
    passed = _read("articles not on medicine", WikipediaReader(), [other], units=count)
    return [[ours, *_peers(peer, files, ("wikitext-mwparserfromhell",))], [whole], [passed]]


def _pdf(folder: Path, rng: random.Random, count: int, peer: Path | None) -> list[list[Rate]]:
    """Files of eight pages in two columns, drawn by matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["pdf.fonttype"] = 42
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    pages = 8
    files = []
    for number in range(max(1, count // pages)):
        files.append(folder / f"{number}.pdf")
        with PdfPages(files[-1]) as pdf:
            for _ in range(pages):
                figure = Figure(figsize=(8.27, 11.69))
                for x in (0.07, 0.53):
                    figure.text(x, 0.95, "\n".join(_lines(rng, 70, 60)), va="top", fontsize=7)
                pdf.savefig(figure)
    ours = _read("PDF pages of two columns", PdfReader(), files, units=len(files) * pages)
    return [[ours, *_peers(peer, files, ("pdf-pypdf",))]]


def _simplifying() -> list[list[Rate]]:
    from opencc import OpenCC

    text, convert = TRADITIONAL * 200, OpenCC("t2s").convert
    rates = []
    for name, run in (("simplified characters", simplified), ("opencc", convert)):
        run("體")
        begun = time.process_time()
        run(text)
        rates.append(Rate(name, len(text), len(text), time.process_time() - begun))
    return [rates]


def _real(folder: Path, peer: Path | None) -> list[list[Rate]]:
    pages = sorted(folder.rglob("*.html"))[:500]
    papers = sorted(folder.rglob("*.pdf"))[:50]
    rows = []
    if pages:
        ours = _read("real HTML pages", HtmlReader(), pages)
        rows.append([ours, *_peers(peer, pages, ("html-trafilatura", "html-resiliparse"))])
    if papers:
        ours = _read("real PDF files", PdfReader(), papers)
        rows.append([ours, *_peers(peer, papers, ("pdf-pypdf",))])
    return rows


def _read(what: str, reader: Reader, files: Sequence[Path], units: int = 0) -> Rate:
    for item in reader.read(Source(files[0]), Ledger()):
        del item
        break
    characters = 0
    begun = time.process_time()
    for file in files:
        for item in reader.read(Source(file), Ledger()):
            characters += len(item.text) if isinstance(item, Document) else 0
    return Rate(what, units or len(files), characters, time.process_time() - begun)


def _peers(python: Path | None, files: Sequence[Path], names: Sequence[str]) -> list[Rate]:
    if python is None:
        return []
    rates = []
    for name in names:
        run = subprocess.run(
            [str(python), str(PEERS), name],
            input="\n".join(map(str, files)),
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(run.stdout.splitlines()[-1])
        rates.append(Rate(name.partition("-")[2], len(files), found["characters"], found["seconds"]))
    return rates


def _show(rows: list[list[Rate]]) -> None:
    table = Table("what", "a second", "characters", "peer", "peer's characters", "times as fast", title="one core")
    for ours, *peers in rows:
        rate = f"{ours.units / ours.seconds:,.0f}"
        for place, peer in enumerate(peers or [None]):
            beside = (peer.what, f"{peer.characters:,}", f"{peer.seconds / ours.seconds:.1f}") if peer else ("", "", "")
            table.add_row(*((ours.what, rate, f"{ours.characters:,}") if not place else ("", "", "")), *beside)
    console.print(table)


def _lines(rng: random.Random, count: int, width: int) -> list[str]:
    lines = []
    for _ in range(count):
        line = ""
        while len(line) < width:
            line += rng.choice(WORDS) + " "
        lines.append(line.strip())
    return lines


def _sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randrange(8, 25))).capitalize() + "."


def _page(rng: random.Random) -> str:
    links = "".join(f'<li><a href="/{n}">{" ".join(rng.choices(WORDS, k=3))}</a></li>' for n in range(60))
    sections = "".join(
        f"<h2>{' '.join(rng.choices(WORDS, k=4))}</h2>"
        + "".join(
            f"<p>{_sentence(rng)} <a href='/x'>{_sentence(rng)}</a> <b>{_sentence(rng)}</b></p>" for _ in range(5)
        )
        + "<table><tr><th>Drug</th><th>Dose</th></tr><tr><td>A</td><td>5 mg</td></tr></table>"
        for _ in range(8)
    )
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>Guideline | Site</title><style>{'p{color:red}' * 200}</style>"
        f"<script>{'var a = 1;' * 500}</script></head><body><nav><ul>{links}</ul></nav><main><h1>Guideline</h1>"
        f"{sections}</main><footer><ul>{links}</ul>All rights reserved</footer></body></html>"
    )


def _article(rng: random.Random) -> str:
    reference = "<ref>{{cite journal|title=A study|journal=J|year=2020|doi=10.1/x}}</ref>"
    said = (f"'''{_sentence(rng)}''' [[link|{_sentence(rng)}]] {_sentence(rng)}{reference}" for _ in range(3))
    paragraph = "\n".join(said)
    table = '{| class="wikitable"\n! A !! B\n|-\n| [[x]] || 5 mg\n|}\n'
    sections = "".join(
        f"== Part {n} ==\n{paragraph}\n* {_sentence(rng)}\n* {_sentence(rng)}\n{table}" for n in range(8)
    )
    box = (
        "{{Infobox medical condition\n| name = X\n| image = [[File:x.jpg|thumb]]\n| symptoms = [[Cough]]{{ref|a}}\n}}\n"
    )
    return f"{box}{sections}== References ==\n{{{{reflist}}}}\n{{{{Medical resources}}}}\n[[Category:Diseases]]"


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    main()
