"""``medgo knowledge`` as a user sees it, over a small invented vocabulary."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from medgo.cli._knowledge import build_knowledge
from medgo.errors import InputError, KnowledgeSourceError, MedGoError, UnknownConceptError
from medgo.knowledge import installed
from medgo.knowledge.registry import Entry
from medgo.knowledge.sources import hpo_zh
from medgo.schema import Concept
from tests.support.small_vocabulary import SmallReader, babelon, name, statements


def run(*arguments: str, columns: int = 120) -> Result:
    result = CliRunner(env={"COLUMNS": str(columns)}).invoke(build_knowledge(), list(arguments))
    if isinstance(result.exception, MedGoError):
        raise result.exception
    return result


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with one small vocabulary that may not be passed on, and without the Chinese labels."""
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    file = tmp_path / "small.txt"
    file.write_text("x")
    hostile = Concept("X:1", "drug", (name("[red]evil[/] \x1b[31mdrug"),), "small")
    reader = SmallReader("small", [*statements(), hostile], (file,), share=False)
    entries = (
        Entry("small", "Small vocabulary", lambda: reader, "-"),
        Entry("hpo_zh", "Labels", hpo_zh.reader, "fetch the labels"),
    )
    monkeypatch.setattr(installed, "READERS", entries)
    monkeypatch.setattr(hpo_zh.HpoChinese.__init__, "__defaults__", (3,))


def test_lookup_shows_names_relations_and_licence() -> None:
    shown = run("lookup", "HP:3").stdout
    for text in (
        "腹痛 / Abdominal pain",
        "Bellyache",
        "colloquial",
        "is_a",
        "疼痛 / Pain",
        "← has_sign",
        "绞痛",
        "3/4",
    ):
        assert text in shown
    assert "Licence of small" in shown
    assert "不得再分发" in shown


def test_lookup_as_json_is_complete() -> None:
    value = json.loads(run("lookup", "HP:44", "--json").stdout)
    assert value["id"] == "HP:4"
    assert [r["predicate"] for r in value["relations"]] == ["is_a"]
    assert value["inverse"] == []
    assert [(source["id"], source["share"]) for source in value["sources"]] == [("small", False)]


def test_lookup_of_what_is_unknown_is_explained() -> None:
    with pytest.raises(UnknownConceptError, match="HP:77"):
        run("lookup", "HP:77")


def test_search_shows_the_name_that_matched_and_the_licence() -> None:
    result = run("search", "bellyache")
    assert result.exit_code == 0
    assert all(
        text in result.stdout for text in ("HP:3", "Bellyache", "腹痛 / Abdominal pain", "1.00", "Licence of small")
    )


@pytest.mark.parametrize("columns", [80, 50])
def test_a_hit_is_one_line_or_two_and_no_word_is_folded(columns: int) -> None:
    lines = run("search", "bellyache", columns=columns).stdout.split("\n\n")[0].splitlines()
    assert len(lines) == 2 and "HP:3 " in "\n".join(lines)
    assert "腹痛 / Abdominal pain (Bellyache)" in "\n".join(lines)
    assert all(len(line.rstrip()) <= columns for line in lines)


def test_blank_searches_are_refused_and_long_ones_not_repeated() -> None:
    with pytest.raises(InputError, match="no name"):
        run("search", " ")
    assert len(run("search", "ab" * 10_000).stdout) < 200


def test_errors_are_json_where_json_was_asked_for() -> None:
    result = run("lookup", "qqqqzzzz", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "unknown_concept"
    assert json.loads(run("search", " ", "--json").stdout)["error"]["code"] == "invalid_input"


def test_search_narrows_and_is_json() -> None:
    value = json.loads(run("search", "痛", "--kind", "disease", "--lang", "zh", "--limit", "1", "--json").stdout)
    assert [(hit["id"], hit["name"]["text"], hit["kind"]) for hit in value["hits"]] == [
        ("DISEASE:colic", "绞痛", "disease")
    ]
    assert value["sources"][0]["licence"] == "Licence of small"


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_nothing_found_is_exit_code_1(flags: list[str]) -> None:
    result = run("search", "qqqqzzzz", *flags)
    assert result.exit_code == 1
    assert result.stdout


def test_names_of_others_are_neither_markup_nor_control_characters() -> None:
    shown = run("lookup", "X:1").stdout + run("search", "evil").stdout
    assert "\x1b" not in shown
    assert "[red]evil[/]" in shown


def test_sources_say_what_is_here_and_what_is_absent() -> None:
    shown = run("sources").stdout
    assert all(text in shown for text in ("small", "Licence of small", "缺少的来源", "hpo_zh", "fetch the labels"))
    assert "1 names left out" in shown
    value = json.loads(run("sources", "--json").stdout)
    assert [source["id"] for source in value["sources"]] == ["small", "medgo"]
    assert value["absent"] == [{"id": "hpo_zh", "title": "Labels", "get": "fetch the labels"}]


def test_add_and_remove(tmp_path: Path) -> None:
    file = tmp_path / "labels.tsv"
    file.write_text(babelon().replace("HP:9000001", "HP:5"), encoding="utf-8")
    assert run("add", str(file)).exit_code == 0
    assert "蓝耳0" in run("lookup", "HP:5").stdout
    assert run("remove", str(file)).exit_code == 0
    assert "蓝耳0" not in run("lookup", "HP:5").stdout


def test_what_is_found_without_being_added_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data" / "knowledge" / "hpo-zh"
    folder.mkdir(parents=True)
    for file in (tmp_path / "labels.tsv", folder / "hp-zh.babelon.tsv"):
        file.write_text(babelon().replace("HP:9000001", "HP:5"), encoding="utf-8")
    monkeypatch.setenv("MEDGO_DATA", str(tmp_path / "data"))
    run("add", str(tmp_path / "labels.tsv"))
    assert "still read through MEDGO_DATA" in run("remove", str(tmp_path / "labels.tsv")).stderr
    assert "蓝耳0" in run("lookup", "HP:5").stdout


def test_a_damaged_file_is_not_added(tmp_path: Path) -> None:
    file = tmp_path / "labels.tsv"
    file.write_text(babelon(2), encoding="utf-8")
    with pytest.raises(KnowledgeSourceError, match="broke off"):
        run("add", str(file))
    assert "缺少的来源" in run("sources").stdout


@pytest.mark.parametrize("command", [[], ["lookup"], ["search"], ["sources"], ["add"], ["remove"]])
def test_help_is_in_both_languages(command: list[str]) -> None:
    shown = run(*command, "--help").stdout
    assert any("\u4e00" <= character <= "\u9fff" for character in shown)
