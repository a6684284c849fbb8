"""Many files into one: nothing lost, everything left out named, the same bytes after a kill and with more processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medgo.corpus.reading import ReadConfig, beside, files_of, read_corpus
from medgo.corpus.registry import FORMATS, detect, find_reader
from medgo.corpus.reports import ReadReport
from medgo.errors import InputError
from medgo.execution import LocalExecutor

CITATION = (
    "<PubmedArticle><MedlineCitation Status='MEDLINE'><PMID Version='1'>{pmid}</PMID><Article><Journal><Title>J</Title>"
    "<JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue></Journal><ArticleTitle>On {pmid}</ArticleTitle>"
    "{abstract}<Language>eng</Language></Article></MedlineCitation></PubmedArticle>"
)
ABSTRACT = "<Abstract><AbstractText>Metformin lowers glucose in {pmid} people.</AbstractText></Abstract>"


def pubmed(*pmids: int, without: int = 0, deleted: int = 0) -> bytes:
    rows = [CITATION.format(pmid=pmid, abstract=ABSTRACT.format(pmid=pmid)) for pmid in pmids]
    rows += [CITATION.format(pmid=900 + n, abstract="") for n in range(without)]
    gone = f"<DeleteCitation><PMID Version='1'>{deleted}</PMID></DeleteCitation>" if deleted else ""
    return f"<?xml version='1.0'?><PubmedArticleSet>{''.join(rows)}{gone}</PubmedArticleSet>".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    (source / "a").mkdir(parents=True)
    (source / "b").mkdir()
    (source / "p1.xml").write_bytes(pubmed(1, 2, 3, without=2))
    (source / "p2.xml").write_bytes(pubmed(4, deleted=2))
    page = "<html><body><article><h1>{0}</h1><p>Heart failure is treated with {0}. {1}</p></article></body></html>"
    for name in ("a", "b"):
        text = page.format(name, "It is a syndrome of breathlessness and swelling. " * 8)
        (source / name / "index.html").write_text(text, "utf-8")
    (source / "odd.bin").write_bytes(bytes(range(256)) * 8)
    return tmp_path


def read(folder: Path, name: str = "out.jsonl", workers: int = 1, **options: str) -> tuple[ReadReport, Path]:
    config = ReadConfig((str(folder / "in"),), folder / name, **options)  # type: ignore[arg-type]
    return read_corpus(config, LocalExecutor(workers), lambda *_: None), config.output


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_everything_is_read_or_named(folder: Path) -> None:
    report, output = read(folder, licence="CC0-1.0")
    found = rows(output)
    assert {row["id"] for row in found if row["source"] == "pubmed"} == {"1", "2", "3", "4"}
    pages = [row for row in found if row["source"] != "pubmed"]
    assert len({row["id"] for row in pages}) == 2, "two pages of one name"
    assert (
        rows(beside(output, "withdrawn"))
        == [{"source": "pubmed", "id": "2", "reason": "deleted", "by": "p2.xml", "version": "1"}]
        or rows(beside(output, "withdrawn"))[0]["id"] == "2"
    )
    omitted = rows(beside(output, "omitted"))
    assert sum(row["file"] == "p1.xml" for row in omitted) == 2
    assert list(report.failed) == ["odd.bin"]
    assert report.total("items") == len(found) == 6
    assert not (folder / "out.jsonl.parts").exists()
    assert output.stat().st_mode & 0o077 == 0


def test_processes_do_not_show_in_the_bytes(folder: Path) -> None:
    _, one = read(folder, "one.jsonl")
    _, two = read(folder, "two.jsonl", workers=2)
    assert one.read_bytes() == two.read_bytes()


def test_a_truncated_file_gives_what_it_has_and_says_so(folder: Path) -> None:
    whole = pubmed(*range(10, 60))
    (folder / "in" / "p3.xml").write_bytes(whole[: len(whole) * 2 // 3])
    report, output = read(folder)
    assert "p3.xml" in report.failed
    ids = {row["id"] for row in rows(output)}
    assert {"10", "11", "12"} <= ids
    assert "59" not in ids
    assert any(row["file"] == "p3.xml" and row["reason"] == "unreadable" for row in rows(beside(output, "omitted")))


def test_a_killed_run_goes_on(folder: Path) -> None:
    for number in range(8):
        (folder / "in" / f"q{number}.xml").write_bytes(pubmed(*range(100 * number + 1000, 100 * number + 1090)))
    code = (
        "import sys, time, medgo.corpus.reading as r\n"
        "from pathlib import Path\n"
        "from medgo.execution import LocalExecutor\n"
        "config = r.ReadConfig((sys.argv[1],), Path(sys.argv[2]))\n"
        "r.read_corpus(config, LocalExecutor(1), lambda *_: time.sleep(0.3))\n"
    )
    output = folder / "killed.jsonl"
    process = subprocess.Popen([sys.executable, "-c", code, str(folder / "in"), str(output)])
    parts = folder / "killed.jsonl.parts"
    deadline = time.monotonic() + 60
    while len(list(parts.glob("*.report.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = {file: file.stat().st_mtime_ns for file in parts.glob("*.report.json")}
    assert len(done) >= 3
    assert not output.exists()
    _, calm = read(folder, "calm.jsonl")
    config = ReadConfig((str(folder / "in"),), output)
    seen: dict[Path, int] = {}
    read_corpus(config, LocalExecutor(1), lambda *_: seen.update({f: f.stat().st_mtime_ns for f in done if f.exists()}))
    assert seen == done, "what was finished was read again"
    assert output.read_bytes() == calm.read_bytes()


def test_records_and_documents_do_not_come_into_one_file(folder: Path) -> None:
    (folder / "in" / "m.hl7").write_bytes(
        b"MSH|^~\\&|A|B|C|D|20240305||ORU^R01|1|P|2.5\rPID|1||77||Doe^Jane\rOBR|1\rOBX|1|TX|X||Fine.\r"
    )
    with pytest.raises(InputError, match="two outputs"):
        read(folder)


def test_files_by_pattern_and_folder(folder: Path) -> None:
    assert [name for name, _ in files_of([str(folder / "in" / "p*.xml")])] == ["p1.xml", "p2.xml"]
    assert [name for name, _ in files_of([str(folder / "in")])] == [
        "a/index.html",
        "b/index.html",
        "odd.bin",
        "p1.xml",
        "p2.xml",
    ]
    with pytest.raises(InputError, match="does not exist"):
        files_of([str(folder / "nothing*")])


def test_every_format_has_a_reader_that_says_what_it_is() -> None:
    for name in FORMATS:
        reader = find_reader(name)
        assert reader.name == name
        assert reader.holds in ("documents", "records")
        assert (type(reader).__doc__ or "").strip()
    with pytest.raises(InputError, match="pubmed"):
        find_reader("pubmd")


def test_what_is_no_text_has_no_format(folder: Path) -> None:
    assert detect(folder / "in" / "odd.bin") is None
