"""Reading PubMed and JATS: documents a second on one core, beside pubmed_parser on the same files.

    python benchmarks/corpus_xml.py [--citations 3000] [--articles 150] [--peer .venv-peers/bin/python]
        [--pubmed FILE.xml.gz] [--jats FILE.nxml …] [--quick]

Citations and articles are made here: structured abstracts with inline markup, authors with affiliations, MeSH, lists of
references; sections, tables, figures. ``--pubmed`` and ``--jats`` measure files of the user's besides. Times are of the
processor. "lxml alone" parses and throws away, as the floor of all that build on it; "gzip alone" only decompresses.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree
from rich.console import Console
from rich.table import Table

from medgo.corpus.jats import JatsReader
from medgo.corpus.ledger import Ledger
from medgo.corpus.protocol import Reader, Source
from medgo.corpus.pubmed import PubMedReader
from medgo.schema import Document

console = Console(width=110)
WORDS = tuple(
    """
    patients treatment with acute chronic renal hepatic cardiac failure was were associated risk of in the and for
    after mortality randomized controlled trial placebo group dose daily median follow-up months survival overall
    significantly lower higher compared baseline serum creatinine blood pressure diabetes hypertension infection
    antibiotic resistance expression protein cells receptor inhibitor pathway model mice tumor growth outcome
    primary
    """.split()  # noqa: SIM905 - a list of words
)
MARKS = ("CD4<sup>+</sup>", "10<sup>9</sup>/L", "H<sub>2</sub>O", "<i>in vivo</i>", "β<sub>2</sub>", "<i>S. aureus</i>")
LABELS = ("BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--citations", type=int, default=3000)
    parser.add_argument("--articles", type=int, default=150)
    parser.add_argument("--peer", type=Path, help="python of an environment with pubmed_parser")
    parser.add_argument("--pubmed", type=Path, help="a PubMed file of the user's")
    parser.add_argument("--jats", type=Path, nargs="*", default=[], help="articles of the user's")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    options: Any = parser.parse_args()
    share = 10 if options.quick else 1
    rng = random.Random(7)
    rows: list[Sequence[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "pubmed25n0001.xml.gz"
        made.write_bytes(gzip.compress("".join(citations(options.citations // share, rng)).encode(), 6))
        rows += measured("PubMed, made here", "pubmed", [made], options.peer)
        files = [Path(folder) / f"{number}.nxml" for number in range(options.articles // share)]
        for number, file in enumerate(files):
            file.write_text(article(number, rng), "utf-8")
        rows += measured("JATS, made here", "jats", files, options.peer)
    if options.pubmed is not None:
        rows += measured(f"PubMed, {options.pubmed.name}", "pubmed", [options.pubmed], options.peer)
    if options.jats:
        rows += measured(f"JATS, {len(options.jats)} files", "jats", options.jats, options.peer)
    show(rows)


def measured(title: str, kind: str, files: Sequence[Path], peer: Path | None) -> Iterator[Sequence[str]]:
    """Rows of the table: this reader, the parser alone, the peer."""
    reader: Reader = PubMedReader() if kind == "pubmed" else JatsReader()
    ours = best(lambda: read(reader, files))
    floor = best(lambda: parse_only(kind, files))
    yield (title, "medgo", f"{ours[0]:,}", f"{ours[0] / ours[1]:,.0f}", f"{ours[2]:,}", "1.0")
    yield ("", "lxml alone", f"{floor[0]:,}", f"{floor[0] / floor[1]:,.0f}", "", f"1/{ours[1] / floor[1]:.2f}")
    if any(file.suffix == ".gz" for file in files):
        bare = best(lambda: inflate_only(files))
        yield ("", "gzip alone", "", f"{ours[0] / bare[1]:,.0f}", "", f"1/{ours[1] / bare[1]:.2f}")
    if peer is not None:
        other = ask_peer(peer, kind, files)
        times = ours[0] / ours[1] / other["per_s"]
        characters = f"{other['characters']:,}"
        yield ("", "pubmed_parser", f"{other['count']:,}", f"{other['per_s']:,.0f}", characters, f"{times:.2f}")


def best(run: Callable[[], tuple[int, int]]) -> tuple[int, float, int]:
    """Count, seconds of the best of three, characters."""
    results = []
    for _ in range(3):
        begun = time.process_time()
        count, characters = run()
        results.append((time.process_time() - begun, count, characters))
    seconds, count, characters = min(results)
    return count, seconds, characters


def read(reader: Reader, files: Sequence[Path]) -> tuple[int, int]:
    """Citations or articles, whether they become documents or are left out, and the documents' characters."""
    ledger, count, characters = Ledger(), 0, 0
    for file in files:
        for item in reader.read(Source(file), ledger):
            if isinstance(item, Document):
                count += "#" not in item.ref.id
                characters += len(item.text)
    return count + sum(ledger.omitted.values()), characters


def parse_only(kind: str, files: Sequence[Path]) -> tuple[int, int]:
    """What the parser needs to find the same elements and forget them."""
    tag, count = "PubmedArticle" if kind == "pubmed" else "article", 0
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            for _, element in etree.iterparse(stream, tag=tag, resolve_entities=False, load_dtd=False):
                count += 1
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    return count, 0


def inflate_only(files: Sequence[Path]) -> tuple[int, int]:
    """What decompression takes: the floor of any reader in this process."""
    size = 0
    for file in files:
        with gzip.open(file) as stream:
            while block := stream.read(1 << 20):
                size += len(block)
    return size, 0


def ask_peer(python: Path, kind: str, files: Sequence[Path]) -> dict[str, Any]:
    """Run pubmed_parser in its own environment."""
    script = Path(__file__).parent / "peers" / "pubmed_parser_read.py"
    done = subprocess.run([python, script, kind, *files], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def citations(count: int, rng: random.Random) -> Iterator[str]:
    """A baseline file, indented as NLM does it."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n'
    for pmid in range(1, count + 1):
        yield citation(pmid, rng)
    yield "</PubmedArticleSet>\n"


def citation(pmid: int, rng: random.Random) -> str:
    """One citation of about 10 kB, as those of recent years are."""
    return f"""  <PubmedArticle>
    <MedlineCitation Status="MEDLINE" Owner="NLM">
      <PMID Version="1">{pmid}</PMID>
      <DateRevised>
        <Year>2021</Year>
        <Month>06</Month>
        <Day>05</Day>
      </DateRevised>
      <Article PubModel="Print">
        <Journal>
          <ISSN IssnType="Print">0000-0000</ISSN>
          <JournalIssue CitedMedium="Print">
            <Volume>1</Volume>
            <PubDate>
              <Year>2020</Year>
              <Month>Jun</Month>
            </PubDate>
          </JournalIssue>
          <Title>Journal of {rng.choice(WORDS)}</Title>
        </Journal>
        <ArticleTitle>{prose(rng, 12)}</ArticleTitle>
        <ELocationID EIdType="doi" ValidYN="Y">10.1000/{pmid}</ELocationID>
        <Abstract>{_abstract(rng)}
          <CopyrightInformation>Copyright © 2020 The Authors.</CopyrightInformation>
        </Abstract>
        <AuthorList CompleteYN="Y">{_authors(rng)}
        </AuthorList>
        <Language>eng</Language>
        <PublicationTypeList>
          <PublicationType UI="D016428">Journal Article</PublicationType>
        </PublicationTypeList>
      </Article>
      <MedlineJournalInfo>
        <Country>England</Country>
        <MedlineTA>J Made</MedlineTA>
      </MedlineJournalInfo>
      <MeshHeadingList>{_headings(rng)}
      </MeshHeadingList>
    </MedlineCitation>
    <PubmedData>
      <ArticleIdList>
        <ArticleId IdType="pubmed">{pmid}</ArticleId>
      </ArticleIdList>
      <ReferenceList>{_references(rng)}
      </ReferenceList>
    </PubmedData>
  </PubmedArticle>
"""


def _abstract(rng: random.Random) -> str:
    """Labelled parts."""
    return "".join(
        f'\n          <AbstractText Label="{label}" NlmCategory="{label}">{prose(rng, 60)}</AbstractText>'
        for label in LABELS
    )


def _authors(rng: random.Random) -> str:
    """Two to eight, with where they work."""
    return "".join(
        f"""
          <Author ValidYN="Y">
            <LastName>{rng.choice(WORDS).title()}</LastName>
            <ForeName>{rng.choice(WORDS).title()}</ForeName>
            <Initials>X</Initials>
            <AffiliationInfo>
              <Affiliation>Department of {prose(rng, 14)}</Affiliation>
            </AffiliationInfo>
          </Author>"""
        for _ in range(rng.randint(2, 8))
    )


def _headings(rng: random.Random) -> str:
    """MeSH."""
    return "".join(
        f"""
        <MeshHeading>
          <DescriptorName UI="D{rng.randrange(10**6):06}" MajorTopicYN="N">{rng.choice(WORDS).title()}</DescriptorName>
          <QualifierName UI="Q{rng.randrange(10**6):06}" MajorTopicYN="Y">therapy</QualifierName>
        </MeshHeading>"""
        for _ in range(12)
    )


def _references(rng: random.Random) -> str:
    """A third of all citations list theirs."""
    return "".join(
        f"""
        <Reference>
          <Citation>{prose(rng, 12)}</Citation>
          <ArticleIdList>
            <ArticleId IdType="pubmed">{rng.randrange(10**8)}</ArticleId>
          </ArticleIdList>
        </Reference>"""
        for _ in range(rng.choice((0, 0, 25)))
    )


def article(number: int, rng: random.Random) -> str:
    """One article of about 100 kB."""
    sections = "".join(
        f"<sec><title>{rng.choice(WORDS).title()}</title>{''.join(paragraph(rng) for _ in range(10))}{table(rng)}</sec>"
        for _ in range(5)
    )
    references = "".join(
        f'<ref id="r{at}"><label>{at}</label><mixed-citation>{prose(rng, 20)}</mixed-citation></ref>'
        for at in range(1, 60)
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article" xml:lang="en"><front><journal-meta>
<journal-title-group><journal-title>Journal</journal-title></journal-title-group></journal-meta><article-meta>
<article-id pub-id-type="pmc">{number}</article-id><article-id pub-id-type="pmid">{number}</article-id>
<article-id pub-id-type="doi">10.1000/{number}</article-id><article-categories><subj-group><subject>Research</subject>
</subj-group></article-categories><title-group><article-title>{prose(rng, 12)}</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>A</surname><given-names>B</given-names></name>
<xref ref-type="aff" rid="aff1"/></contrib></contrib-group><aff id="aff1">Place</aff>
<pub-date pub-type="collection"><year>2020</year></pub-date>
<permissions><license><license-p>Creative Commons Attribution License
(http://creativecommons.org/licenses/by/4.0/)</license-p></license></permissions><abstract><p>{prose(rng, 200)}</p>
</abstract></article-meta></front><body>{sections}</body><back><ref-list>{references}</ref-list></back></article>"""


def paragraph(rng: random.Random) -> str:
    """A paragraph with two references."""
    cites = "".join(
        f' [<xref ref-type="bibr" rid="r{rng.randint(1, 59)}">{rng.randint(1, 59)}</xref>]' for _ in range(2)
    )
    return f"<p>{prose(rng, 90)}{cites}. {prose(rng, 30)}</p>"


def table(rng: random.Random) -> str:
    """Ten rows of five cells."""
    rows = "".join("<tr>" + "".join(f"<td>{rng.random():.3f}</td>" for _ in range(5)) + "</tr>" for _ in range(10))
    return (
        f"<table-wrap><label>Table</label><caption><p>{prose(rng, 8)}</p></caption><table>{rows}</table></table-wrap>"
    )


def prose(rng: random.Random, words: int) -> str:
    """Words and numbers; one in 150 with markup, somewhat more than in the update files of 2021."""
    return " ".join(
        rng.choice(MARKS)
        if rng.random() < 1 / 150
        else str(rng.randrange(1000))
        if rng.random() < 0.1
        else rng.choice(WORDS)
        for _ in range(words)
    )


def show(rows: Sequence[Sequence[str]]) -> None:
    """Print the table."""
    out = Table(title="reading on one core")
    for at, column in enumerate(("file", "by", "count", "a second", "characters", "time")):
        out.add_column(column, justify="right" if at > 1 else "left")
    for row in rows:
        out.add_row(*row)
    console.print(out)


if __name__ == "__main__":
    main()
