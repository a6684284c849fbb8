"""``medgo synthesize`` as people type it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from medgo.cli._app import build_app
from medgo.cli._errors import OK, ROWS_FAILED, STORAGE, USAGE
from medgo.synthesis import registry, runner
from medgo.synthesis.datasets import DATASETS
from tests.synthesis.datasets.files import sample
from tests.synthesis.rows import Counting, Pairs
from tests.synthesis.runs import COUNTED, counting_bench, lines

REAL_GENERATORS = registry.GENERATORS


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    monkeypatch.setattr(runner, "open_bench", counting_bench)
    monkeypatch.setattr(registry, "GENERATORS", (*REAL_GENERATORS, Counting, Pairs))


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump({"name": "small", "output": str(tmp_path / "out"), "sets": COUNTED}))
    return path


def synthesize(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(build_app(), ["synthesize", *map(str, arguments)], env={"COLUMNS": "80"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def plain(text: str) -> str:
    """Without the line breaks that a narrow terminal brings."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "en", "zh"),
    [
        ([], "Training rows from knowledge, documents, records", "合成数据"),
        (["run"], "Make the rows of a recipe", "断点续跑"),
        (["preview"], "rows with their evidence side by side", "并排查看数据与依据"),
        (["generators"], "List generators", "列出生成器"),
        (["datasets"], "List data sets", "许可证"),
    ],
)
def test_help_is_in_both_languages(arguments: list[str], en: str, zh: str) -> None:
    code, out, _ = synthesize(*arguments, "--help")
    words = plain(out.replace("│", " "))
    assert code == 0
    assert en in words
    assert zh in words
    assert max(map(len, out.splitlines())) <= 80


def test_a_run_and_what_it_says(recipe: Path, tmp_path: Path) -> None:
    code, out, err = synthesize("run", recipe, "--workers", 1, "sets.stage1.mix.1.options.highest=1000000")
    assert (code, out) == (OK, ""), err
    assert "stage1: 90 of 90 rows" in err
    assert "preference: 30 of 30 rows" in err
    assert "labels: 10 of 10 rows" in err
    assert "stage1/counting-2" in err
    assert f"{tmp_path / 'out'}: rows, evidence, report.json, README.md, README_zh.md" in plain(err)
    assert len(lines(tmp_path / "out/stage1.jsonl")) == 90


def test_a_recipe_needs_no_word_before_it_and_takes_changes(recipe: Path, tmp_path: Path) -> None:
    changes = [f"output={tmp_path / 'other'}", "seed=9", "sets.stage1.rows=7", "langs=[en]"]
    code, _, err = synthesize(recipe, *changes, "--workers", 1)
    assert code == OK, err
    assert not (tmp_path / "out").exists()
    rows = lines(tmp_path / "other/stage1.jsonl")
    assert len(rows) == 7
    assert rows[0]["provenance"]["seed"].startswith("9/stage1/")
    assert json.loads((tmp_path / "other/manifest.json").read_bytes())["recipe"]["langs"] == ["en"]


def test_a_run_that_stays_short_ends_with_1(recipe: Path) -> None:
    code, _, err = synthesize(recipe, "sets.stage1.mix.0.options.ends=2", "--workers", 1)
    assert code == ROWS_FAILED
    assert "of 90 rows" in err
    assert "README.md" in err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("sets.stage1.mix.0.generator=terminolgy", "did you mean terminology?"),
        ("sets.stage1.mix.0.generator=xyzzy", "medgo synthesize generators lists them"),
        ("sets.stage1.mix.0.weight=0.9", "add up to 1.2, not to 1"),
        ("sets.stage1.mix.0.options.hihgest=3", "options of counting: hihgest"),
        ("sets.stage1.mix.0.options.ends=many", "ends: Input should be a valid integer"),
        ("sets.stage1.mix.0.generator=pairs", "makes preference rows, which do not belong into the set stage1"),
        ("sets.stage1.mix.0.generator=published", "published needs documents, and the recipe names none"),
        ("sets.stage1.mix.0={generator: document_qa, weight: 0.7}", "add teacher: {model: …} to the recipe"),
        ("sets.stage1.mix.7.weight=1", "expected a position from 0 to 1 instead of '7'"),
        ("documents=[{dataset: medquat, path: x}]", "did you mean medquad"),
        ("documents=[{dataset: medquad, path: nowhere}]", "nowhere does not exist"),
        ("documents=[{dataset: medquad, path: '${MEDGO_DATA}/x'}]", "MEDGO_DATA is not set"),
        ("knowledge.needs=[hpo, hpo_moon]", "needs the knowledge sources hpo_moon"),
        ("keep.overlap=required", "--benchmarks FOLDER, or MEDGO_DATA"),
        ("keep.overlap=sometimes", "keep.overlap"),
        ("sed=2", "did you mean seed?"),
        ("seed", "is not key=value"),
        ("seed=[", "the value is not YAML"),
    ],
)
def test_what_is_wrong_is_said_before_the_first_row(change: str, says: str, recipe: Path, tmp_path: Path) -> None:
    code, out, err = synthesize(recipe, change)
    assert (code, out) == (USAGE, "")
    assert says in plain(err)
    assert "Traceback" not in err
    assert not list(tmp_path.glob("out/shards/**/*.jsonl"))


def test_a_recipe_that_is_not_there_or_no_recipe(tmp_path: Path) -> None:
    assert "recipes lie in recipes/" in synthesize(tmp_path / "none.yaml")[2]
    for text in ("- a\n", "a: [\n", "\xff"):
        (tmp_path / "bad.yaml").write_text(text, encoding="latin-1")
        code, _, err = synthesize(tmp_path / "bad.yaml")
        assert code == USAGE
        assert "bad.yaml" in err


def test_another_recipe_in_the_same_folder_and_a_folder_that_is_a_file(recipe: Path, tmp_path: Path) -> None:
    assert synthesize(recipe, "--workers", 1)[0] in (OK, ROWS_FAILED)
    code, _, err = synthesize(recipe, "seed=5", "--workers", 1)
    assert code == USAGE
    assert "choose another output=" in err
    (tmp_path / "file").write_text("")
    assert synthesize(recipe, f"output={tmp_path / 'file'}", "--workers", 1)[0] == STORAGE


def test_what_is_optional_and_missing_is_named_as_it_is_written(recipe: Path) -> None:
    missing = "documents=[{dataset: medquad, path: 'no[where]', optional: true}]"
    code, _, err = synthesize(recipe, missing, "sets.stage1.mix.1.options.highest=1000000", "--workers", 1)
    assert code == OK
    assert "not here: medquad: no[where] does not exist" in plain(err)


def test_a_data_set_that_is_damaged_is_named_with_its_row(recipe: Path, tmp_path: Path) -> None:
    each = sample("medquad")
    folder = each.below(tmp_path / "documents", [*each.rows, {**each.rows[0], "answer": 3}])
    code, _, err = synthesize(
        recipe, f"documents=[{{dataset: medquad, path: '{folder}'}}]", "--workers", 1,
        "sets={stage1: {rows: 5, mix: [{generator: published, weight: 1}]}}",
    )  # fmt: skip
    assert code == USAGE
    assert "medquad_answered.jsonl, row 3" in err


def test_preview(recipe: Path, tmp_path: Path) -> None:
    synthesize(recipe, "--workers", 1)
    code, _, err = synthesize("preview", tmp_path / "out", "--rows", 4)
    assert code == OK
    assert "preview.html: 12 rows" in plain(err)
    page = (tmp_path / "out/preview.html").read_text()
    assert page.count("<article>") == 12
    code, _, err = synthesize("preview", tmp_path / "out", "-o", tmp_path / "p/page.html", "--rows", 1, "--seed", 3)
    assert code == OK
    assert (tmp_path / "p/page.html").exists()
    code, _, err = synthesize("preview", tmp_path / "nowhere")
    assert code == USAGE
    assert "holds no rows" in err


def test_a_preview_of_rows_without_their_evidence(recipe: Path, tmp_path: Path) -> None:
    synthesize(recipe, "--workers", 1)
    for content in ("{\n" * 200, None):
        path = tmp_path / "out/stage1.evidence.jsonl"
        path.unlink() if content is None else path.write_text(content)
        code, _, err = synthesize("preview", tmp_path / "out")
        assert code == USAGE
        assert "their evidence cannot be read" in err


def test_generators_are_listed_at_80_columns() -> None:
    code, out, _ = synthesize("generators")
    assert code == OK
    names = [line.split()[0] for line in out.splitlines()[1:] if line and not line.startswith(" ")]
    assert names == sorted(generator.name for generator in registry.GENERATORS)
    assert max(map(len, out.splitlines())) <= 80
    assert "documents" in next(line for line in out.splitlines() if line.startswith("published"))


@pytest.mark.parametrize("generator", REAL_GENERATORS, ids=lambda generator: generator.name)
def test_every_generator_tells_its_options(generator: type[registry.Generator]) -> None:
    code, out, _ = synthesize("generators", generator.name)
    assert code == OK
    assert out.startswith(f"{generator.name} {generator.version}: ")
    for option, field in generator.model_fields.items():
        assert f"  {option} = " in out
        assert field.description, f"{generator.name}.{option} has no description"


def test_an_unknown_generator_is_answered_with_a_near_one() -> None:
    code, out, err = synthesize("generators", "terminolgy")
    assert (code, out) == (USAGE, "")
    assert "did you mean terminology?" in err


def test_data_sets_are_listed_with_their_licences_at_80_columns() -> None:
    code, out, _ = synthesize("datasets")
    assert code == OK
    assert max(map(len, out.splitlines())) <= 80
    for dataset in DATASETS:
        line = next(line for line in out.splitlines() if line.startswith(dataset.name))
        assert dataset.holds in line
        assert dataset.licence in line
        assert dataset.url.replace(" ", "") in out.replace(" ", "").replace("\n", "")
