"""The command as people type it, with an engine that needs no model."""

import gzip
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medgo.cli import _batch
from medgo.cli._app import build_app
from medgo.errors import EngineFailureError, ModelNotFoundError, StorageError
from medgo.inference.batch import BatchConfig, runner
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import Sampling, Thinking
from tests.support.toy_engine import DIES, TOO_LONG, ToyEngine

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> list[BatchConfig]:
    """Every run of these tests uses the toy engine; the configurations they were given are kept."""
    configs: list[BatchConfig] = []

    def run(config: BatchConfig, **settings: object) -> object:
        configs.append(config)
        return runner.run_batch(config, **{**settings, "opener": lambda options: ToyEngine()})  # type: ignore[arg-type]

    monkeypatch.setattr(_batch, "run_batch", run)
    return configs


def medgo(*arguments: object, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(build_app(), ["batch", *map(str, arguments)], input=stdin)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": "a", "prompt": "什么是高血压？"}\n{"id": "b", "prompt": "What is fever?"}\n')
    return path


def test_a_run_for_a_person(tmp_path: Path, questions: Path) -> None:
    output = tmp_path / "results" / "out.jsonl"
    code, out, err = medgo(questions, output, "--engine", "transformers", "--ordered")
    assert (code, out) == (0, "")
    assert [json.loads(line)["id"] for line in output.read_text().split("\n")[:-1]] == ["a", "b"]
    assert "2/2" in err and "tok/s" in err and str(output) in err
    assert "no medical skill" in err and "不具备医学能力" in err


def test_every_flag_arrives(tmp_path: Path, questions: Path, toy: list[BatchConfig]) -> None:
    output = tmp_path / "out.jsonl"
    flags = (
        "--model qwen3-0.6b --engine transformers --dtype float32 --device cpu --batch-size 3 --max-new-tokens 9 "
        "--temperature 0.5 --top-p 0.9 --top-k 4 --seed 5 --stop 。 --stop END --system 医生 --thinking 4 --logprobs 2 "
        "--resume force --ordered --limit 1 --allow-errors --latency --base-url http://h/v1 "
        "--timeout 7.5 --max-retries 0"
    )
    assert medgo(questions, output, *flags.split())[0] == 0
    assert toy == [
        BatchConfig(
            str(questions),
            str(output),
            EngineOptions("qwen3-0.6b", "transformers", "float32", 3, "cpu", "http://h/v1", timeout=7.5, max_retries=0),
            Sampling(9, 0.5, 0.9, 4, 5, ("。", "END")),
            Thinking(True, 4),
            "医生",
            2,
            "force",
            ordered=True,
            limit=1,
            latency=True,
        )
    ]


def test_failed_rows_show_in_the_exit_code(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"prompt": "x"}\n{"prompt": "\xff"}\n{"prompt": "' + TOO_LONG.encode() + b'"}\n')
    code, _, err = medgo(source, tmp_path / "out.jsonl", "--engine", "transformers")
    assert code == 1 and "2 rows failed" in err and "--retry-errors" in err
    assert medgo(source, tmp_path / "out.jsonl", "--engine", "transformers", "--allow-errors")[0] == 0


def test_what_cannot_start_is_2(tmp_path: Path, questions: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    for arguments, words in (
        ([tmp_path / "none.jsonl", "out"], "No such file"),
        ([empty, tmp_path / "out"], "has no rows"),
        ([questions, questions], "input and output at once"),
        ([questions, tmp_path / "out", "--thinking", "much"], "thinking must be"),
        ([questions, tmp_path / "out", "--temperature", "-1"], "temperature must be"),
        ([questions, tmp_path / "out", "--limit", "0"], "limit must be"),
        ([questions, tmp_path / "out", "--timeout", "0"], "timeout must be"),
        ([questions, tmp_path / "out", "--device", "gpu"], "no device 'gpu'"),
    ):
        code, _, err = medgo(*arguments, "--engine", "transformers")
        assert code == 2 and words in err, err
    assert medgo(questions)[0] == 2
    assert medgo(questions, tmp_path / "out", "--engine", "magic")[0] == 2
    assert not (tmp_path / "out").exists()


def test_duplicates_name_both_lines(tmp_path: Path, questions: Path) -> None:
    questions.write_text('{"id": "a", "prompt": "x"}\n{"id": "a", "prompt": "y"}\n')
    code, _, err = medgo(questions, tmp_path / "out.jsonl", "--engine", "transformers")
    assert code == 2 and "'a' on line 1 and line 2" in err


def test_another_configuration_is_2_with_what_changed(tmp_path: Path, questions: Path) -> None:
    output = tmp_path / "out.jsonl"
    medgo(questions, output, "--engine", "transformers")
    code, _, err = medgo(questions, output, "--engine", "transformers", "--seed", "1")
    assert code == 2 and "seed: 0 → 1" in err and "--resume force" in err
    assert medgo(questions, output, "--engine", "transformers", "--resume", "never")[0] == 2


def test_a_dying_engine_is_3(tmp_path: Path, questions: Path) -> None:
    questions.write_text('{"prompt": "x"}\n{"prompt": "' + DIES + '"}\n')
    code, _, err = medgo(questions, tmp_path / "out.jsonl", "--engine", "transformers")
    assert code == 3 and "the device is gone" in err and "run the same command again" in err


@pytest.mark.parametrize(
    ("error", "code"), [(StorageError("full"), 4), (EngineFailureError("gone"), 3), (ModelNotFoundError("no"), 2)]
)
def test_exit_codes(
    questions: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    def run(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(_batch, "run_batch", run)
    assert _batch.execute(lambda: BatchConfig(str(questions), "-")) == code
    assert str(error) in capsys.readouterr().err


def test_pipes(tmp_path: Path) -> None:
    code, out, err = medgo(
        "-", "-", "--engine", "transformers", "--ordered", stdin=b'{"prompt": "x"}\n{"prompt": "y"}\n'
    )
    assert code == 0, err
    assert [json.loads(line)["id"] for line in out.split("\n")[:-1]] == [1, 2]


@pytest.mark.parametrize("name", ["in.csv", "in.json", "in.jsonl.gz"])
def test_other_files(tmp_path: Path, name: str) -> None:
    data = {"in.csv": b"id,question,A,B\n7,Which?,x,y\n", "in.json": b'[{"id": 7, "prompt": "x"}]'}.get(
        name, gzip.compress(b'{"id": 7, "prompt": "x"}\n')
    )
    (tmp_path / name).write_bytes(data)
    assert medgo(tmp_path / name, tmp_path / "out.jsonl", "--engine", "transformers")[0] == 0
    (tmp_path / name).write_bytes(data[: len(data) // 2] if name.endswith("gz") else b"")
    code, _, err = medgo(tmp_path / name, tmp_path / "o2.jsonl", "--engine", "transformers")
    assert code == 2 and "error:" in err


def test_the_cards_script_has_the_cards_flags_and_ours(tmp_path: Path) -> None:
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    script = subprocess.run(
        [sys.executable, "scripts/inference.py", "--help"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert script.returncode == 0, script.stderr
    ours = CliRunner(env={"COLUMNS": "200"}).invoke(build_app(), ["batch", "--help"]).stdout
    underscored = set(re.findall(r"--[a-z][a-z_-]*", script.stdout))
    assert {"--model_path", "--input_file", "--output_file", "--batch_size"} <= underscored
    assert set(re.findall(r"--[a-z][a-z_-]*", ours)) - {"--model"} <= underscored


def test_a_pipe_whose_reader_left(tmp_path: Path, questions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object, /) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Gone(), 1)))
    config = BatchConfig(str(questions), "-", EngineOptions("toy", "transformers"))
    assert _batch.execute(lambda: config) == 4
