"""From sources to a curated corpus: what is read again and what is not, what stops it, and what the data card says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from medgo.cli._benchmark_items import open_guard
from medgo.errors import CertificateError, RecipeError
from medgo.pipeline.build import build_pipeline, state_file
from medgo.pipeline.engine import run_pipeline
from medgo.pipeline.place import Tools
from medgo.pipeline.step import Step
from medgo.pipeline.steps.corpus import About, about_of
from medgo.pipeline.steps.deid import certified_documents
from medgo.pipeline.steps.record_texts import text_of
from medgo.store import encode_row
from medgo.store.certificates import certificate_path, read_certificate
from medgo.synthesis.runner import Overlap
from tests.evaluation.benchmarks.exam_files import write

TODAY = date(2026, 1, 2)
QUESTION = "A fact sheet of our own: which exercise helps a gardener whose left knee aches on the stairs in May?"
PAGE = (
    "<!doctype html><html lang='en'><head><title>{title}</title>{licence}</head><body><main><h1>{title}</h1>"
    "<p>{text} It is said here in a few sentences of plain English, so that there is something to be read and kept, "
    "and the rest of the page is about {title} as well.</p></main></body></html>"
)
FREE = "<link rel='license' href='https://creativecommons.org/licenses/by/4.0/'>"
VISIT = (
    "文书类型,病案号,姓名,联系电话,入院日期,主诉,现病史,诊断\n"
    "门诊病历,H2025110301,欧阳慕白,13800002222,2025-11-03,反复胸闷3天,"
    "患者欧阳慕白3天前活动后出现胸闷，每次持续约5分钟，休息后缓解，无晕厥，无放射痛，夜间可平卧。,冠心病待查\n"
)
CURATION: dict[str, Any] = {
    "name": "small",
    "output": "results/small/curation",
    "inputs": [{"path": "results/small/pages/corpus.jsonl"}],
    "steps": [
        {"use": "normalise"},
        {"use": "quality"},
        {"use": "licence", "options": {"allow": ["CC-BY-4.0", "internal"]}},
        {"use": "decontaminate", "options": {"benchmarks": "if_present"}},
    ],
    "comparisons": [{"use": "versions"}, {"use": "exact_duplicates"}],
}


@dataclass
class Run:
    """A pipeline of a test: its sources, its steps, and what was said of them."""

    home: Path
    steps: dict[str, dict[str, Any]]
    said: list[str] = field(default_factory=list)

    def built(self, *more: str) -> tuple[Path, tuple[Step, ...]]:
        path = self.home / "pipeline.yaml"
        path.write_text(yaml.safe_dump({"name": "small", "output": "results/small", "steps": self.steps}))
        tools = Tools(self.said.append, lambda *_: (Overlap(None), ""), open_guard, TODAY, 1)
        recipe, steps = build_pipeline(path, [f"output={self.output}", *more], tools)
        return state_file(recipe), steps

    def __call__(self, *more: str) -> dict[str, str]:
        self.said.clear()
        state, steps = self.built(*more)
        return dict(run_pipeline(steps, state, self))

    def begins(self, step: Step, why: str) -> None: ...

    def ends(self, step: Step, outcome: str, words: str, seconds: float) -> None:
        self.said.append(words)

    @property
    def output(self) -> Path:
        return self.home / "out"

    @property
    def words(self) -> str:
        return "\n".join(self.said)

    def kept(self) -> set[str]:
        return {
            json.loads(line)["id"] for file in (self.output / "curation/documents").iterdir() for line in file.open()
        }

    def card(self, name: str = "README.md") -> str:
        return (self.output / "curation" / name).read_text("utf-8")


def page(folder: Path, name: str, licence: str = FREE, text: str = "") -> None:
    folder.mkdir(exist_ok=True)
    title = f"The matter of {name}"
    (folder / f"{name}.html").write_text(PAGE.format(title=title, licence=licence, text=text or f"This is {name}."))


def sources(home: Path) -> dict[str, dict[str, Any]]:
    for name in ("walking", "sleeping"):
        page(home / "pages", name)
    (home / "visits").mkdir()
    (home / "visits/visits.csv").write_text(VISIT, "utf-8")
    (home / "curation.yaml").write_text(yaml.safe_dump(CURATION))
    return {
        "pages": {"kind": "corpus", "inputs": [str(home / "pages")]},
        "visits": {"kind": "corpus", "inputs": [str(home / "visits")]},
        "deid": {"kind": "deid", "corpus": "visits", "issuer": "A test", "needs": ["visits"]},
        "curation": {
            "kind": "curation", "recipe": "curation.yaml", "inputs": ["pages", "deid"], "needs": ["pages", "deid"],
        },
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _no_benchmarks(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def pages(tmp_path: Path) -> Run:
    """Documents alone, which takes no time."""
    steps = sources(tmp_path)
    steps["curation"] |= {"inputs": ["pages"], "needs": ["pages"]}
    return Run(tmp_path, {name: steps[name] for name in ("pages", "curation")})


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Documents and records, run once."""
    home = tmp_path_factory.mktemp("sources")
    run = Run(home, sources(home))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MEDGO_DATA", raising=False)
        assert set(run().values()) == {"done"}, run.words
    return run


@pytest.fixture
def whole(done: Run, tmp_path: Path) -> Iterator[Run]:
    """The same, to be changed: what the test has changed is put back."""
    shutil.copytree(done.home, tmp_path / "before")
    yield done
    shutil.rmtree(done.home)
    shutil.copytree(tmp_path / "before", done.home)


def test_a_source_that_changed_is_read_again_and_others_are_not(pages: Run) -> None:
    assert pages() == {"pages": "done", "curation": "done"}
    assert pages.kept() == {"walking.html", "sleeping.html"}
    assert pages() == {"pages": "skipped", "curation": "skipped"}
    page(pages.home / "pages", "eating")
    assert pages() == {"pages": "done", "curation": "done"}
    assert pages.kept() == {"walking.html", "sleeping.html", "eating.html"}
    assert (pages.output / "pages.before-1/corpus.jsonl").is_file()


def test_workers_change_nothing_and_options_do(pages: Run) -> None:
    pages()
    assert pages("steps.pages.workers=3", "steps.curation.workers=2") == {"pages": "skipped", "curation": "skipped"}
    # YAML reads this as a date, and whoever writes it means one.
    assert pages("steps.pages.retrieved=2026-01-01") == {"pages": "done", "curation": "done"}
    assert pages("steps.pages.retrieved=2026-01-01", "steps.curation.set.shard_bytes=2048")["curation"] == "done"


def test_sources_read_again_to_the_same_bytes_are_not_curated_again(pages: Run) -> None:
    pages()
    assert pages("steps.pages.damaged=name") == {"pages": "done", "curation": "skipped"}


def test_a_page_without_licence_is_removed_unless_the_step_states_one(pages: Run) -> None:
    page(pages.home / "pages", "borrowed", licence="")
    pages()
    assert "borrowed.html" not in pages.kept()
    assert "no licence stated" in pages.card()
    pages("steps.pages.licence=CC-BY-4.0")
    assert "borrowed.html" in pages.kept()


@pytest.mark.parametrize("missing", ["HOME/nowhere", "${MEDGO_NOT_SET}/pages"])
def test_a_missing_source_stops_or_is_named_in_the_data_card(pages: Run, missing: str) -> None:
    path = missing.replace("HOME", str(pages.home))
    pages.steps["other"] = {"kind": "corpus", "inputs": [path]}
    pages.steps["curation"] |= {"inputs": ["pages", "other"], "needs": ["pages", "other"]}
    assert pages() == {"pages": "done", "other": "failed", "curation": "blocked"}
    assert "MEDGO_NOT_SET" in pages.words or "nowhere" in pages.words
    pages.steps["other"]["optional"] = True
    assert pages() == {"pages": "skipped", "other": "done", "curation": "done"}
    assert about_of(pages.output / "other") == About(None, (path,))
    for name in ("README.md", "README_zh.md", "card.html"):
        assert path in pages.card(name)
    assert pages.kept() == {"walking.html", "sleeping.html"}


def test_a_source_that_comes_later_is_read_then(pages: Run) -> None:
    later = pages.home / "later"
    pages.steps["other"] = {"kind": "corpus", "inputs": [str(later)], "optional": True}
    pages.steps["curation"] |= {"inputs": ["pages", "other"], "needs": ["pages", "other"]}
    pages()
    page(later, "resting")
    assert pages() == {"pages": "skipped", "other": "done", "curation": "done"}
    assert "resting.html" in pages.kept()
    assert str(later) not in pages.card()


def test_a_damaged_file_stops_or_is_named(pages: Run) -> None:
    (pages.home / "pages/broken.xml").write_text('<?xml version="1.0"?><health-topics><health-topic title="Gout"')
    assert pages() == {"pages": "failed", "curation": "blocked"}
    assert "broken.xml" in pages.words
    assert pages("steps.pages.damaged=name") == {"pages": "done", "curation": "done"}
    assert "broken.xml" in pages.words
    assert pages.kept() == {"walking.html", "sleeping.html"}


def test_without_benchmarks_a_run_stops_or_says_so_everywhere(pages: Run) -> None:
    assert pages("steps.curation.set={steps.3.options: {}}")["curation"] == "failed"
    assert "every one of them would pass" in pages.words
    assert not (pages.output / "curation/documents").exists()
    pages()
    assert "NOT COMPARED WITH ANY BENCHMARK" in pages.words
    for name, said in (
        ("README.md", "must not be called free of benchmark items"),
        ("README_zh.md", "本机没有评测集，且配方允许继续"),
        ("card.html", "None was at hand, and the recipe lets the run go on without"),
    ):
        assert said in pages.card(name)


def test_benchmarks_that_come_later_are_compared_with(pages: Run) -> None:
    page(pages.home / "pages", "copied", text=QUESTION)
    pages()
    assert "copied.html" in pages.kept()
    options = {"A": "Rest", "B": "Squats", "C": "Chess", "D": "Prayer"}
    row = {"question": QUESTION, "answer": "Squats", "options": options, "meta_info": "step1", "answer_idx": "B"}
    write(pages.home / "exam/medqa/test.jsonl", [row])
    with_exam = f"steps.curation.benchmarks=[{pages.home / 'exam'}]"
    assert pages(with_exam) == {"pages": "skipped", "curation": "done"}
    assert pages.kept() == {"walking.html", "sleeping.html"}
    assert "medqa" in pages.card()
    assert pages(with_exam) == {"pages": "skipped", "curation": "skipped"}


def test_a_recipe_names_its_inputs_where_the_pipeline_does_not(pages: Run) -> None:
    del pages.steps["curation"]["inputs"]
    assert pages() == {"pages": "done", "curation": "done"}
    assert pages.kept() == {"walking.html", "sleeping.html"}
    page(pages.home / "pages", "eating")
    assert pages() == {"pages": "done", "curation": "done"}


def test_killed_between_shards_it_goes_on_to_the_same_bytes(pages: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from medgo.curation.runs.cleaning import Cleaner

    for number in range(40):
        page(pages.home / "pages", f"page-{number}")
    small = "steps.curation.set.shard_bytes=1024"
    pages(small)
    unbroken = {file.name: file.read_bytes() for file in (pages.output / "curation/documents").iterdir()}
    assert len(unbroken) > 5
    shutil.rmtree(pages.output / "curation")
    worked: list[object] = []
    clean: Callable[..., Any] = Cleaner.__call__

    def killed_at_the_fifth(self: Cleaner, shard: Any) -> Any:
        worked.append(shard)
        if len(worked) == 5:
            raise KeyboardInterrupt
        return clean(self, shard)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Cleaner, "__call__", killed_at_the_fifth)
        pages(small)
    before = {file: file.stat().st_mtime_ns for file in (pages.output / "curation/.work").rglob("*.json*")}
    assert len(before) >= 4
    assert not (pages.output / "curation/report.json").exists()
    assert pages(small) == {"pages": "skipped", "curation": "done"}
    assert {file: file.stat().st_mtime_ns for file in before} == before, "what was done stays"
    assert {file.name: file.read_bytes() for file in (pages.output / "curation/documents").iterdir()} == unbroken


def test_records_are_refused_by_curation(pages: Run) -> None:
    pages.steps["visits"] = {"kind": "corpus", "inputs": [str(pages.home / "visits")]}
    pages.steps["curation"] |= {"inputs": ["pages", "visits"], "needs": ["pages", "visits"]}
    assert pages()["curation"] == "failed"
    assert "put a deid step between" in pages.words
    assert not (pages.output / "curation/documents").exists()


def test_documents_are_refused_by_deid(pages: Run) -> None:
    pages.steps["deid"] = {"kind": "deid", "corpus": "pages", "issuer": "A test", "needs": ["pages"]}
    assert pages()["deid"] == "failed"
    assert "holds documents, not records" in pages.words


def test_no_records_give_none_and_the_rest_goes_on(pages: Run) -> None:
    pages.steps["visits"] = {"kind": "corpus", "inputs": [str(pages.home / "gone")], "optional": True}
    pages.steps["deid"] = {"kind": "deid", "corpus": "visits", "issuer": "A test", "needs": ["visits"]}
    pages.steps["curation"] |= {"inputs": ["pages", "deid"], "needs": ["pages", "deid"]}
    assert set(pages().values()) == {"done"}
    assert pages.kept() == {"walking.html", "sleeping.html"}
    assert str(pages.home / "gone") in pages.card()


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({"d": {"kind": "deid", "corpus": "c", "issuer": "x"}}, "d.corpus: there is no corpus step c"),
        ({"d": {"kind": "deid", "corpus": "c"}}, "issuer"),
        ({"c": {"kind": "corpus", "inputs": []}}, "inputs"),
        (
            {"c": {"kind": "corpus", "inputs": ["x"]}, "d": {"kind": "deid", "corpus": "c", "issuer": "x"}},
            "d reads c: add it to d.needs",
        ),
        (
            {"a": {"kind": "reviews", "path": "x"},
             "c": {"kind": "curation", "recipe": "curation.yaml", "inputs": ["a"], "needs": ["a"]}},
            "a: no corpus step and no deid step",
        ),
    ],
)  # fmt: skip
def test_steps_that_do_not_fit_are_named(pages: Run, steps: dict[str, Any], message: str) -> None:
    pages.steps = steps
    with pytest.raises(RecipeError, match=message):
        pages.built()


def test_certified_records_become_texts_with_licence_and_certificate(done: Run) -> None:
    certificate = read_certificate(done.output / "deid/records.jsonl")
    assert certificate.passed and certificate.issuer == "A test"
    (row,) = map(json.loads, (done.output / "deid/documents.jsonl").open())
    assert row["text"].startswith("主诉\n反复胸闷3天\n\n现病史\n患者")
    assert (row["source"], row["licence"], row["meta"]["certificate"]) == ("records", "internal", certificate.id)
    everything = "".join(path.read_text("utf-8") for path in (done.output / "curation").rglob("*.jsonl"))
    assert row["id"] in everything
    assert "慕白" not in everything and "13800002222" not in everything and "2025-11-03" not in everything
    assert "records · internal" in done.card()


def test_all_is_skipped_the_second_time(done: Run) -> None:
    assert set(done().values()) == {"skipped"}


def test_records_or_certificates_that_were_tampered_with_pass_nowhere(whole: Run) -> None:
    from medgo.pipeline.recipe import DeidStep

    asked = DeidStep(kind="deid", corpus="visits", issuer="A test")
    folder = whole.output / "deid"
    assert certified_documents(asked, folder, TODAY) == folder / "documents.jsonl"
    records, signed = folder / "records.jsonl", certificate_path(folder / "records.jsonl")
    changes: tuple[tuple[Path, dict[str, Any]], ...] = (
        (records, {"lang": "en"}),
        (signed, {"residual": {}}),
        (signed, {"expires": "2099-01-01"}),
    )
    for file, change in changes:
        before = file.read_bytes()
        file.write_bytes(encode_row({**json.loads(before), **change}))
        with pytest.raises(CertificateError):
            certified_documents(asked, folder, TODAY)
        file.write_bytes(before)
    with pytest.raises(CertificateError, match="expired"):
        certified_documents(asked, folder, date(2099, 1, 1))


def test_another_key_gives_other_surrogates_and_another_policy_stops(whole: Run) -> None:
    from medgo.deid.keys import create_key

    first = (whole.output / "deid/records.jsonl").read_bytes()
    create_key(whole.home / "ward.key")
    keyed = f"steps.deid.key_file={whole.home / 'ward.key'}"
    assert whole(keyed) == {"pages": "skipped", "visits": "skipped", "deid": "done", "curation": "done"}
    assert (whole.output / "deid/records.jsonl").read_bytes() != first
    assert whole(keyed, "steps.deid.workers=2")["deid"] == "skipped"
    assert whole(keyed, "steps.deid.policy=strict") == {
        "pages": "skipped", "visits": "skipped", "deid": "failed", "curation": "blocked",
    }  # fmt: skip
    assert "not what the policy asks for" in whole.words
    assert not (whole.output / "deid/documents.jsonl").exists()


def test_patients_keep_their_surrogates_when_records_come_in_addition(whole: Run) -> None:
    (first,) = map(json.loads, (whole.output / "deid/records.jsonl").open())
    another = VISIT.splitlines()[1].replace("H2025110301", "H2025110999").replace("欧阳慕白", "司徒南乔")
    (whole.home / "visits/visits.csv").write_text(VISIT + another + "\n", "utf-8")
    assert whole()["deid"] == "done"
    rows = [json.loads(line) for line in (whole.output / "deid/records.jsonl").open()]
    assert rows[0] == first
    assert len(rows) == 2


def test_titles_are_those_of_the_document_or_the_usual_ones() -> None:
    sections = {"chief_complaint": "咳嗽", "empty": " ", "some_thing": "甲", "text": "正文"}
    assert text_of(sections, "outpatient_record", "zh") == "主诉\n咳嗽\n\nSome thing\n甲\n\n正文"
    assert text_of({"vital_signs": "P 80"}, "outpatient_record", "zh") == "生命体征\nP 80"
    assert text_of({"chief_complaint": "Cough", "findings": "None"}, "imaging_report", "en") == (
        "Chief complaint\nCough\n\nFindings\nNone"
    )
