"""Letters or the options' own text: how often a small model's likeliest option is right, and what PMI adds.

    python benchmarks/option_text.py                                  # 300 questions of MedMCQA
    python benchmarks/option_text.py --set medqa --items 200 --template plain

All methods see the same questions. Text is compared by its summed log-probability, by that per byte, and by PMI: less
what the text is worth without the question (Holtzman et al. 2021, "Surface Form Competition").
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console
from rich.table import Table
from scoring import load_items, prompt_of, spread

from medgo.evaluation.statistics.intervals import wilson
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import Engine, ScoringRequest
from medgo.schema import EvalItem, Message


def requests_of(items: Sequence[EvalItem], kind: str, *, text: bool, plain: bool) -> list[ScoringRequest]:
    """One request an item; labels are keys or texts of its options."""
    made = []
    for item in items:
        prompt = prompt_of(item, (), text=text)
        if plain:  # no turn begins here: the question itself ends in the word, or it stands on the next line
            prompt["answer_prefix"] = "" if text else f"\n{prompt['answer_prefix']}"
        messages = tuple(Message(**message) for message in prompt["messages"])
        made.append(ScoringRequest(f"{kind}/{item.key}", messages, tuple(prompt["labels"]), prompt["answer_prefix"]))
    return made


def compare(engine: Engine, items: Sequence[EvalItem], *, plain: bool) -> dict[str, int]:
    """Right answers by method; all of it is one call, which shares what the prompts share."""
    without = [replace(item, question="", context="") for item in items]
    requests = [
        *requests_of(items, "letter", text=False, plain=plain),
        *requests_of(items, "text", text=True, plain=plain),
        *requests_of(without, "bare", text=True, plain=plain),
    ]
    found = {scores.request_id: scores for scores in engine.score(requests)}
    if failed := next((scores.error for scores in found.values() if scores.error), None):
        raise RuntimeError(failed.message)
    right = dict.fromkeys(("letters", "text, summed", "text, per byte", "text, PMI"), 0)
    for item in items:
        letter, text, alone = (
            list(found[f"{kind}/{item.key}"].logprobs.items()) for kind in ("letter", "text", "bare")
        )
        gold = list(item.options).index(item.answer[0])
        values = {
            "letters": [value for _, value in letter],
            "text, summed": [value for _, value in text],
            "text, per byte": [value / len(label.strip().encode()) for label, value in text],
            "text, PMI": [value - bare for (_, value), (_, bare) in zip(text, alone, strict=True)],
        }
        for method, scores in values.items():
            right[method] += scores.index(max(scores)) == gold
    return right


def main() -> None:
    """Score and print; see the module's description."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--engine", default="auto", choices=("auto", "transformers", "openvino", "vllm"))
    parser.add_argument("--template", default="chat", choices=("chat", "plain"))
    parser.add_argument("--set", default="medmcqa", help="benchmark")
    parser.add_argument("--items", type=int, default=300)
    arguments = parser.parse_args()
    # Two options with the same text are one label; such a question cannot be asked by text.
    items = [item for item in load_items(arguments.set) if len(set(item.options.values())) == len(item.options)]
    items = spread(items, arguments.items)
    engine = open_engine(EngineOptions(arguments.model, arguments.engine, template=arguments.template))
    right = compare(engine, items, plain=arguments.template == "plain")
    title = f"{arguments.model} on {len(items)} of {arguments.set}, {arguments.template} ({engine.info.dtype})"
    table = Table(title=title)
    for name in ("method", "right", "accuracy", "95 % interval"):
        table.add_column(name, justify="left" if name == "method" else "right")
    for method, count in right.items():
        interval = wilson(count, len(items))
        table.add_row(method, str(count), f"{count / len(items):.1%}", f"{interval.low:.1%} to {interval.high:.1%}")
    Console().print(table)


if __name__ == "__main__":
    main()
