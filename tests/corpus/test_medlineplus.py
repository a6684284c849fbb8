"""MedlinePlus: English summaries as text, all else named."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from medgo.corpus.ledger import Ledger, Omission
from medgo.corpus.medlineplus import MedlinePlusReader
from medgo.corpus.protocol import Source
from medgo.errors import InputError
from medgo.schema import Document

pytest.importorskip("lxml")
pytest.importorskip("selectolax")

SUMMARY = (
    "<h3>What is rest?</h3><p>Rest is <b>lying</b> down &amp; not getting up.<br>It helps with:</p><ul><li>flu</li>"
    '<li><a href="x">back pain</a></li></ul>'
)


def topic(number: int, summary: str = SUMMARY, language: str = "English") -> str:
    return f"""<health-topic meta-desc="About rest" title="Rest" url="https://medlineplus.gov/rest.html" id="{number}"
      language="{language}" date-created="12/20/2005"><also-called>Repose</also-called>
      <also-called>Lying down</also-called>
      <full-summary>{escape(summary)}</full-summary><group url="u" id="1">Wellness</group>
      <mesh-heading><descriptor id="D012146">Rest</descriptor></mesh-heading>
      <primary-institute url="u">National Institute of Rest</primary-institute><see-reference>Bed rest</see-reference>
      <site title="A page of others" url="u"><information-category>Specifics</information-category></site>
      </health-topic>"""


def topics(*each: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE health-topics SYSTEM "https://medlineplus.gov/t.dtd">\n'
    return (
        f'{head}<health-topics total="{len(each)}" date-generated="01/31/2025 02:30:36">{"".join(each)}</health-topics>'
    )


def read(tmp_path: Path, data: str | bytes, **source: str) -> tuple[list[Document], list[Omission], str]:
    path, named, found, error = tmp_path / "mplus.xml", [], [], ""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    try:
        for item in MedlinePlusReader().read(Source(path, **source), Ledger(named.append)):  # type: ignore[arg-type]
            found.append(item)
    except InputError as failure:
        error = str(failure)
    return found, named, error


def test_a_topic(tmp_path: Path) -> None:
    (document,), named, _ = read(tmp_path, topics(topic(5)))
    assert document.ref.to_dict() == {
        "id": "5",
        "source": "medlineplus",
        "licence": "LicenseRef-US-Government-Public-Domain",
        "retrieved": "2025-01-31",
    }
    assert document.title == "Rest"
    assert document.text.replace("\n", " ").replace("  ", " ") == (
        "What is rest? Rest is lying down & not getting up. It helps with: - flu - back pain"
    )
    assert document.text.startswith("What is rest?\n\nRest is")
    assert document.text.endswith("- flu\n- back pain")
    assert document.meta == {
        "url": "https://medlineplus.gov/rest.html",
        "created": "2005-12-20",
        "also_called": ["Repose", "Lying down"],
        "groups": ["Wellness"],
        "mesh": [{"ui": "D012146", "name": "Rest"}],
        "institute": "National Institute of Rest",
        "see": ["Bed rest"],
    }
    assert not named


def test_spanish_and_empty_topics_are_named(tmp_path: Path) -> None:
    data = topics(topic(1, language="Spanish"), topic(2, "<p> </p>"), topic(3), "<news>x</news>")
    found, named, _ = read(tmp_path, data, licence="CC0-1.0", retrieved="today")
    assert [(one.ref.id, one.ref.licence, one.ref.retrieved) for one in found] == [("3", "CC0-1.0", "today")]
    assert [(one.id, one.reason, one.detail) for one in named] == [
        ("1", "another language", "Spanish"),
        ("2", "no summary", ""),
        ("news", "no topic", ""),
    ]


def test_a_summary_in_elements(tmp_path: Path) -> None:
    data = topics(topic(1).replace(escape(SUMMARY), "<p>Lie <b>down</b>.</p><p>Stay.</p>"))
    assert read(tmp_path, data)[0][0].text == "Lie down.\n\nStay."


def test_a_summary_that_is_an_attack_costs_itself(tmp_path: Path) -> None:
    found, named, _ = read(tmp_path, topics(topic(1, "<div>" * 6000), topic(2)))
    assert [one.ref.id for one in found] == ["2"]
    assert [(one.id, one.reason) for one in named] == [("1", "malformed summary")]


def test_what_stood_before_the_break_stands(tmp_path: Path) -> None:
    data = topics(*(topic(number) for number in range(300)))
    found, _, error = read(tmp_path, data[: len(data) // 2])
    assert [one.ref.id for one in found] == [str(number) for number in range(len(found))]
    assert 100 < len(found) < 300
    assert error.startswith("mplus.xml cannot be read from line")


def test_it_knows_its_files() -> None:
    assert MedlinePlusReader().recognises("mplus.xml", topics().encode())
    assert MedlinePlusReader().recognises("mplus.xml", topics().replace("UTF-8", "utf-16").encode("utf-16"))
    assert not MedlinePlusReader().recognises("mplus.xml", b"<PubmedArticleSet>")
