"""PDF: text in the order in which people read it, and nothing that no one could read."""

from __future__ import annotations

import gzip
import random
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.corpus.pdf import PdfReader, reader
from medgo.corpus.pdf.garble import is_garbled
from medgo.errors import InputError
from medgo.store.compression import uncompressed_name
from tests.corpus.pdf_writer import Word, lines_at, pdf, width_of
from tests.corpus.reading import Reading, read_file

pytest.importorskip("pypdfium2")

_WORDS = (
    "the", "patient", "should", "receive", "treatment", "with", "metformin", "unless", "renal", "function", "is",
    "below", "limit", "and", "blood", "pressure", "measured", "at", "every", "visit", "by", "a", "nurse", "who",
    "has", "been", "trained", "for", "it", "in", "last", "year", "of", "practice",
)  # fmt: skip
ZH = [
    "糖尿病患者应当定期监测血糖和血压，并在医生的指",
    "导下调整用药。对于老年患者，治疗目标可以适当放",
    "宽，以避免低血糖的发生。",
]


def read(tmp_path: Path, data: bytes, name: str = "guideline.pdf", **options: str) -> Reading:
    return read_file(PdfReader(), tmp_path / name, data, **options)  # type: ignore[arg-type]


def column(tag: str, count: int, width: float, size: float = 9) -> list[str]:
    """Lines that fill a column; every first word is new, so that order shows."""
    rng = random.Random(tag)
    lines = []
    for number in range(count):
        line = f"{tag}{number}"
        while width_of(f"{line} {(word := rng.choice(_WORDS))}", size) < width:
            line += f" {word}"
        lines.append(line)
    return lines


def in_order(text: str, words: list[str]) -> bool:
    places = [text.find(f"{word} ") for word in words]
    return min(places) >= 0 and places == sorted(places)


def test_one_column_is_read_from_top_to_bottom(tmp_path: Path) -> None:
    lines = column("a", 20, 480)
    text = read(tmp_path, pdf([lines_at(50, 780, lines, 9)])).text
    assert text == " ".join(lines)


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("drawn", ["by column", "by row", "at random"])
def test_columns_are_read_one_after_another_however_they_are_drawn(tmp_path: Path, columns: int, drawn: str) -> None:
    width, step = {2: (235, 260), 3: (150, 170)}[columns]
    texts = [column("abc"[place], 40, width) for place in range(columns)]
    words = [word for place in range(columns) for word in lines_at(50 + place * step, 780, texts[place], 9)]
    if drawn == "by row":
        words.sort(key=lambda word: (-word.y, word.x))
    elif drawn == "at random":
        random.Random(3).shuffle(words)
    text = read(tmp_path, pdf([words])).text
    assert in_order(text, [line.split()[0] for lines in texts for line in lines])
    assert text.split() == [word for lines in texts for line in lines for word in line.split()]


def test_a_heading_across_columns_parts_them(tmp_path: Path) -> None:
    page = [
        Word(50, 800, "Treatment of hypertension in adults: a guideline", 18, "bold"),
        *lines_at(50, 770, column("a", 20, 235), 9),
        *lines_at(310, 770, column("b", 20, 235), 9),
        Word(50, 530, "Monitoring of patients during the first year", 14, "bold"),
        *lines_at(50, 505, column("c", 20, 235), 9),
        *lines_at(310, 505, column("d", 20, 235), 9),
    ]
    reading = read(tmp_path, pdf([page]))
    text = reading.text
    expected = ["Treatment", "a0", "a19", "b0", "b19", "Monitoring", "c0", "c19", "d0", "d19"]
    assert in_order(text, expected)
    assert "\n\nMonitoring of patients during the first year\n\n" in text
    assert reading.documents[0].title == "Treatment of hypertension in adults: a guideline"


def test_a_table_is_read_by_rows(tmp_path: Path) -> None:
    rows = [("Drug", "Dose", "Interval"), ("Metformin", "500 mg", "12 h"), ("Aspirin", "100 mg", "24 h")]
    rows += [("Ramipril", "5 mg", "24 h"), ("Insulin", "8 IU", "24 h"), ("Digoxin", "0.25 mg", "24 h")]
    words = [Word(60 + 150 * c, 600 - 14 * r, cell) for r, row in enumerate(rows) for c, cell in enumerate(row)]
    words = [*lines_at(50, 780, column("a", 12, 480), 9), *words]
    text = read(tmp_path, pdf([words])).text
    assert "\n".join(" | ".join(row) for row in rows) in text


def test_words_broken_at_a_line_are_whole_again(tmp_path: Path) -> None:
    lines = [
        "A well-known sign of disease is pneumo-",
        "thorax, which needs a follow-",
        "up by x-ray. In a double-blind trial of well-",
        "known drugs the re-admission rate fell. Every re-",
        "admission was counted in the hospital on this day.",
    ]
    text = read(tmp_path, pdf([lines_at(50, 700, lines)])).text
    assert "pneumothorax" in text
    assert "follow-up" in text
    assert "trial of well-known drugs" in text
    assert "Every re-admission" in text
    assert "\x00" not in text


def test_a_paragraph_goes_on_over_columns_and_pages(tmp_path: Path) -> None:
    first, second = column("a", 12, 480), column("b", 12, 480)
    second[0] = "continues here " + second[0][:60]
    text = read(tmp_path, pdf([lines_at(50, 780, first, 9), lines_at(50, 780, second, 9)])).text
    assert "\n" not in text


def test_headers_footers_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = []
    for number in range(1, 9):
        header = "National Guideline 2023" if number % 2 else "Chapter on Asthma"
        body = lines_at(50, 740, ["Body text " + column(f"t{number}x", 1, 400)[0], *column(f"p{number}x", 5, 400)])
        pages.append([Word(50, 810, header, 8), *body, Word(290, 30, f"{number} / 8", 8)])
    reading = read(tmp_path, pdf(pages))
    assert "National Guideline" not in reading.text
    assert "Chapter on Asthma" not in reading.text
    assert " / 8" not in reading.text
    assert all(f"Body text t{number}x0" in reading.text for number in range(1, 9))
    assert reading.ledger.noted["header or footer"] == 16


def test_a_first_line_that_no_other_page_has_stays(tmp_path: Path) -> None:
    pages = [
        lines_at(50, 810, [f"{word} is the only topic of this page.", *column(word[0], 5, 400)])
        for word in ("Asthma", "Gout", "Fever")
    ]
    text = read(tmp_path, pdf(pages)).text
    assert all(f"{word} is the only topic" in text for word in ("Asthma", "Gout", "Fever"))


def test_lines_of_a_table_of_contents_are_left_out(tmp_path: Path) -> None:
    entries = [f"{n} Chapter on the disease " + ". " * 40 + f"{n * 7}" for n in range(1, 9)]
    pages = [
        lines_at(50, 700, [*entries, "Appendix with many names        99"]),
        lines_at(50, 700, column("a", 9, 400)),
    ]
    reading = read(tmp_path, pdf(pages))
    assert reading.text == " ".join(column("a", 9, 400))
    assert reading.ledger.noted["line of a table of contents"] == 9


def test_chinese_lines_are_joined_without_spaces(tmp_path: Path) -> None:
    reading = read(tmp_path, pdf([lines_at(50, 780, ZH, 12, "zh")]))
    assert reading.text == "".join(ZH)
    assert reading.documents[0].lang == "zh"


def test_chinese_columns(tmp_path: Path) -> None:
    left, right = [f"{line}" for line in ZH * 6], [line[::-1] for line in ZH * 6]
    page = [*lines_at(40, 780, left, 9, "zh", 1.5), *lines_at(310, 780, right, 9, "zh", 1.5)]
    page.sort(key=lambda word: (-word.y, word.x))
    text = read(tmp_path, pdf([page])).text.replace("\n", "")
    assert text == "".join(left) + "".join(right)


def test_raised_and_lowered_characters_keep_their_meaning(tmp_path: Path) -> None:
    page = lines_at(50, 780, column("a", 4, 480))
    page += [Word(50, 700, "WBC 10"), Word(50 + 33.4, 700, "9", 6, rise=4), Word(50 + 37, 700, "/L was found")]
    page += [
        Word(50, 680, "less mortality"),
        Word(50 + 58.4, 680, "12,13", 6, rise=4),
        Word(50 + 58.4 + 17.9, 680, "in both"),
    ]
    page += [Word(50, 660, "and CO"), Word(50 + 34.5, 660, "2", 6, rise=-2), Word(50 + 40.6, 660, "retention")]
    text = read(tmp_path, pdf([page])).text
    assert "WBC 10⁹/L was found" in text
    assert "mortality[12,13] in both" in text
    assert "CO₂ retention" in text


@pytest.mark.parametrize("scale", [0.1, 10, 100])
def test_letters_of_any_size_on_a_scaled_page(tmp_path: Path, scale: float) -> None:
    texts = [column("a", 30, 235), column("b", 30, 235)]
    words = [*lines_at(50, 780, texts[0], 9), *lines_at(310, 780, texts[1], 9)]
    words.sort(key=lambda word: (-word.y, word.x))
    assert read(tmp_path, pdf([words], scale=scale)).text == read(tmp_path, pdf([words])).text


def test_rotated_text_is_left_out_and_rotated_pages_are_read(tmp_path: Path) -> None:
    lines = column("a", 20, 480)
    reading = read(tmp_path, pdf([[*lines_at(50, 780, lines, 9), Word(30, 200, "DRAFT DO NOT CITE", angle=90)]]))
    assert reading.text == " ".join(lines)
    assert reading.ledger.noted["rotated character"] == len("DRAFTDONOTCITE")


@pytest.mark.parametrize("rotate", [90, 270])
def test_a_page_that_is_turned_is_read_as_it_is_shown(tmp_path: Path, rotate: int) -> None:
    # Text that runs upwards on a page turned by 90 degrees is upright for its reader, and so is the other way round.
    lines = column("a", 6, 400)
    words = [Word(60 + 12 * place, 60, line, 9, angle=90) for place, line in enumerate(lines)]
    reading = read(tmp_path, pdf([words], rotate=rotate))
    found = reading.documents[0].text if reading.documents else ""
    assert found == (" ".join(lines) if rotate == 90 else "")
    assert (reading.ledger.noted["rotated character"] > 0) == (rotate == 270)


def test_pages_of_letters_that_mean_nothing_are_named_and_left_out(tmp_path: Path) -> None:
    good, bad = lines_at(50, 780, column("a", 10, 480)), lines_at(50, 780, column("b", 10, 480), font="cmap")
    private = {letter: chr(0xE000 + ord(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"}
    reading = read(tmp_path, pdf([good, bad, good], cmap=private))
    assert [(one.id, one.reason) for one in reading.omissions] == [("guideline.pdf#page=2", "garbled text")]
    assert "b0" not in reading.text
    reading = read(tmp_path, pdf([bad, bad], cmap=private))
    assert not reading.documents
    assert reading.ledger.omitted == {"garbled text": 1}


def test_letters_shifted_by_a_wrong_table_are_garble(tmp_path: Path) -> None:
    shifted = {chr(code): chr(code - 29) for code in range(65, 123)}
    reading = read(tmp_path, pdf([lines_at(50, 780, column("b", 30, 480), font="cmap")], cmap=shifted))
    assert reading.ledger.omitted == {"garbled text": 1}


def test_garble_by_statistics() -> None:
    rng = random.Random(5)
    rare = "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(400))
    assert is_garbled(rare)
    assert not is_garbled("".join(ZH) * 5)
    assert not is_garbled(" ".join(column("a", 30, 400)))
    consonants = "".join(rng.choice("bcdfghjklmnpqrstvwxz    ") for _ in range(2000))
    assert is_garbled(consonants)
    assert is_garbled("The dose is \ufffd\ufffd\ufffd\ufffd", 4)
    assert not is_garbled("WBC 10.2 | RBC 4.5 | HGB 140 | PLT 200\n" * 40)


def test_a_scan_has_no_text(tmp_path: Path) -> None:
    reading = read(tmp_path, pdf([[], []], images=True))
    assert not reading.documents
    assert [(one.id, one.reason) for one in reading.omissions] == [("guideline.pdf", "no text")]


def test_a_scanned_page_among_others_is_named(tmp_path: Path) -> None:
    reading = read(tmp_path, pdf([lines_at(50, 780, column("a", 9, 480)), []], images=True))
    assert len(reading.documents) == 1
    assert [(one.id, one.reason) for one in reading.omissions] == [("guideline.pdf#page=2", "no text")]


def test_encrypted_and_locked_files_are_left_out(tmp_path: Path) -> None:
    page = [lines_at(50, 780, column("a", 9, 480))]
    assert read(tmp_path, pdf(page, password="s3cret")).ledger.omitted == {"encrypted": 1}
    # An empty password opens the file, and its permissions allow to copy.
    assert read(tmp_path, pdf(page, password="")).documents
    assert read(tmp_path, pdf(page, password="", copying=False)).ledger.omitted == {"copying not permitted": 1}


@pytest.mark.parametrize("cut", [0, 40, 300, 900])
def test_broken_files_are_errors(tmp_path: Path, cut: int) -> None:
    with pytest.raises(InputError, match=r"broken\.pdf"):
        read(tmp_path, b"%PDF-1.7\n" + b"\xffx" * cut, name="broken.pdf")


@settings(max_examples=25, deadline=None)
@given(at=st.integers(0, 1500), byte=st.integers(0, 255))
def test_a_damaged_byte_never_escapes_as_another_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    data = bytearray(pdf([lines_at(50, 780, column("a", 9, 480))]))
    data[at % len(data)] = byte
    with suppress(InputError):
        read(tmp_path_factory.mktemp("pdf"), bytes(data))


def test_long_files_come_in_parts_of_whole_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_CHARACTERS", 3000)
    pages = [
        [*lines_at(50, 700, column(f"p{number}x", 6, 480)), Word(50, 600, f"Section {number} ends here.")]
        for number in range(30)
    ]
    reading = read(tmp_path, pdf(pages))
    assert len(reading.documents) > 2
    assert [one.ref.id for one in reading.documents] == [
        f"guideline.pdf#{n}" for n in range(1, len(reading.documents) + 1)
    ]
    whole = "\n\n".join(one.text for one in reading.documents)
    assert all(f"p{number}x0 " in whole for number in range(30))
    assert all(len(one.text) < 9000 for one in reading.documents)


def test_a_page_of_scattered_letters_takes_no_time(tmp_path: Path) -> None:
    rng = random.Random(2)
    words = [Word(rng.uniform(0, 590), rng.uniform(0, 840), rng.choice("abcdefgh")) for _ in range(6000)]
    begun = time.process_time()
    read(tmp_path, pdf([words]), lang="en")
    assert time.process_time() - begun < 5


def test_title_date_licence_and_compression(tmp_path: Path) -> None:
    stated = [
        "This work is available under the Creative Commons Attribution-ShareAlike 4.0",
        "licence (https://creativecommons.org/licenses/by-sa/4.0/) and is a report.",
    ]
    page = [*lines_at(50, 780, column("a", 9, 480)), *lines_at(50, 600, stated)]
    data = pdf([page], info={"Title": "糖尿病指南", "CreationDate": "D:20230506120000"})
    reading = read(tmp_path, gzip.compress(data), name="guideline.pdf.gz", licence="CC0-1.0")
    (document,) = reading.documents
    assert document.title == "糖尿病指南"
    assert (document.ref.id, document.ref.licence, document.ref.retrieved) == (
        "guideline.pdf",
        "CC-BY-SA-4.0",
        "2023-05-06",
    )
    assert document.meta["pages"] == [1, 1]
    assert PdfReader().recognises(uncompressed_name(Path("a.bin")), data[:65536])
    assert not PdfReader().recognises("a.pdf", b"<html>")
