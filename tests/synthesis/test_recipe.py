from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import RecipeError
from medgo.store.recipes import expand_path
from medgo.synthesis.recipe import load_recipe, shares

GOOD = {
    "name": "small",
    "output": "out",
    "sets": {"stage1": {"rows": 10, "mix": [{"generator": "a", "weight": 0.4}, {"generator": "b", "weight": 0.6}]}},
}


def write(tmp_path: Path, value: object) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
    return path


def test_arguments_change_fields_of_any_depth(tmp_path: Path) -> None:
    recipe = load_recipe(
        write(tmp_path, GOOD),
        ["output=elsewhere", "seed=5", "langs=[zh]", "sets.stage1.rows=3", "sets.stage1.mix.1.options.depth=2"],
    )
    assert (recipe.output, recipe.seed, recipe.langs) == ("elsewhere", 5, ("zh",))
    assert recipe.sets["stage1"].rows == 3
    assert recipe.sets["stage1"].mix[1].options == {"depth": 2}


def test_weights_that_do_not_add_up_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"add up to 1\.1, not to 1: a 0\.4 \+ b 0\.7"):
        load_recipe(write(tmp_path, GOOD), ["sets.stage1.mix.1.weight=0.7"])


@pytest.mark.parametrize(
    ("override", "word"),
    [
        ("stage=2", "stage"),
        ("sets.stage3={rows: 1, mix: [{generator: a, weight: 1}]}", "stage3"),
        ("langs=[fr]", "langs"),
        ("langs=[zh, zh]", "twice"),
        ("langs=[]", "langs"),
        ("sets.stage1.rows=0", "rows"),
        ("sets.stage1.mix=[]", "mix"),
        ("sets={}", "sets"),
        ("seed=-1", "seed"),
        ("name=../up", "name"),
        ("teacher.temprature=1", "temprature"),
        ("keep.overlap=maybe", "overlap"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, override: str, word: str) -> None:
    with pytest.raises(RecipeError, match=word):
        load_recipe(write(tmp_path, GOOD), [override])


def test_all_that_does_not_fit_is_named_at_once_with_a_near_name(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"seed.*langauges|langauges.*seed") as caught:
        load_recipe(write(tmp_path, GOOD), ["seed=x", "langauges=[zh]"])
    assert "langs" in caught.value.hint


@pytest.mark.parametrize("override", ["output", "=x", "sets.stage1.mix.9.weight=1", "name.first=x", "seed=[1"])
def test_an_argument_that_is_no_change_is_refused(tmp_path: Path, override: str) -> None:
    with pytest.raises(RecipeError):
        load_recipe(write(tmp_path, GOOD), [override])


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "name: [", "\x00"])
def test_a_file_that_is_no_recipe_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError):
        load_recipe(path)
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(tmp_path / "nowhere.yaml")


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 1.0), min_size=1, max_size=9))
def test_shares_are_whole_add_up_and_are_fair(rows: int, weights: list[float]) -> None:
    parts = [weight / sum(weights) for weight in weights]
    counts = shares(rows, parts)
    assert sum(counts) == rows
    assert all(abs(count - rows * part) <= 1 for count, part in zip(counts, parts, strict=True))


def test_paths_name_the_data_folder_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGO_DATA", "/data")
    assert expand_path("${MEDGO_DATA}/training/x") == Path("/data/training/x")
    with pytest.raises(RecipeError, match="no other variable"):
        expand_path("${HOME}/x")
    monkeypatch.delenv("MEDGO_DATA")
    with pytest.raises(RecipeError, match="not set"):
        expand_path("${MEDGO_DATA}/x")
