"""``medgo eval run`` and ``estimate`` as people type them, on the invented exam in the repository."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medgo.cli import _eval_run
from medgo.cli._app import build_app
from medgo.errors import EndpointError
from medgo.evaluation.config import RunConfig
from medgo.evaluation.runs import RunPlan, open_run, runner
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import Completion, GenerationRequest, Thinking
from medgo.schema import Document, SourceRef
from medgo.store import encode_row
from tests.support.exam import ExamEngine

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples" / "evaluation"


class Exams:
    """The engine that every run of a test gets, and the configurations of these runs."""

    def __init__(self) -> None:
        self.engine = ExamEngine(lambda request: "答案：B" if "选项" in request.messages[-1].content else "B")
        self.configs: list[RunConfig] = []


@pytest.fixture(autouse=True)
def exams(monkeypatch: pytest.MonkeyPatch) -> Exams:
    given = Exams()

    def run(plan: RunPlan, **settings: object) -> object:
        given.configs.append(plan.config)
        return runner.run_evaluation(plan, **{**settings, "opener": lambda _: given.engine})  # type: ignore[arg-type]

    monkeypatch.setattr(_eval_run, "run_evaluation", run)
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    return given


def medgo(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(build_app(), ["eval", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_a_run_for_a_person(tmp_path: Path) -> None:
    code, out, err = medgo("run", "--benchmarks", "medmcqa,cmexam", "--data", DATA, "--output", tmp_path / "run")
    assert code == 0, err
    assert "medmcqa" in out and "cmexam" in out and "68.3" in out
    assert "no medical skill" in out and "不具备医学能力" in out
    assert "24/24" in err
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["medmcqa"]["headline"]["value"] == pytest.approx(0.5)
    assert summary["cmexam"]["metric"] == "exact_match"


def test_every_flag_arrives(tmp_path: Path, exams: Exams) -> None:
    output = tmp_path / "run"
    flags = (
        "--model qwen3-0.6b --method generate --protocol card --shots 0 --cot --thinking 40 --epochs 2 --limit 3 "
        "--rotate --no-force-answer --seed 4 --temperature 0.5 --max-new-tokens 99 --template chat --engine openai "
        "--dtype float32 --device cpu --base-url http://h/v1 --batch-size 3 --timeout 7.5 --max-retries 0"
    )
    code, _, err = medgo("run", "-b", "medmcqa", "--data", DATA, "--output", output, *flags.split())
    assert code == 0, err
    engine = EngineOptions("qwen3-0.6b", "openai", "float32", 3, "cpu", "http://h/v1", timeout=7.5, max_retries=0)
    assert exams.configs == [
        RunConfig(
            engine, output, "generate", "card", "letter", 0, True, Thinking(True, 40), 2, 3, True, False, 4, 0.5, 99
        )
    ]


def test_what_is_missing_of_a_group_is_listed_and_of_a_name_is_an_error(tmp_path: Path) -> None:
    code, _, err = medgo("run", "-b", "card", "--data", DATA, "--output", tmp_path / "run")
    assert code == 0
    assert "18 benchmarks are not in this run" in err
    assert "medqa:" in err and "--download" in err
    code, _, err = medgo("run", "-b", "medqa", "--data", DATA, "--output", tmp_path / "other")
    assert code == 2
    assert "medqa" in err and not (tmp_path / "other").exists()


def test_two_failures_of_an_endpoint_do_not_lower_the_score(tmp_path: Path, exams: Exams) -> None:
    def reply(request: GenerationRequest) -> Completion | str:
        broken = request.id.endswith(("invented-02#0", "invented-04#0"))
        return Completion.failed("", EndpointError("502")) if broken else "B"

    exams.engine = ExamEngine(reply)
    run = ("run", "-b", "medmcqa", "--data", DATA, "--output", tmp_path / "run")
    code, _, err = medgo(*run)
    assert code == 1
    assert "2 requests failed and are not counted" in err
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())["medmcqa"]
    assert (summary["counted"], summary["errors"]) == (10, 2)
    assert summary["headline"]["value"] == pytest.approx(0.5)
    assert summary["bounds"] == pytest.approx([5 / 12, 7 / 12])
    exams.engine = ExamEngine(lambda _: "A")
    assert medgo(*run)[0] == 0
    assert len(exams.engine.asked) == 2


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["-b", "medqqa"], "medqa"),
        (["-b", "medmcqa", "--method", "score", "--epochs", "3"], "epochs"),
        (["-b", "medmcqa", "--thinking", "maybe"], "thinking"),
        (["-b", "medmcqa", "--shots", "50"], "examples were asked for"),
        (["-b", "medmcqa", "--data", "/no/such/folder"], "is not there"),
    ],
)
def test_what_cannot_start_says_why(tmp_path: Path, flags: list[str], words: str) -> None:
    code, _, err = medgo("run", "--data", DATA, "--output", tmp_path / "run", *flags)
    assert code == 2
    assert words in err
    assert not (tmp_path / "run").exists()


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    run = ("run", "-b", "medmcqa", "--data", DATA, "--output", tmp_path / "run")
    assert medgo(*run)[0] == 0
    code, _, err = medgo(*run, "--seed", "1")
    assert code == 2
    assert "seed: 0 → 1" in err
    assert len(open_run(tmp_path / "run").predictions()) == 12


def test_an_estimate_names_tokens_time_memory_and_cost() -> None:
    code, out, err = medgo("estimate", "--model", "medgo", "-b", "medmcqa,cmexam", "--data", DATA, "--price", 4)
    assert code == 0, err
    for words in ("medmcqa", "cmexam", "65.5 GB weights", "1 × NVIDIA H200", "factor of two", "kWh", "cost:"):
        assert words in out
    assert medgo("estimate", "-b", "medmcqa", "--data", DATA, "--device", "abacus")[0] == 2


def test_items_of_a_training_corpus_are_shown_apart(tmp_path: Path) -> None:
    assert medgo("run", "-b", "medmcqa", "--data", DATA, "--output", tmp_path / "run")[0] == 0
    index = tmp_path / "hits.jsonl"
    index.write_text('{"benchmark": "medmcqa", "item": "invented-02"}\n')
    code, out, _ = medgo("contamination", tmp_path / "run", "--index", index, "--json")
    assert code == 0
    (split,) = json.loads(out)
    assert (split["clean"]["n"], split["contaminated"]["n"], split["contaminated"]["value"]) == (11, 1, 1.0)
    index.write_text("")
    code, _, err = medgo("contamination", tmp_path / "run", "--index", index)
    assert code == 2
    assert "would call everything clean" in err


def test_the_list_that_curation_writes_splits_the_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "cache"))
    rows = [json.loads(line) for line in (DATA / "medmcqa" / "invented.jsonl").read_text("utf-8").splitlines()]
    learnt = [rows[2], rows[5]]
    chapters = [
        f"Questions for the ward.\n{row['question']}\nA) {row['opa']} B) {row['opb']} C) {row['opc']} D) {row['opd']}"
        for row in learnt
    ]
    texts = ["Metformin is the first choice for most people with type 2 diabetes.", *chapters]
    corpus = [Document(SourceRef(f"d{n}", "made", "CC0-1.0"), "en", text).to_dict() for n, text in enumerate(texts)]
    (tmp_path / "corpus.jsonl").write_bytes(b"".join(map(encode_row, corpus)))
    compared = ["curate", "decontaminate", tmp_path / "corpus.jsonl", tmp_path / "clean", "--benchmarks", DATA]
    assert CliRunner().invoke(build_app(), [*map(str, compared)]).exit_code == 0
    assert medgo("run", "-b", "medmcqa", "--data", DATA, "--output", tmp_path / "run")[0] == 0
    index = tmp_path / "clean" / "contamination.jsonl"
    code, out, err = medgo("contamination", tmp_path / "run", "--index", index, "--json")
    assert code == 0, err
    (split,) = json.loads(out)
    assert {json.loads(line)["item"] for line in index.open()} == {row["id"] for row in learnt}
    assert (split["clean"]["n"], split["contaminated"]["n"]) == (len(rows) - 2, 2)
