import io

from rich.console import Console

from medgo.errors import InputError
from medgo.inference.batch import BatchConfig, BatchSummary, ConsoleProgress
from medgo.inference.batch.progress import Rates
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import Completion, EngineInfo, Usage

INFO = EngineInfo("toy", "toy[1]", "float32", "cpu", None, True)
DONE = Completion("a", "x", "stop", usage=Usage(prompt=30, completion=10))


def test_rates_count_this_run_only() -> None:
    now = [100.0]
    rates = Rates(total=110, done=10, failed=1, clock=lambda: now[0])
    now[0] = 101.0
    assert str(rates) == "10/110, 1 failed  0 tok/s out, 0 in  ETA --:--"
    for _ in range(10):
        rates.add(DONE)
    now[0] = 110.0
    assert str(rates) == "20/110, 1 failed  10 tok/s out, 30 in  ETA 01:30"
    rates.add(Completion.failed("b", InputError("no")))
    now[0] = 100.0 + 3 * 3600
    assert "2 failed" in str(rates) and str(rates).endswith("ETA 24:16:22")


def test_without_a_terminal_there_is_a_line_now_and_then() -> None:
    now, out = [0.0], io.StringIO()
    progress = ConsoleProgress(Console(file=out, width=20), lambda: now[0])
    progress.start(1000, 0, 0, INFO)
    for now[0] in range(100):  # type: ignore[assignment]
        progress.row(DONE)
    progress.close()
    lines = [line for line in out.getvalue().splitlines() if "tok/s" in line]
    assert len(lines) == 10 and lines[-1].startswith("100/1000")
    assert "toy[1]" in out.getvalue() and "\x1b" not in out.getvalue()


def test_on_a_terminal_there_is_a_bar() -> None:
    out = io.StringIO()
    progress = ConsoleProgress(Console(file=out, force_terminal=True, width=80))
    progress.start(4, 0, 0, INFO)
    progress.row(DONE)
    progress.close()
    assert "1/4" in out.getvalue() and "━" in out.getvalue()


def show(summary: BatchSummary) -> str:
    out = io.StringIO()
    summary.show(Console(file=out, width=60))
    return out.getvalue()


def test_the_table_says_what_to_do_next() -> None:
    config = BatchConfig("in.jsonl", "a-very-long-folder/" * 5 + "out.jsonl")
    text = show(BatchSummary(config, 5, failed=2, reasons={"stop": 3, "error": 2}, blank_lines=4))
    assert config.output in text and "--retry-errors" in text and "blank lines skipped" in text
    assert "no medical skill" in text and "不具备医学能力" in text


def test_a_real_model_gets_no_notice_and_a_stopped_run_says_how_to_go_on() -> None:
    config = BatchConfig("in.jsonl", "out.jsonl", EngineOptions("qwen3-8b"))
    text = show(BatchSummary(config, 5, missing=2, interrupted=True))
    assert "3/5" in text and "2 rows to go" in text and "medical skill" not in text
