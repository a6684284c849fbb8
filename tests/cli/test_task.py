"""``medgo task`` as people type it, with an engine that says what a test tells it to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medgo.cli import _task
from medgo.cli._app import build_app
from medgo.errors import EngineFailureError, ModelNotFoundError
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import GenerationRequest
from medgo.tasks.registry import all_tasks, find
from tests.support.scripted_engine import Answer, ScriptedEngine

TASK = find("imaging_report")
ZH, EN = TASK.examples["zh"], TASK.examples["en"]


class Opened:
    """The engine that the command gets, and what it was asked for."""

    def __init__(self) -> None:
        self.answer: Callable[[GenerationRequest], Answer] = lambda request: "?"
        self.options: list[EngineOptions] = []
        self.engines: list[ScriptedEngine] = []

    def open(self, options: EngineOptions) -> ScriptedEngine:
        self.options.append(options)
        self.engines.append(ScriptedEngine(self.answer))
        return self.engines[-1]


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    state = Opened()
    monkeypatch.setattr(_task, "open_engine", state.open)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    return state


def task(*arguments: object, stdin: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(build_app(), ["task", *map(str, arguments)], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_list_in_the_language_of_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = task("list")
    assert code == 0
    assert [line.split()[0] for line in out.split("\n\n")[0].splitlines() if not line.startswith(" ")] == [
        known.name for known in all_tasks()
    ]
    assert "Admission record" in out and "入院记录" not in out
    assert "--lang zh" in out and max(map(len, out.splitlines())) <= 100
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "入院记录" in task("list")[1]


def test_list_as_json() -> None:
    rows = json.loads(task("list", "--json")[1])
    assert rows[2] == {
        "name": "outpatient_record",
        "titles": {"zh": "门诊病历", "en": "Outpatient record"},
        "about": dict(find("outpatient_record").about),
        "thinking": False,
        "document": "C0002",
        "loinc": "34108-1",
    }


@pytest.mark.parametrize("known", all_tasks(), ids=lambda known: known.name)
def test_show(known: object) -> None:
    name = known.name  # type: ignore[attr-defined]
    for lang in ("zh", "en"):
        code, out, _ = task("show", name, "--lang", lang)
        assert code == 0
        assert find(name).titles[lang] in out  # type: ignore[index]
        assert find(name).render(find(name).examples[lang].output, lang) in out  # type: ignore[index,arg-type]
    shown = json.loads(task("show", name, "--json")[1])
    assert shown["output_schema"] == json.loads(find(name).json_schema)
    assert [message["role"] for message in shown["messages"]] == ["system", "user"]
    assert shown["example"]["input"] and shown["example"]["output"]


def test_an_unknown_task() -> None:
    code, out, err = task("show", "imaging_rport")
    assert (code, out) == (2, "") and "did you mean imaging_report?" in err


def test_run_the_example(opened: Opened) -> None:
    opened.answer = lambda request: TASK.render(ZH.output, "zh")
    code, out, err = task("run", "imaging_report", "--example", "--lang", "zh")
    assert code == 0
    assert out == TASK.render(ZH.output, "zh") + "\n"
    assert "embedded model" in err and "内置模型" in err and "须经医师审核" in err
    assert opened.engines[0].closed == 1


def test_run_a_file_in_its_own_language(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "visit.json"
    path.write_text(ZH.input.model_dump_json(), encoding="utf-8")
    opened.answer = lambda request: TASK.render(ZH.output, "zh")
    code, out, err = task("run", "imaging_report", path, "--model", "qwen3-0.6b", "--batch-size", 1)
    assert code == 0 and out.startswith("检查项目：")
    assert "embedded" not in err
    assert (opened.options[0].model, opened.options[0].batch_size) == ("qwen3-0.6b", 1)
    code, out, _ = task("run", "imaging_report", "-", stdin=path.read_text(encoding="utf-8"))
    assert code == 0 and out.startswith("检查项目：")


def test_run_as_json(opened: Opened) -> None:
    opened.answer = lambda request: TASK.render(EN.output, "en", "json")
    code, out, _ = task("run", "imaging_report", "--example", "--json", "--max-new-tokens", 9000, "--seed", 7)
    report = json.loads(out)
    assert code == 0
    assert report["output"] == EN.output.model_dump(mode="json") and report["findings"] == []
    (request,) = opened.engines[0].requests
    assert request.json_schema == TASK.json_schema
    assert (request.sampling.max_new_tokens, request.sampling.seed) == (9000, 7)


def test_a_finding_is_shown_and_counts(opened: Opened) -> None:
    opened.answer = lambda request: TASK.render(ZH.output, "zh").replace("14 mm", "24 mm")
    code, out, err = task("run", "imaging_report", "--example", "--lang", "zh")
    assert code == 1
    assert "24 mm" in out and "numbers_from_input" in err and "“24 mm" in err


def test_an_unreadable_reply_is_no_output(opened: Opened) -> None:
    opened.answer = lambda request: "I cannot \x1b[31mdo that."
    code, out, err = task("run", "imaging_report", "--example")
    assert (code, out) == (1, "")
    assert "missing sections" in err and "I cannot" in err and "\x1b[31m" not in err
    code, out, _ = task("run", "imaging_report", "--example", "--json")
    assert code == 1 and json.loads(out)["output"] is None and json.loads(out)["error"]["code"] == "task_reply"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ("{}", "standard input does not fit: missing: sex, age, examination, dictation"),
        ('{"sex": 3}', "; sex: Input should be 'male' or 'female'"),
        ('{"sex": "male", "age": "3", "examination": "CT", "dictation": "x", "extra": 1}', "extra"),
    ],
)
def test_bad_input(text: str, says: str, opened: Opened) -> None:
    code, out, err = task("run", "imaging_report", "-", stdin=text)
    assert (code, out) == (2, "") and says in err
    assert "medgo task show imaging_report" in err
    assert opened.options == []  # said before a model is loaded


def test_bad_input_is_explained_by_key_and_file_in_the_language_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text('{"sex": 3, "age": 4, "nobody": 1}')
    err = task("run", "imaging_report", file, "--lang", "zh")[2]
    for text in ("case.json 不符合要求", "缺少: examination, dictation", "age: 应为字符串", "nobody: 没有这个字段"):
        assert text in err
    file.write_text("{")
    assert "case.json is no JSON" in task("run", "imaging_report", file, "--lang", "en")[2]


def test_codes_are_shown_once() -> None:
    out = task("show", "discharge_summary")[1]
    assert "(DE02.01.040)" in out and "DE DE" not in out


@pytest.mark.parametrize(
    "arguments", [[], ["nowhere.json"], ["in.json", "--example"], ["--example", "--thinking", "much"]]
)
def test_nothing_starts(arguments: list[str], opened: Opened) -> None:
    code, out, err = task("run", "imaging_report", *arguments)
    assert (code, out) == (2, "") and "error" in err
    assert opened.options == []


def test_engines_that_fail(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.answer = lambda request: EngineFailureError("out of memory")
    code, _, err = task("run", "imaging_report", "--example")
    assert code == 3 and "out of memory" in err

    def missing(options: EngineOptions) -> ScriptedEngine:
        raise ModelNotFoundError("no such model")

    monkeypatch.setattr(_task, "open_engine", missing)
    assert task("run", "imaging_report", "--example", "--model", "x/y")[0] == 2
