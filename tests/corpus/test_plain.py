"""Text and Markdown books: chapters, encodings, and no word lost."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.corpus import plain
from medgo.corpus.plain import PlainReader
from medgo.errors import InputError
from tests.corpus.reading import Reading, read_file


def read(tmp_path: Path, text: str | bytes, name: str = "book.txt", **options: str) -> Reading:
    data = text.encode() if isinstance(text, str) else text
    return read_file(PlainReader(), tmp_path / name, data, **options)  # type: ignore[arg-type]


ZH = "内科学\n\n第一章 总论\n患者的病史是诊断的基础。\n\n第二章 呼吸系统疾病\n哮喘是一种慢性气道疾病。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_chapters_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    reading = read(tmp_path, ZH.encode(encoding))
    assert [one.title for one in reading.documents] == ["", "第一章 总论", "第二章 呼吸系统疾病"]
    assert reading.documents[1].text == "第一章 总论\n患者的病史是诊断的基础。"
    assert [one.ref.id for one in reading.documents] == ["book.txt#1", "book.txt#2", "book.txt#3"]


def test_english_chapters_and_compression(tmp_path: Path) -> None:
    text = "CHAPTER 1. The heart\n\nThe heart is a pump.\nChapter II\nThe lung is not.\n"
    text += "In Chapter 3 we will see that it is.\n"
    reading = read(tmp_path, gzip.compress(text.encode()), name="book.txt.gz")
    assert [one.title for one in reading.documents] == ["CHAPTER 1. The heart", "Chapter II"]
    assert reading.documents[1].text.endswith("In Chapter 3 we will see that it is.")


def test_markdown_keeps_words_and_loses_marks(tmp_path: Path) -> None:
    text = """---
title: Guide
license: CC-BY-4.0
date: 2022-01-02
---
Intro to **the book** and [its site](https://example.org/x).

# Asthma #

Give *200 µg* of `salbutamol` ![picture](a.png) at 2*3 mg and with snake_case_name.

| Drug | Dose |
|------|:----:|
| A    | 1 mg |

```
# no heading here
```

### Below
- item of the list
"""
    reading = read(tmp_path, text.replace("CC-BY-4.0", "CC BY 4.0"), name="guide.md")
    intro, asthma = reading.documents
    assert intro.text == "Intro to the book and its site."
    assert asthma.title == "Asthma"
    assert asthma.text == (
        "Asthma\n\nGive 200 µg of salbutamol at 2*3 mg and with snake_case_name.\n\n"
        "Drug | Dose\n\nA | 1 mg\n\n# no heading here\n\nBelow\n- item of the list"
    )
    assert (intro.ref.licence, intro.ref.retrieved) == ("CC-BY-4.0", "2022-01-02")


def test_a_long_text_is_split_between_paragraphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "MAX_CHARACTERS", 500)
    paragraphs = [f"Paragraph {n} is about the patient and the treatment of the disease." for n in range(40)]
    reading = read(tmp_path, "\n\n".join(paragraphs))
    assert len(reading.documents) > 3
    assert "\n\n".join(one.text for one in reading.documents) == "\n\n".join(paragraphs)
    assert [one.ref.id for one in reading.documents[:3]] == ["book.txt#1", "book.txt#1.2", "book.txt#1.3"]


@settings(max_examples=50)
@given(st.lists(st.text("abcdef .", min_size=1, max_size=30), max_size=20))
def test_every_word_of_a_text_is_kept(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    text = "\n".join(lines)
    reading = read(tmp_path_factory.mktemp("plain"), text, lang="en")
    assert " ".join(one.text for one in reading.documents).split() == text.split()


@pytest.mark.parametrize(
    "line", ["# x" + " " * 100_000 + "y", "# " * 100_000, "[" * 100_000, "*a" * 100_000, "|" * 100_000]
)
def test_hostile_lines_take_no_time(tmp_path: Path, line: str) -> None:
    begun = time.process_time()
    read(tmp_path, line + "\n\nThe patient is well.", name="book.md", lang="en")
    assert time.process_time() - begun < 2


def test_faults(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no encoding"):
        read(tmp_path, bytes(range(128, 256)) * 50)
    with pytest.raises(InputError, match="ends early"):
        read(tmp_path, gzip.compress(ZH.encode() * 50)[:-20], name="book.txt.gz")
    late = ("The patient is well. " * 5000).encode() + bytes(range(128, 256)) * 50
    with pytest.raises(InputError, match="at its beginning"):
        read(tmp_path, late)
    reading = read(tmp_path, "Le patient est dans une salle avec les autres pour la nuit.")
    assert reading.ledger.omitted == {"other language": 1}


def test_other_formats_are_not_taken_for_text() -> None:
    reader = PlainReader()
    assert reader.recognises("a.txt", b"The patient")
    assert reader.recognises("a.md", ZH.encode("utf-16"))
    for name, head in (
        ("a.txt", b"%PDF-1.4"),
        ("a.txt", b"MSH|^~\\&"),
        ("a.csv", b"a,b"),
        ("a.txt", b"\x00\x01\x02\x03" * 9),
    ):
        assert not reader.recognises(name, head)
