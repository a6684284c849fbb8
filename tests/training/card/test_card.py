"""A card says what the records say, the same in both languages, and that nothing else is known."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from medgo.errors import InputError, RunFolderError
from medgo.training.card.evaluations import read_evaluations
from medgo.training.card.lineage import list_rows, trace
from medgo.training.card.records import read_records
from medgo.training.card.write import CardRequest, write_card
from tests.support.tiny_models import tiny_qwen3
from tests.training.card.conftest import SmallRun

# Digits that stand in words, hashes and code are no numbers: a number stands alone.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.\-/,])[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?![A-Za-z0-9_/%-]|[.,]\d)"
)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@pytest.fixture(scope="module")
def cards(small_run: SmallRun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    output = tmp_path_factory.mktemp("out")
    files = write_card(CardRequest(small_run.run, tuple(small_run.evaluations), output, name="Small"))
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def numbers_of(card: str) -> list[str]:
    body = _CODE.sub(" ", card.split("---\n", 2)[2])
    return _NUMBER.findall(body)


def values_in(value: Any) -> Iterator[float]:
    """Every number at any depth, and the lengths and sums that a card may count."""
    if isinstance(value, dict):
        yield from (each for part in value.values() for each in values_in(part))
    elif isinstance(value, list):
        yield from (each for part in value for each in values_in(part))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def recorded(small_run: SmallRun, lineage: str) -> set[str]:
    """Every number of the records, as a card may write it."""
    values: list[float] = [95.0, *values_in(json.loads(lineage))]
    values += values_in(yaml.safe_load((small_run.run / "recipe.yaml").read_text()))
    for path in small_run.run.rglob("*.json*"):
        if "merged" not in path.parts:
            values += (each for line in _documents(path) for each in values_in(line))
    for mix in small_run.run.rglob("mix.json"):
        tasks = json.loads(mix.read_text())["tasks"]
        values += [sum(task[key] for task in tasks) for key in ("tokens", "loss_tokens")]
    values += [4321]
    found = read_evaluations(read_records(small_run.run), small_run.evaluations)
    for each in found.measured:
        e, against = each.estimate, each.against
        values += [e.value, e.low, e.high, e.n]
        if against:
            d = against.difference
            values += [d.value, d.low, d.high, against.better, against.worse, against.p]
    return {text for value in values for text in _written(value)}


def _documents(path: Path) -> list[Any]:
    text = path.read_text()
    return [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else [json.loads(text)]


def _written(value: float) -> Iterator[str]:
    yield from (f"{value:.4g}", f"{value:.3g}", f"{100 * value:.1f}", f"{100 * value:+.1f}")
    if value == int(value):
        yield f"{int(value):,}"
        yield str(int(value))


def test_both_languages_hold_the_same_numbers(cards: dict[str, str]) -> None:
    english, chinese = numbers_of(cards["README.md"]), numbers_of(cards["README_zh.md"])
    assert len(english) > 60
    assert sorted(english) == sorted(chinese)


def test_every_number_is_in_the_records(cards: dict[str, str], small_run: SmallRun) -> None:
    known = recorded(small_run, cards["lineage.json"])
    for name in ("README.md", "README_zh.md"):
        strangers = [number for number in numbers_of(cards[name]) if number.lstrip("+") not in known | {"-"}]
        assert not [number for number in strangers if number not in known], strangers


def test_an_invented_number_would_be_found(cards: dict[str, str], small_run: SmallRun) -> None:
    assert "73.77" not in recorded(small_run, cards["lineage.json"])
    assert numbers_of("---\n---\nIt scores 73.77 and | 12,345 |") == ["73.77", "12,345"]


def test_the_hub_reads_the_head_with_intervals(cards: dict[str, str]) -> None:
    for name in ("README.md", "README_zh.md"):
        card = ModelCard(cards[name])
        (result,) = card.data.eval_results
        assert card.data.model_name == "Small"
        assert result.metric_type == "accuracy"
        assert result.verified is False
        args = result.metric_args
        assert args["interval"][0] < result.metric_value < args["interval"][1]
        assert args["minus_base_interval"][0] > 0
        assert args["p"] < 0.01
        assert args["data_sha256"] == "c" * 64
        assert yaml.safe_load(card.data.to_yaml())["pipeline_tag"] == "text-generation"


def test_what_no_record_says_is_said(cards: dict[str, str]) -> None:
    english, chinese = cards["README.md"], cards["README_zh.md"]
    assert "| prefer | `done.json` | not recorded |" in english
    assert "| prefer | `done.json` | 未记录 |" in chinese
    assert "| words | energy | not recorded |" in english
    assert "| licence | not recorded |" in english
    assert "license_name: not-recorded" in english
    assert "**Not trained: prefer, later**" in english
    assert "| stages | words (sft) |" in english
    assert "No measurement of" not in english, "prefer left no model that could be measured"
    assert "Benchmarks not run: " in english
    assert "CMB" in english.split("Benchmarks not run: ")[1].split("\n")[0]
    assert english.count("not recorded") == chinese.count("未记录")
    assert "compared with 4,321 items of medqa; not at hand: cmb" in english


def test_no_path_of_the_machine_is_the_base(cards: dict[str, str], small_run: SmallRun) -> None:
    assert "base_model" not in cards["README.md"].split("---\n")[1]
    assert not [name for name in cards if f"{small_run.run}\n" in cards[name]]
    assert yaml.safe_load(cards["recipe.yaml"])["model"] == tiny_qwen3().name


def test_the_words_on_use_are_there_in_both_languages(cards: dict[str, str]) -> None:
    for word in ("never a replacement", "emergencies", "rare diseases", "high-risk", "Private by design"):
        assert word in cards["README.md"]
    for word in ("绝不替代", "急症", "罕见病", "高风险", "隐私优先"):
        assert word in cards["README_zh.md"]


def test_an_evaluation_of_another_model_is_refused(small_run: SmallRun, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither the base nor a stage of this run"):
        write_card(CardRequest(small_run.run, (small_run.stranger,), tmp_path))
    assert not list(tmp_path.iterdir())


def test_without_evaluations_the_card_says_so(small_run: SmallRun, tmp_path: Path) -> None:
    write_card(CardRequest(small_run.run, (), tmp_path, licence="Apache-2.0"))
    text = (tmp_path / "README.md").read_text()
    assert "**No evaluation is recorded.**" in text
    assert "model-index" not in text
    assert "license: apache-2.0" in text
    assert ModelCard(text).data.license == "apache-2.0"


def test_lineage_leads_from_weights_to_every_row(small_run: SmallRun, cards: dict[str, str]) -> None:
    records = read_records(small_run.run)
    words, prefer = trace(records)
    assert (words.rows, words.draws, words.found) == (12, 24, 12)
    assert prefer.rows == 4
    (source,) = words.sources
    assert (source.source, source.licences, source.rows) == ("medgo", ("Apache-2.0",), 12)
    assert prefer.begins_with == records.stages[1].job.model_hash
    listed = list(list_rows(records.stages[0]))
    assert sum(row["times"] for row in listed) == 24
    assert {row["provenance"]["sources"][0]["source"] for row in listed} == {"medgo"}
    written = json.loads(cards["lineage.json"])
    assert [stage["stage"] for stage in written["stages"]] == ["words", "prefer"]
    assert "merged/model.safetensors" in written["stages"][0]["weights"]
    import hashlib

    ids = "".join(f"{row_id}\n" for row_id in sorted(row["row_id"] for row in listed))
    assert hashlib.sha256(ids.encode()).hexdigest() == words.row_ids_sha256


def test_rows_that_are_gone_are_counted_as_untraced(small_run: SmallRun, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(small_run.run, copy)
    job = copy / "1-words/job.json"
    job.write_text(job.read_text().replace("one.jsonl", "gone.jsonl"))
    words = trace(read_records(copy))[0]
    assert (words.rows, words.found, words.sources, words.files) == (12, 0, (), {})


@pytest.mark.parametrize("name", ["audit.json", "curves.jsonl", "verify.json", "job.json"])
def test_a_damaged_record_stops_the_card(small_run: SmallRun, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "run"
    shutil.copytree(small_run.run, copy)
    (copy / "1-words" / name).write_text("{")
    with pytest.raises(RunFolderError):
        write_card(CardRequest(copy, (), tmp_path / "out"))


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="no training run"):
        read_records(tmp_path)
