"""How benchmarks are asked: options of commands that run an evaluation or estimate one."""

from __future__ import annotations

from typing import Annotated, TypedDict

import typer

from medgo.cli._batch import ThinkingMode
from medgo.cli._option_groups import takes
from medgo.evaluation.config import LabelKind, Method, ProtocolName
from medgo.inference.protocol import Thinking

MethodOption = Annotated[
    Method, typer.Option(help="score: label probabilities, one reading an item. generate: replies that are read.")
]
Protocol = Annotated[
    ProtocolName, typer.Option(help="card: short direct answer, greedy. official: as the publisher asks. 评测协议。")
]
Labels = Annotated[
    LabelKind, typer.Option(help="With score: the option's letter, or its text (small and base models).")
]
Shots = Annotated[int | None, typer.Option(help="Few-shot examples; default is the protocol's number.")]
Cot = Annotated[
    bool | None, typer.Option("--cot/--direct", help="Reason first, or answer at once; default is the protocol's way.")
]
Epochs = Annotated[int, typer.Option(help="Repetitions of every item, each with its own seed.")]
Limit = Annotated[
    int | None, typer.Option(help="At most N questions a benchmark, always the same ones. 每个评测集题数上限。")
]
Rotate = Annotated[bool, typer.Option(help="Ask once for each rotation of the options. 选项轮换。")]
MaxNewTokens = Annotated[int | None, typer.Option("--max-new-tokens", min=1, help="Default is the protocol's.")]


class Asking(TypedDict):
    """Fields of :class:`medgo.evaluation.config.RunConfig` that say how items are asked."""

    method: Method
    protocol: ProtocolName
    labels: LabelKind
    shots: int | None
    reasoning: bool | None
    thinking: Thinking
    epochs: int
    limit: int | None
    rotate: bool
    max_new_tokens: int | None


def asking_options(
    method: MethodOption = "generate",
    protocol: Protocol = "card",
    labels: Labels = "letter",
    shots: Shots = None,
    cot: Cot = None,
    thinking: ThinkingMode = "off",
    epochs: Epochs = 1,
    limit: Limit = None,
    rotate: Rotate = False,
    max_new_tokens: MaxNewTokens = None,
) -> Asking:
    """What a command line says of how items are asked."""
    return Asking(
        method=method,
        protocol=protocol,
        labels=labels,
        shots=shots,
        reasoning=cot,
        thinking=Thinking.parse(thinking),
        epochs=epochs,
        limit=limit,
        rotate=rotate,
        max_new_tokens=max_new_tokens,
    )


# For commands with a parameter ``asking: Asking``.
takes_asking_options = takes("asking", asking_options)
