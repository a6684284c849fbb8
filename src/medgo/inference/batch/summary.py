"""What a batch run did, as numbers and as a table for people. Knows no engine's inside."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from medgo.inference.batch.config import BatchConfig
from medgo.inference.protocol import Completion, EngineInfo

_EMBEDDED_NOTICE = (
    "The embedded model shows that the machinery works. It has no medical skill: do not use its answers.",
    "内置模型只用于演示流程，不具备医学能力：请勿采用它的回答。",
)


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What a run did.

    Args:
        config: What it was asked.
        total: Rows to be answered (``limit`` applied).
        resumed: Rows that were finished before this run.
        blank_lines: Blank lines of the input, which are no rows.
        computed: Rows finished by this run, failures included.
        failed: Rows of the whole output that failed.
        missing: Rows that have no line yet (an interrupted run).
        reasons: Rows of the whole output by ``finish_reason``.
        prompt_tokens: Tokens read by this run.
        completion_tokens: Tokens written by this run.
        seconds: From the first request to the last row.
        interrupted: The run was asked to stop before its end.
        engine: What ran; None when nothing had to.
    """

    config: BatchConfig
    total: int
    resumed: int = 0
    blank_lines: int = 0
    computed: int = 0
    failed: int = 0
    missing: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    engine: EngineInfo | None = None

    def plus(self, completion: Completion) -> BatchSummary:
        """Count one more row."""
        return replace(
            self,
            computed=self.computed + 1,
            prompt_tokens=self.prompt_tokens + completion.usage.prompt,
            completion_tokens=self.completion_tokens + completion.usage.completion,
        )

    def show(self, console: Console) -> None:
        """Print the table and what to do next."""
        table = Table(show_header=False, title="medgo batch", title_justify="left")
        table.add_column(style="bold")
        table.add_column(justify="right")
        for name, value in self._lines():
            table.add_row(name, Text(value))
        console.print(table)
        for line in self._next_steps():
            console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _lines(self) -> list[tuple[str, str]]:
        seconds = max(self.seconds, 1e-9)
        lines = [("rows", f"{self.total - self.missing}/{self.total}")]
        if self.resumed:
            lines.append(("  of an earlier run", str(self.resumed)))
        lines += [(f"  {reason}", str(count)) for reason, count in sorted(self.reasons.items(), reverse=True)]
        if self.blank_lines:
            lines.append(("blank lines skipped", str(self.blank_lines)))
        if self.engine is not None:
            lines += [
                ("engine", f"{self.engine.engine}, {self.engine.dtype}, {self.engine.device}"),
                ("model", self.engine.model),
                ("prompt tokens", f"{self.prompt_tokens:,} ({self.prompt_tokens / seconds:,.1f}/s)"),
                ("new tokens", f"{self.completion_tokens:,} ({self.completion_tokens / seconds:,.1f}/s)"),
                ("time", f"{self.seconds:,.1f} s"),
            ]
        return lines

    def _next_steps(self) -> list[str]:
        output = "standard output" if self.config.to_stdout else self.config.output
        lines = []
        if self.missing:
            lines.append(
                f"Stopped with {self.missing} rows to go; the same command continues. 同一命令可从中断处继续。"
            )
        else:
            lines.append(f"Answers are in {output}, one line a row. 结果见 {output}，每行对应一条输入。")
        if self.failed:
            lines.append(
                f"{self.failed} rows failed: see their field error; --retry-errors computes them again. "
                f"{self.failed} 行失败：见 error 字段；--retry-errors 可重算。"
            )
        if self.config.engine.model == "embedded" and self.config.engine.base_url is None:
            lines += _EMBEDDED_NOTICE
            lines.append(
                "For real answers: --model medgo, or qwen3-0.6b … qwen3-32b (medgo models). 实际使用请选择以上模型。"
            )
        return lines
