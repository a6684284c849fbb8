"""An index is built once and whole, or not at all."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from medgo.errors import KnowledgeSourceError, StorageError
from medgo.knowledge import Knowledge
from medgo.knowledge.build import ensure, is_whole, plan
from medgo.knowledge.sources.reader import Statement
from tests.support.small_vocabulary import SmallReader, name, statements


def left(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "knowledge").iterdir() if path.suffix != ".lock")


def test_built_once(cache: Path) -> None:
    reader = SmallReader("small", statements())
    path = ensure(plan([reader]))
    assert ensure(plan([reader])) == path
    assert reader.reads == 1
    assert left(cache) == [path.name]


def test_another_version_or_file_is_another_index(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "vocabulary.txt"
    file.write_text("one")
    plans = [
        plan([SmallReader("small", statements(), (file,))]),
        plan([SmallReader("small", statements(), (file,), version="2")]),
    ]
    file.write_text("two!")
    plans.append(plan([SmallReader("small", statements(), (file,))]))
    assert len({wanted.key for wanted in plans}) == 3


def test_the_fingerprint_is_that_of_the_content(cache: Path, tmp_path: Path) -> None:
    prints = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "vocabulary.txt"
        file.write_text("same")
        prints.append(Knowledge(ensure(plan([SmallReader("small", statements(), (file,))]))).fingerprint)
    assert prints[0] == prints[1]


def test_a_source_that_breaks_leaves_nothing(cache: Path) -> None:
    wanted = plan([SmallReader("small", statements(), fails_after=9)])
    with pytest.raises(KnowledgeSourceError, match=r"small\.txt:9"):
        ensure(wanted)
    assert left(cache) == []
    # The file was put right: same key, and now it works.
    assert is_whole(ensure(plan([SmallReader("small", statements())])))


def test_a_source_that_says_nothing_is_refused(cache: Path) -> None:
    with pytest.raises(KnowledgeSourceError, match="nothing stands"):
        ensure(plan([SmallReader("small", [])]))
    assert left(cache) == []


def test_a_name_of_an_undeclared_source_is_refused(cache: Path) -> None:
    from medgo.knowledge.sources.reader import Label

    with pytest.raises(KnowledgeSourceError, match="'stranger'"):
        ensure(plan([SmallReader("small", [*statements(), Label("HP:2", name("x", source="stranger"))])]))


def test_two_readers_of_one_source_are_refused(cache: Path) -> None:
    with pytest.raises(KnowledgeSourceError, match="two readers"):
        ensure(plan([SmallReader("small", statements()), SmallReader("small", statements())]))


@pytest.mark.parametrize("damage", ["truncated", "empty", "rubbish", "unfinished"])
def test_a_damaged_index_is_built_again_and_said_so(cache: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    wanted = plan([SmallReader("small", statements())])
    path = ensure(wanted)
    content = path.read_bytes()
    if damage == "unfinished":
        import sqlite3

        with sqlite3.connect(path) as database:
            database.execute("DELETE FROM meta WHERE key='complete'")
        database.close()
    else:
        path.write_bytes({"truncated": content[:-4096], "empty": b"", "rubbish": b"x" * len(content)}[damage])
    assert not is_whole(path)
    with caplog.at_level(logging.WARNING):
        ensure(wanted)
    assert "built again" in caplog.text
    assert Knowledge(path).lookup("HP:2").id == "HP:2"


def test_pages_that_are_damaged_inside_are_noticed_and_the_file_goes(cache: Path) -> None:
    wanted = plan([SmallReader("small", statements())])
    path = ensure(wanted)
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(StorageError, match="cannot be read"):
        knowledge = Knowledge(path)
        knowledge.lookup("HP:2")
        knowledge.search("pain")
    assert not path.exists()
    assert Knowledge(ensure(wanted)).lookup("HP:2").id == "HP:2"


class _Slow(SmallReader):
    def read(self) -> Iterator[Statement]:
        (self.paths[0].parent / f"reading-{os.getpid()}").touch()
        for statement in super().read():
            time.sleep(0.02)
            yield statement


def _build(file: Path) -> str:
    return str(ensure(plan([_Slow("small", statements(), (file,))])))


def test_two_processes_build_one_index(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "vocabulary.txt"
    file.write_text("x")
    with multiprocessing.get_context("fork").Pool(2) as pool:
        paths = pool.map(_build, [file, file], chunksize=1)
    assert paths[0] == paths[1]
    assert len(list(tmp_path.glob("reading-*"))) == 1


def test_a_killed_build_leaves_nothing_that_is_used(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "vocabulary.txt"
    file.write_text("x")
    process = multiprocessing.get_context("fork").Process(target=_build, args=(file,))
    process.start()
    while not list((cache / "knowledge").glob("*.partial") if (cache / "knowledge").exists() else []):
        time.sleep(0.005)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not list((cache / "knowledge").glob("*.sqlite"))
    path = ensure(plan([SmallReader("small", statements())]))
    assert left(cache) == [path.name]


def test_only_the_newest_indexes_are_kept(cache: Path) -> None:
    for version in range(6):
        ensure(plan([SmallReader("small", statements(), version=str(version))]))
    assert len(left(cache)) == 4


def test_a_cache_that_cannot_be_written_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="cannot be written") as error:
        ensure(plan([SmallReader("small", statements())]))
    assert "MEDGO_CACHE" in error.value.hint


def test_what_was_read_from_indexes_that_are_gone_goes_too(cache: Path) -> None:
    first = ensure(plan([SmallReader("small", statements())]))
    for stem in ("gone-1", f"{first.stem}-1"):
        (first.parent / f"{stem}.lexicon").write_bytes(b"x")
    writing, left = (first.parent / f"{first.stem}-{n}.lexicon.{n}" for n in (2, 3))
    for file in (writing, left, first.parent / "gone.partial", first.parent / "gone-4.lexicon.4"):
        file.write_bytes(b"x")
    os.utime(left, (0, 0))
    second = ensure(plan([SmallReader("small", statements(), version="2")]))
    names = {path.name for path in second.parent.iterdir()} - {"build.lock"}
    assert names == {first.name, second.name, f"{first.stem}-1.lexicon", writing.name}
