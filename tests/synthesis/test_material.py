"""Curated documents and certified records in a recipe: rows come of them, and both data cards count them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import InputError, RecipeError
from medgo.schema import Document, SourceRef
from medgo.store import encode_row
from medgo.synthesis import registry, runner
from medgo.synthesis.generators.published import Published
from medgo.synthesis.plan import plan_synthesis
from medgo.synthesis.recipe import Recipe
from tests.support.issuer import Issuer
from tests.synthesis.datasets.test_curated import corpus
from tests.synthesis.rows import Counting, Pairs
from tests.synthesis.runs import TODAY, counting_bench, files, lines, one, recipe, run


@pytest.fixture(autouse=True)
def _counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    monkeypatch.setattr(registry, "GENERATORS", (Counting, Pairs, Published))
    monkeypatch.setattr(runner, "open_bench", counting_bench)


def answered(number: int, source: str, licence: str) -> Document:
    meta = {"question": f"What is the matter number {number}?"}
    return Document(SourceRef(str(number), source, licence), "en", f"It is answer number {number}.", "", meta)


QUESTIONS = (*(answered(n, "medquad", "CC-BY-4.0") for n in range(4)), answered(9, "faq", "MIT"))
ABSTRACT = Document(SourceRef("99", "pubmed", "CC0-1.0"), "en", "An abstract that answers no question.")


def asked(folder: Path, generator: dict[str, Any], **changes: Any) -> Recipe:
    made = folder / "corpus"
    if not made.exists():
        corpus(made, (QUESTIONS, (ABSTRACT,)))
    return recipe(
        folder / "out", {"stage1": generator}, documents=[{"dataset": "curated", "path": str(made)}],
        keep={"overlap": "off"}, **changes,
    )  # fmt: skip


def test_questions_of_a_corpus_become_rows_under_their_own_licences(tmp_path: Path) -> None:
    run(asked(tmp_path, one("published", 5)))
    rows = lines(tmp_path / "out/stage1.jsonl")
    refs = sorted((ref["source"], ref["id"], ref["licence"]) for row in rows for ref in row["provenance"]["sources"])
    assert refs == sorted((one.ref.source, one.ref.id, one.ref.licence) for one in QUESTIONS)


def test_rows_are_taken_from_the_named_collections_alone(tmp_path: Path) -> None:
    run(asked(tmp_path, one("published", 1, sources=["faq"])))
    (row,) = lines(tmp_path / "out/stage1.jsonl")
    assert row["provenance"]["sources"][0]["source"] == "faq"


def test_the_corpus_itself_is_no_collection(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="name those under sources"):
        plan_synthesis(asked(tmp_path, one("published", 1, datasets=["curated"])), today=TODAY, overlap="")


def test_material_is_counted_whether_or_not_rows_came_of_it(tmp_path: Path) -> None:
    run(asked(tmp_path, one("counting", 6)))
    report = json.loads((tmp_path / "out/report.json").read_bytes())
    assert [(one["source"], one["licence"], one["count"]) for one in report["material"]] == [
        ("faq", "MIT", 1), ("medquad", "CC-BY-4.0", 4), ("pubmed", "CC0-1.0", 1),
    ]  # fmt: skip
    for name, words in (("README.md", "Material that was at hand"), ("README_zh.md", "可用材料")):
        card = (tmp_path / "out" / name).read_text("utf-8")
        assert words in card
        for source, licence in (("medquad", "CC-BY-4.0"), ("pubmed", "CC0-1.0")):
            assert any(source in line and licence in line for line in card.splitlines() if line.startswith("|"))


def test_records_are_counted_with_their_certificate(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    sections = {"chief_complaint": "咳嗽3天"}
    record = {"id": "r1", "lang": "zh", "document": "outpatient_record", "sections": sections, "synthetic": False}
    path.write_bytes(encode_row(record))
    issuer = Issuer(tmp_path, "hospital")
    certificate = issuer.issue(path, records=1)
    run(
        asked(
            tmp_path, one("counting", 6),
            records=[{"dataset": "records", "path": str(path)}], trusted_keys=[str(issuer.pem)],
        )
    )  # fmt: skip
    *_, last = json.loads((tmp_path / "out/report.json").read_bytes())["material"]
    assert (last["holds"], last["licence"], last["count"], last["certificate"]) == (
        "records", "internal", 1, certificate.id,
    )  # fmt: skip
    for name in ("README.md", "README_zh.md"):
        assert f"`{certificate.id}`" in (tmp_path / "out" / name).read_text("utf-8")


def test_documents_that_no_generator_asks_for_change_no_row(tmp_path: Path) -> None:
    (tmp_path / "with").mkdir()
    run(asked(tmp_path / "with", one("counting", 30)))
    run(recipe(tmp_path / "without", {"stage1": one("counting", 30)}, keep={"overlap": "off"}))
    with_them, without = files(tmp_path / "with/out"), files(tmp_path / "without")
    assert with_them["stage1.jsonl"] == without["stage1.jsonl"]
    assert with_them["stage1.evidence.jsonl"] == without["stage1.evidence.jsonl"]


def test_a_changed_document_makes_the_rows_anew_and_a_file_beside_it_does_not(tmp_path: Path) -> None:
    wanted = asked(tmp_path, one("published", 2))
    plans = [plan_synthesis(wanted, today=TODAY, overlap="").mark]
    (tmp_path / "corpus/README.md").write_text("A card.")
    plans.append(plan_synthesis(wanted, today=TODAY, overlap="").mark)
    with (tmp_path / "corpus/documents/00001.jsonl").open("ab") as file:
        file.write(encode_row(answered(50, "faq", "MIT").to_dict()))
    plans.append(plan_synthesis(wanted, today=TODAY, overlap="").mark)
    assert plans[0] == plans[1] != plans[2]


def test_an_unfinished_corpus_stops(tmp_path: Path) -> None:
    wanted = asked(tmp_path, one("published", 2))
    (tmp_path / "corpus/report.json").unlink()
    with pytest.raises(InputError, match="no finished corpus"):
        plan_synthesis(wanted, today=TODAY, overlap="")
