"""Generators that go on from another one's rows: how a recipe names it, and what of it becomes theirs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from medgo.cli._app import build_app
from medgo.errors import RecipeError
from medgo.synthesis.generators.cases import ComplexCases
from medgo.synthesis.generators.multiple_choice import MultipleChoice
from medgo.synthesis.generators.teacher.base import FollowingGenerator
from medgo.synthesis.generators.teacher.paraphrase import Paraphrase
from medgo.synthesis.keeping import Keeper
from medgo.synthesis.plan import plan_synthesis
from medgo.synthesis.protocol import Need, Source
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.registry import GENERATORS, build_generator
from medgo.synthesis.shards import Job, make_shard
from tests.synthesis.teacher.support import Script, Stub, run, source_of

DOCS = Path(__file__).parents[3] / "docs"
FOLLOWING = [generator.name for generator in GENERATORS if issubclass(generator, FollowingGenerator)]


class FromRecords(Stub):
    """A stub of another version that needs records."""

    name: ClassVar[str] = "from_records"
    version: ClassVar[str] = "7"
    needs: ClassVar[frozenset[Need]] = frozenset({"records"})


def of(name: str, value: Any) -> Any:
    generator = build_generator(name, {"of": value})
    assert isinstance(generator, FollowingGenerator)
    return generator.of


def test_all_of_them_are_known_by_their_option() -> None:
    assert [generator.name for generator in GENERATORS if "of" in generator.model_fields] == FOLLOWING
    assert len(FOLLOWING) >= 7


@pytest.mark.parametrize("name", FOLLOWING)
def test_a_name_or_a_name_with_options_names_it(name: str) -> None:
    assert of(name, "multiple_choice") == MultipleChoice()
    assert of(name, {"generator": "multiple_choice"}) == MultipleChoice()
    assert of(name, {"generator": "complex_cases", "options": {"difficulty": [2, 4]}}) == ComplexCases(
        difficulty=(2, 4)
    )


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("multiple_choise", "did you mean multiple_choice"),
        ({"generator": "complex_cases", "options": {"dificulty": 2}}, r"dificulty.*it has .*difficulty"),
        ({"generator": "complex_cases", "difficulty": 2}, "complex_cases, options: .*into options: difficulty"),
        ({"options": {}}, "{generator: complex_cases, options: "),
        (5, "{generator: complex_cases, options: "),
        ("safety_pairs", "makes preference rows"),
        ("paraphrase", "paraphrase needs a teacher itself"),
        ({"generator": "record_pairs", "options": {"no": 1}}, "makes preference rows"),
        ({"generator": "verified_cot", "options": {"of": "multiple_choice"}}, "verified_cot needs a teacher itself"),
        ("document_qa", "document_qa needs a teacher itself"),
    ],
)
def test_what_cannot_be_gone_on_from_is_said_when_the_recipe_is_read(value: Any, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        build_generator("paraphrase", {"of": value})


def test_a_teacher_within_a_teachers_run_is_refused_as_an_object_too() -> None:
    with pytest.raises(ValidationError, match="needs a teacher itself"):
        Paraphrase(of=Paraphrase(of=Stub()))


def test_needs_and_version_hold_those_of_what_it_goes_on_from() -> None:
    plain, other = Paraphrase(of=Stub()), Paraphrase(of=FromRecords())
    assert plain.all_needs() == {"teacher"}
    assert other.all_needs() == {"teacher", "records"}
    assert (plain.full_version(), other.full_version()) == ("1+stub 1", "1+from_records 7")
    assert build_generator("published", {}).all_needs() == {"documents"}
    assert MultipleChoice().full_version() == MultipleChoice.version


def test_a_row_says_both_versions() -> None:
    words = {"sentences": ["一位45岁的男性，发热、咳嗽、胸痛已有3天。", "未见咯血。", "白细胞 14.2×10^9/L。", "诊断？"]}
    (draft,), _ = run(Paraphrase(of=FromRecords(), least_changed=0.1), Script({"sentences": words}))
    assert draft.row.provenance.version == "1+from_records 7"


def test_the_options_are_shown_with_the_form() -> None:
    shown = CliRunner().invoke(build_app(), ["synthesize", "generators", "verified_cot"]).stdout
    assert "{generator: complex_cases, options: {difficulty: [2, 4]}}" in " ".join(shown.split())


def test_the_recipe_on_the_page_is_one_and_the_same_in_both_languages() -> None:
    pages = [(DOCS / name).read_text() for name in ("synthesis.md", "synthesis.zh.md")]
    english, chinese = (yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0]) for page in pages)
    assert english == chinese
    recipe = Recipe.model_validate({"name": "page", "output": "out", **english})
    made = [build_generator(part.generator, part.options) for rows in recipe.sets.values() for part in rows.mix]
    assert [generator.name for generator in made] == ["verified_cot", "document_qa", "judged_preferences"]


def test_what_is_gone_on_from_needs_its_documents_before_the_run(tmp_path: Path) -> None:
    mix = [{"generator": "paraphrase", "weight": 1, "options": {"of": "published"}}]
    recipe = Recipe.model_validate(
        {"name": "x", "output": str(tmp_path), "sets": {"stage1": {"rows": 1, "mix": mix}}, "teacher": {}}
    )
    with pytest.raises(RecipeError, match="paraphrase needs documents"):
        plan_synthesis(recipe, today=date(2026, 11, 22), overlap="")


class Bench:
    """A workshop for shards without rows."""

    keeper = cast(Keeper, None)

    def source(self, job: Job) -> Source:
        return source_of(Script({}))


def test_a_finished_shard_is_made_again_when_what_it_goes_on_from_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job("stage1", "paraphrase", "paraphrase", {"of": "multiple_choice"}, 0, 1, 0, 7, "")
    again = [make_shard(job, Bench(), tmp_path, lambda rows: None).again for _ in range(2)]
    monkeypatch.setattr(MultipleChoice, "version", "another")
    again += [make_shard(job, Bench(), tmp_path, lambda rows: None).again for _ in range(2)]
    assert again == [False, True, False, True]
