import json
import os
import random
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import EngineFailureError, InputError, ResumeMismatchError, StorageError
from medgo.inference.batch import BatchConfig, BatchSummary, run_batch
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import Completion, GenerationRequest, Sampling, Thinking
from medgo.store import encode_row, sole_writer
from tests.support.toy_engine import DIES, TOO_LONG, ToyEngine

TOY = EngineOptions(model="toy", engine="transformers")


class Bench:
    """A folder with an input, an output and toy engines that remember what they were asked."""

    def __init__(self, folder: Path) -> None:
        self.input, self.output = folder / "in.jsonl", folder / "out.jsonl"
        self.engines: list[ToyEngine] = []
        self.next_engine: dict[str, Any] = {}

    def write(self, *rows: dict[str, Any] | bytes) -> None:
        self.input.write_bytes(b"".join(row if isinstance(row, bytes) else encode_row(row) for row in rows))

    def config(self, **settings: Any) -> BatchConfig:
        return BatchConfig(**{"input": str(self.input), "output": str(self.output), "engine": TOY, **settings})

    def run(self, should_stop: Any = lambda: False, **settings: Any) -> BatchSummary:
        return run_batch(self.config(**settings), opener=self._open, should_stop=should_stop)

    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.read_bytes().splitlines()]

    @property
    def asked(self) -> list[str]:
        return [request.id for engine in self.engines for request in engine.asked]

    def _open(self, options: EngineOptions) -> ToyEngine:
        self.engines.append(ToyEngine(**self.next_engine))
        return self.engines[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.write(*({"id": f"q{i}", "prompt": f"question {i}"} for i in range(20)))
    return bench


def test_one_line_of_output_for_each_row(bench: Bench) -> None:
    bench.write(
        {"id": "a", "prompt": "fine"},
        b"{broken\n",
        b'{"id": "c", "prompt": "\xff"}\n',
        b"\n",
        {"id": "d", "text": "no form"},
        {"id": "e", "prompt": TOO_LONG},
        {"id": "f", "question": "Q?", "options": ["x", "y"]},
    )
    summary = bench.run(ordered=True)
    rows = bench.rows()
    assert [row["id"] for row in rows] == ["a", 2, 3, "d", "e", "f"]
    codes = [row["error"] and row["error"]["code"] for row in rows]
    assert codes == [None, "invalid_input", "invalid_input", "invalid_input", "prompt_too_long", None]
    assert rows[1]["input_text"] == "{broken" and "\N{REPLACEMENT CHARACTER}" in rows[2]["input_text"]
    assert (summary.total, summary.failed, summary.missing, summary.blank_lines) == (6, 4, 0, 1)
    assert summary.reasons == {"stop": 2, "error": 4}
    assert bench.engines[0].closed


def test_text_does_not_depend_on_order_or_company(bench: Bench) -> None:
    bench.run(sampling=Sampling(temperature=1.0, seed=3))
    before = {row["id"]: row["response"] for row in bench.rows()}
    rows = [json.loads(line) for line in bench.input.read_text().splitlines()]
    random.Random(1).shuffle(rows)
    bench.write(*rows[:15])
    bench.output = bench.output.with_name("other.jsonl")
    bench.next_engine = {"slots": 11}
    bench.run(sampling=Sampling(temperature=1.0, seed=3))
    assert {row["id"]: row["response"] for row in bench.rows()}.items() <= before.items()
    assert len(set(before.values())) == 20


def test_a_finished_run_needs_no_engine(bench: Bench) -> None:
    bench.run()
    content = bench.output.read_bytes()
    summary = bench.run()
    assert len(bench.engines) == 1 and summary.resumed == 20 and summary.computed == 0
    assert bench.output.read_bytes() == content
    bench.run(ordered=True)
    assert [row["id"] for row in bench.rows()] == [f"q{i}" for i in range(20)] and len(bench.engines) == 1


def test_only_missing_rows_are_computed(bench: Bench) -> None:
    bench.run(ordered=True)
    whole = bench.output.read_bytes()
    lines = whole.splitlines(keepends=True)
    bench.output.write_bytes(b"".join(lines[3:9]) + lines[9][:17])
    bench.engines.clear()
    summary = bench.run(ordered=True)
    assert sorted(bench.asked) == sorted(json.loads(line)["id"] for line in lines[:3] + lines[9:])
    assert bench.output.read_bytes() == whole and summary.resumed == 6


def test_a_higher_limit_continues(bench: Bench) -> None:
    assert bench.run(limit=5).total == 5
    assert {row["id"] for row in bench.rows()} == {f"q{i}" for i in range(5)}
    bench.run(limit=50)
    assert sorted(bench.asked) == sorted(f"q{i}" for i in range(20))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sampling": Sampling(temperature=0.7)}, "temperature: 0.0 → 0.7"),
        ({"sampling": Sampling(seed=1)}, "seed: 0 → 1"),
        ({"system": "你是医生"}, 'system: null → "你是医生"'),
        ({"thinking": Thinking(True, 5)}, 'thinking: "off" → "5"'),
        ({"logprobs": 1}, "logprobs: null → 1"),
        ({"engine": EngineOptions("other", "transformers")}, 'model: "toy" → "other"'),
        ({"engine": EngineOptions("toy", "openai", base_url="http://u:secret@h/v1")}, 'base_url: null → "http://h/v1"'),
        ({"engine": EngineOptions("toy", "transformers", "bfloat16")}, 'dtype: "auto" → "bfloat16"'),
    ],
)
def test_another_configuration_is_refused_before_the_model_is_loaded(
    bench: Bench, change: dict[str, Any], words: str
) -> None:
    bench.run(limit=3)
    content = bench.output.read_bytes()
    with pytest.raises(ResumeMismatchError) as caught:
        bench.run(**change)
    assert words in str(caught.value) and "--resume force" in str(caught.value)
    assert len(bench.engines) == 1 and bench.output.read_bytes() == content


def test_another_input_is_refused(bench: Bench) -> None:
    bench.run(limit=3)
    bench.write({"id": "q0", "prompt": "another question"})
    with pytest.raises(ResumeMismatchError, match="input_sha256"):
        bench.run()


def test_other_weights_under_the_same_name_are_refused(bench: Bench) -> None:
    bench.run(limit=3)
    bench.next_engine = {"weights": "toy-2"}
    with pytest.raises(ResumeMismatchError, match='weights: "toy-1" → "toy-2"'):
        bench.run()
    assert len(bench.rows()) == 3 and bench.engines[-1].closed


@pytest.mark.parametrize("change", [{"context_length": 77}, {"context_length": None}, {"batch_invariant": False}])
def test_what_memory_or_an_endpoint_decides_may_change(bench: Bench, change: dict[str, Any]) -> None:
    bench.run(limit=3)
    bench.next_engine = {"found": change}
    assert bench.run().resumed == 3 and len(bench.rows()) == 20


def test_other_numbers_are_refused_with_the_dtype_that_continues(bench: Bench) -> None:
    bench.next_engine = {"found": {"dtype": "bfloat16"}}
    bench.run(limit=3)
    bench.next_engine = {}
    with pytest.raises(ResumeMismatchError, match=r'numbers: "bfloat16" → "float32"(.|\n)*--dtype bfloat16 continues'):
        bench.run()
    with pytest.raises(ResumeMismatchError, match="--dtype bfloat16 and otherwise the same"):
        bench.run(engine=EngineOptions("toy", "transformers", "float32"), system="be brief")
    bench.next_engine = {"found": {"dtype": "bfloat16"}}
    bench.run(engine=EngineOptions("toy", "transformers", "bfloat16"), limit=5)
    assert bench.run().resumed == 5, "auto continues too where it gives these numbers"


def test_numbers_without_a_name_are_asked_for_by_auto(bench: Bench) -> None:
    bench.next_engine = {"found": {"dtype": "float32/bfloat16"}}
    bench.run(limit=3)
    with pytest.raises(ResumeMismatchError, match="--dtype auto continues"):
        bench.run(engine=EngineOptions("toy", "transformers", "float32"))
    bench.next_engine = {}
    with pytest.raises(ResumeMismatchError, match="free memory, where --dtype auto gives float32/bfloat16"):
        bench.run()


def test_batch_size_may_change(bench: Bench) -> None:
    bench.run(limit=3)
    bench.run(engine=EngineOptions("toy", "transformers", batch_size=64))
    assert len(bench.rows()) == 20


def test_a_foreign_output_is_never_touched(bench: Bench) -> None:
    bench.output.write_text("my thesis\n")
    with pytest.raises(ResumeMismatchError, match="no batch run wrote it"):
        bench.run()
    with pytest.raises(ResumeMismatchError, match="already there"):
        bench.run(resume="never")
    assert bench.output.read_text() == "my thesis\n" and not bench.engines
    bench.run(resume="force")
    assert bench.output.with_name("out.jsonl.bak").read_text() == "my thesis\n" and len(bench.rows()) == 20


def test_starting_over_overwrites_no_backup_and_keeps_what_belongs_to_it(bench: Bench) -> None:
    bench.output.write_text("my thesis\n")
    bench.run(resume="force", limit=2)
    whole = bench.output.read_bytes()
    bench.run(resume="force", limit=1)
    bench.output.write_bytes(b"")
    bench.run(resume="force", limit=3)
    assert bench.output.with_name("out.jsonl.bak").read_text() == "my thesis\n" and len(bench.rows()) == 3
    backup = bench.output.with_name("out.jsonl.bak2")
    assert backup.read_bytes() == whole and backup.with_name("out.jsonl.bak2.timings.jsonl").exists()
    assert not bench.output.with_name("out.jsonl.bak3").exists(), "an empty output is no loss"
    bench.engines.clear()
    bench.output = backup
    assert bench.run(limit=2).resumed == 2 and not bench.engines, "a backup is a run that can go on"


def test_never_accepts_an_empty_file_and_keeps_an_old_backup(bench: Bench) -> None:
    backup = bench.output.with_name("out.jsonl.bak")
    backup.write_text("old")
    bench.output.touch()
    bench.run(resume="never")
    assert len(bench.rows()) == 20 and backup.read_text() == "old"


def test_failed_rows_stay_unless_they_are_retried(bench: Bench) -> None:
    bench.write({"id": "a", "prompt": "x"}, {"id": "b", "prompt": TOO_LONG}, {"id": "c", "text": "bad"})
    bench.run()
    assert bench.run().failed == 2 and sorted(bench.asked) == ["a", "b"]
    bench.engines.clear()
    summary = bench.run(retry_errors=True)
    assert bench.asked == ["b"] and summary.resumed == 1
    assert sorted(row["id"] for row in bench.rows()) == ["a", "b", "c"] and summary.failed == 2


def test_a_damaged_line_is_no_guess(bench: Bench) -> None:
    bench.run()
    lines = bench.output.read_bytes().splitlines(keepends=True)
    bench.output.write_bytes(lines[0] + b"{}\n" + b"".join(lines[2:]))
    with pytest.raises(StorageError, match="line 2 is not a row"):
        bench.run()
    bench.output.write_bytes(lines[0] * 2)
    with pytest.raises(ResumeMismatchError, match="is there twice"):
        bench.run()


def test_a_damaged_sidecar_is_an_error(bench: Bench) -> None:
    bench.run()
    bench.output.with_name("out.jsonl.run.json").write_text("{")
    with pytest.raises(ResumeMismatchError, match="cannot be read"):
        bench.run()


def test_the_engine_dies_and_finished_rows_are_safe(bench: Bench) -> None:
    rows = [json.loads(line) for line in bench.input.read_text().splitlines()]
    bench.write(*rows[:10], {"id": "killer", "prompt": DIES}, *rows[10:])
    with pytest.raises(EngineFailureError, match="the device is gone") as caught:
        bench.run()
    kept = len(bench.rows())
    assert 0 < kept < 21 and f"{kept} of 21 rows are finished" in str(caught.value)
    assert bench.engines[0].closed


class ForgetfulEngine(ToyEngine):
    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        for completion in super().generate(requests):
            if completion.request_id != "q3":
                yield completion


class StrangeEngine(ToyEngine):
    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        yield Completion("nobody asked", "x", "stop")


def test_an_engine_that_forgets_a_row_loses_none(bench: Bench) -> None:
    summary = run_batch(bench.config(), opener=lambda options: ForgetfulEngine())
    assert len(bench.rows()) == 20 and summary.failed == 1
    (failed,) = [row for row in bench.rows() if row["error"]]
    assert failed["id"] == "q3" and failed["error"]["code"] == "engine_failure"


def test_an_engine_that_answers_the_unasked_is_broken(bench: Bench) -> None:
    with pytest.raises(EngineFailureError, match="which it was not asked"):
        run_batch(bench.config(), opener=lambda options: StrangeEngine())


def test_a_model_that_cannot_be_loaded(bench: Bench) -> None:
    def opener(options: EngineOptions) -> ToyEngine:
        raise RuntimeError("CUDA out of memory")

    with pytest.raises(EngineFailureError, match="cannot be loaded: RuntimeError: CUDA"):
        run_batch(bench.config(), opener=opener)
    assert not bench.output.exists()


def test_stopping_finishes_what_runs(bench: Bench) -> None:
    calls = iter(range(1000))
    summary = bench.run(should_stop=lambda: next(calls) >= 6)
    assert summary.interrupted and summary.missing == 14
    assert sorted(row["id"] for row in bench.rows()) == sorted(bench.asked) == [f"q{i}" for i in range(6)]
    summary = bench.run()
    assert not summary.interrupted and not summary.missing and len(bench.asked) == 20


def test_two_writers_are_one_too_many(bench: Bench) -> None:
    with sole_writer(bench.output), pytest.raises(StorageError, match="another process"):
        bench.run()
    bench.run()
    assert not bench.output.with_name("out.jsonl.lock").exists()


def test_a_full_disk_says_how_to_go_on(bench: Bench, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("a small file system can only be mounted by root")
    try:
        bench.write(*({"id": i, "prompt": "x" * 500} for i in range(100)))
        bench.output = disk / "out.jsonl"
        with pytest.raises(StorageError, match="No space left"):
            bench.run()
        kept = bench.rows()
        assert 0 < len(kept) < 100 and bench.engines[0].closed
        subprocess.run(["mount", "-o", "remount,size=1m", str(disk)], check=True)
        bench.engines.clear()
        bench.run(ordered=True)
        assert [row["id"] for row in bench.rows()] == list(range(100))
        assert set(bench.asked).isdisjoint(str(row["id"]) for row in kept)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_latency_stays_out_of_the_rows_unless_asked(bench: Bench) -> None:
    bench.run(ordered=True)
    assert "latency" not in bench.rows()[0] and "cached" not in bench.rows()[0]["usage"]
    timings = [json.loads(line) for line in Path(f"{bench.output}.timings.jsonl").read_text().splitlines()]
    assert {row["id"] for row in timings} == {f"q{i}" for i in range(20)} and timings[0].keys() >= {"latency", "cached"}
    with pytest.raises(ResumeMismatchError, match="latency: false → true"):
        bench.run(latency=True)
    bench.run(latency=True, resume="force")
    assert bench.rows()[0]["latency"] >= 0 and "cached" in bench.rows()[0]["usage"]


def test_logprobs_and_system_reach_the_engine(bench: Bench) -> None:
    bench.run(logprobs=1, system="be brief", limit=1, thinking=Thinking(True))
    (request,) = bench.engines[0].asked
    assert request.messages[0].content == "be brief" and request.thinking.enabled and request.logprobs == 1
    assert bench.rows()[0]["logprobs"][0]["top"][1] == ["b", None]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"limit": 0}, "limit"),
        ({"logprobs": 21}, "logprobs"),
        ({"thinking": Thinking(True, 512)}, "no room to answer"),
        ({"output": "x.jsonl.gz"}, "compress it afterwards"),
        ({"output": "-", "resume": "force"}, "cannot be resumed"),
    ],
)
def test_settings_that_make_no_sense(bench: Bench, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        bench.config(**settings)


def test_input_and_output_must_differ(bench: Bench) -> None:
    with pytest.raises(InputError, match="input and output at once"):
        bench.config(output=str(bench.input))
    with pytest.raises(InputError, match="is a folder"):
        bench.config(output=str(bench.input.parent))


def test_a_folder_without_the_right_to_write(bench: Bench) -> None:
    bench.output = Path("/dev/null/out.jsonl")
    with pytest.raises(StorageError):
        bench.run()
    assert not bench.engines


@pytest.mark.parametrize("ordered", [False, True])
def test_standard_output(bench: Bench, capfdbinary: pytest.CaptureFixture[bytes], ordered: bool) -> None:
    bench.write({"id": "a", "prompt": "x"}, b"{bad\n", {"id": "c", "prompt": "y"}, {"id": "d", "prompt": "z"})
    bench.run(output="-", ordered=ordered)
    ids = [json.loads(line)["id"] for line in capfdbinary.readouterr().out.splitlines()]
    assert (ids == ["a", 2, "c", "d"]) if ordered else sorted(map(str, ids)) == ["2", "a", "c", "d"]
    assert os.listdir(bench.input.parent) == ["in.jsonl"]
