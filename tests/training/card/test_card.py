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
from medgo.training.card.environment import write_environment
from medgo.training.card.evaluations import read_evaluations
from medgo.training.card.lineage import list_rows, trace
from medgo.training.card.records import read_records
from medgo.training.card.write import CardRequest, write_card
from medgo.training.probes.history import Probed, ProbeLog, Promotion
from medgo.training.probes.items import ProbeItem, fingerprint_of, write_items
from medgo.training.probes.measures import Answered, estimates
from tests.support.tiny_models import tiny_qwen3
from tests.training.card.conftest import SmallRun
from tests.training.card.test_probe_results import write_answers
from tests.training.probes.made import made_item

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
    values += [4321, 5678, 97]
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


def test_material_of_the_rows_stands_with_licence_count_and_certificate(cards: dict[str, str]) -> None:
    rows = {line for line in cards["README.md"].splitlines() if line.startswith("|")}
    assert any("`pubmed` | CC0-1.0 | documents | 5,678 | – |" in row for row in rows)
    assert any("`records` | internal | records | 97 | `deid-of-a-test` |" in row for row in rows)
    chinese = cards["README_zh.md"]
    assert "`pubmed` | CC0-1.0 | 文档 | 5,678 | – |" in chinese
    assert "`records` | internal | 病历 | 97 | `deid-of-a-test` |" in chinese


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


def probed_copy(small_run: SmallRun, folder: Path, items: list[ProbeItem]) -> Path:
    """The run with a first stage that was probed, and kept step 2 of its 6."""
    run = folder / "run"
    shutil.copytree(small_run.run, run)
    log = ProbeLog(run / "1-words", items)
    answers = {item.id: Answered(item.id, (-1.0, -2.0)) for item in items}
    for step in (0, 2, 4, 6):
        shares = estimates(items, answers)
        log.append(Probed(step, 100 * step, shares, 0.25 + step / 100, ("general",) if step == 4 else ()), answers)
    Promotion(6, 2, 0.25, 0.27).save(run / "1-words")
    return run


def test_only_rows_of_the_steps_that_were_kept_were_learnt(small_run: SmallRun, tmp_path: Path) -> None:
    run = probed_copy(small_run, tmp_path, [made_item("general", n, options=("a", "b")) for n in range(4)])
    words = read_records(run).stages[0]
    whole = read_records(small_run.run).stages[0].learnt
    assert words.learnt is not None
    assert whole is not None
    assert (words.learnt.steps, words.learnt.planned, words.learnt.rows) == (2, 6, 8)
    assert 0 < words.learnt.loss_tokens < words.learnt.tokens < whole.tokens
    lineage, _ = trace(read_records(run))
    assert (lineage.steps, lineage.draws) == (2, 8), "the naive way counts the whole order: 24"
    assert sum(row["times"] for row in list_rows(words)) == 8
    Promotion(6, 6, 0.25, 0.3).save(run / "1-words")
    assert read_records(run).stages[0].learnt == whole


def test_a_card_says_what_probes_found_and_that_items_were_used_twice(small_run: SmallRun, tmp_path: Path) -> None:
    items = [made_item("general", n, options=("a", "b")) for n in range(4)]
    run = probed_copy(small_run, tmp_path, items)
    base = read_records(run).stages[0].job.model_hash
    asked = [*items[:3], *(made_item("general", n, options=("a", "b")) for n in range(8, 10))]
    answers = tmp_path / "answers"
    write_answers(answers, asked, [Answered(item.id, (-1.0, -2.0)) for item in asked])
    mark = {"weights": base, "items": fingerprint_of(asked)}
    (answers / "asked.json").write_text(json.dumps(mark))
    summary = json.loads((answers / "summary.json").read_text())
    (answers / "summary.json").write_text(json.dumps({**summary, **mark}))
    english, chinese, *_ = write_card(CardRequest(run, (answers,), tmp_path / "card"))
    text = english.read_text()
    assert "The step of words was chosen with the same items: 3 of the 5 probe items here." in text
    assert "| words | 0 | 0 |  | 100.0 | 25.0 | – |" in text
    assert "| words | 2 | 200 | yes | 100.0 | 27.0 | – |" in text
    assert "| words | 4 |" not in text, "a short table"
    assert sorted(numbers_of(text)) == sorted(numbers_of(chinese.read_text()))
    other = [made_item("general", n, options=("a", "b")) for n in range(8, 10)]
    (answers / "items.jsonl").unlink()
    write_items(answers / "items.jsonl", other)
    (answers / "summary.json").write_text(json.dumps({**summary, **mark, "items": fingerprint_of(other)}))
    assert not read_evaluations(read_records(run), (answers,)).chosen_on


def test_names_of_rows_keep_their_variables(
    small_run: SmallRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, rows = tmp_path / "run", small_run.run.parent / "rows"
    shutil.copytree(small_run.run, run)
    monkeypatch.setenv("MEDGO_DATA", str(rows))
    for record in (*run.glob("*/job.json"), run / "recipe.yaml"):
        record.write_text(record.read_text().replace(str(rows), "${MEDGO_DATA}"))
    write_card(CardRequest(run, (), tmp_path / "card"))
    lineage = json.loads((tmp_path / "card/lineage.json").read_text())
    assert list(lineage["stages"][0]["files"]) == ["${MEDGO_DATA}/one.jsonl"]
    assert lineage["stages"][0]["found"] == 12
    for name in ("README.md", "README_zh.md", "lineage.json"):
        assert str(rows) not in (tmp_path / "card" / name).read_text()
    assert "`${MEDGO_DATA}`: rows with most of a benchmark" in (tmp_path / "card/README.md").read_text()


def test_each_stage_has_the_environment_that_it_was_trained_in(small_run: SmallRun, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(small_run.run, run)
    write_environment(run / "1-words")
    write_environment(run)  # of a later start, perhaps on another machine: no stage's own
    words, prefer = read_records(run).stages
    assert words.environment is not None
    assert prefer.environment is None
