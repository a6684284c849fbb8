"""Items become conversations: the protocol's template, few-shot examples before it, nothing hidden. Knows no engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from medgo.errors import InputError
from medgo.evaluation.benchmarks.definition import Benchmark, Protocol
from medgo.evaluation.benchmarks.load import LoadedBenchmark
from medgo.evaluation.benchmarks.prompts import CARD, CARD_REASONING, CLOZE, FREE_TEXT
from medgo.schema import EvalItem, Lang, Message
from medgo.store.hashing import fingerprint, sha256_of_text

_CONTEXT = {"en": "Context: {}\n", "zh": "背景：{}\n"}
_OR = {"en": " or ", "zh": "或"}
_COMMA = {"en": ", ", "zh": "、"}


def choose_protocol(benchmark: Benchmark, name: str, *, reasoning: bool | None, cloze: bool) -> tuple[str, Protocol]:
    """The protocol that a run asks this benchmark with.

    Args:
        benchmark: What is asked.
        name: ``card`` or ``official``.
        reasoning: True asks for reasoning before the answer, False for the answer alone; None keeps the protocol's way.
        cloze: The options are scored as continuations and therefore not shown.

    Returns:
        Its name and the protocol. The name is what is in effect: ``card``, ``card with reasoning``, ``official``,
        ``cloze`` or ``free text``.

    Raises:
        InputError: There is no such protocol, or the benchmark's publisher names none that does what was asked for.
    """
    if name not in ("card", "official"):
        raise InputError(f"there is no protocol {name!r}", hint="use card or official")
    if benchmark.kind != "choice":
        return ("official", benchmark.official) if benchmark.official else ("free text", FREE_TEXT)
    if cloze:
        return "cloze", CLOZE
    if name == "card":
        return ("card with reasoning", CARD_REASONING) if reasoning else ("card", CARD)
    official = benchmark.official
    if official is None:
        raise InputError(
            f"{benchmark.title} has no official protocol: its publisher names no prompt",
            hint="use --protocol card for it, or leave it out",
        )
    if reasoning is not None and reasoning is official.direct:
        way = "reasons before it answers" if reasoning is False else "answers at once"
        raise InputError(
            f"the official protocol of {benchmark.title} {way}",
            hint=f"leave {'--direct' if reasoning is False else '--cot'} out, or use --protocol card",
        )
    return "official", official


def protocol_hash(protocol: Protocol, examples: Mapping[str, Sequence[EvalItem]]) -> str:
    """Identity of what is asked around the item: templates and few-shot examples. 64 hexadecimal digits."""
    shots = {name: [_shown(item) for item in items] for name, items in examples.items()}
    return fingerprint({"protocol": asdict(protocol), "shots": shots})


def render(item: EvalItem, protocol: Protocol, examples: Sequence[EvalItem] = ()) -> tuple[Message, ...]:
    """The conversation that asks an item; examples come before it as turns of their own.

    Raises:
        InputError: The protocol has no prompt in the item's language, or its template names what the item lacks.
    """
    if item.conversation:
        return item.conversation
    messages = []
    if system := protocol.system.get(item.lang):
        messages.append(Message("system", system))
    for example in examples:
        messages.append(Message("user", ask(example, protocol)))
        messages.append(Message("assistant", answer_text(example, protocol)))
    messages.append(Message("user", ask(item, protocol)))
    return tuple(messages)


def ask(item: EvalItem, protocol: Protocol) -> str:
    """The user's message for one item."""
    template = protocol.prompt.get(item.lang) or next(iter(protocol.prompt.values()))
    try:
        return template.format(
            question=item.question,
            options=protocol.separator.join(
                protocol.option.format(label=label, text=text) for label, text in item.options.items()
            ),
            context=_CONTEXT[item.lang].format(item.context) if item.context else "",
            letters=_letters(item),
            category=item.category,
            meta=item.meta,
        )
    except (KeyError, IndexError) as error:
        raise InputError(f"item {item.key}: the prompt names {error}, which the item does not have") from error


def answer_text(item: EvalItem, protocol: Protocol) -> str:
    """How a few-shot example answers."""
    label = "".join(item.answer)
    text = _COMMA[item.lang].join(item.options[letter] for letter in item.answer)
    template = protocol.shot.get(item.lang) or "{label}"
    return template.format(label=label, text=text)


def draw_examples(loaded: LoadedBenchmark, shots: int, seed: int) -> dict[str, tuple[EvalItem, ...]]:
    """Draw few-shot examples once for a run: the same for every item, machine and order.

    Args:
        loaded: The benchmark, with its few-shot pool. What stands among its test items too is never an example.
        shots: How many; those of the item's category where the pool has enough of them, as MMLU does it.
        seed: Of the draw.

    Returns:
        Examples by ``lang`` and by ``lang/category``; see :func:`examples_for`.

    Raises:
        InputError: The pool does not suffice.
    """
    if not shots:
        return {}
    asked = {_stem(item) for item in loaded.items}
    pools: dict[str, list[EvalItem]] = {}
    for item in loaded.dev:
        if _stem(item) not in asked:
            pools.setdefault(item.lang, []).append(item)
            if item.category:
                pools.setdefault(f"{item.lang}/{item.category}", []).append(item)
    drawn = {
        name: tuple(sorted(pool, key=lambda item: sha256_of_text(f"{seed}/{item.key}"))[:shots])
        for name, pool in pools.items()
        if len(pool) >= shots
    }
    for lang in {item.lang for item in loaded.items}:
        if lang not in drawn:
            raise InputError(
                f"{loaded.benchmark.title}: {shots} examples were asked for, but its files hold "
                f"{len(pools.get(lang, []))} in {lang} outside the test split",
                hint="lower --shots, or add the dev or train file to --data",
            )
    return drawn


def examples_for(item: EvalItem, drawn: Mapping[str, tuple[EvalItem, ...]]) -> tuple[EvalItem, ...]:
    """The examples that stand before this item."""
    return drawn.get(f"{item.lang}/{item.category}") or drawn.get(item.lang, ())


def premise(item: EvalItem, protocol: Protocol, examples: Sequence[EvalItem] = ()) -> tuple[Message, ...]:
    """The same prompt with the question left out: what an option is worth by itself (domain-conditional PMI).

    Source: Holtzman et al. 2021, "Surface Form Competition".
    """
    empty = EvalItem(id="premise", benchmark=item.benchmark, lang=item.lang, question="", meta=item.meta)
    return render(empty, protocol, examples)


def _letters(item: EvalItem) -> str:
    labels = list(item.options)
    lang: Lang = item.lang
    if len(labels) < 2:
        return "".join(labels)
    return _COMMA[lang].join(labels[:-1]) + _OR[lang] + labels[-1]


def _stem(item: EvalItem) -> str:
    return " ".join(item.question.split()).casefold()


def _shown(item: EvalItem) -> dict[str, Any]:
    return {"question": item.question, "options": dict(item.options), "answer": list(item.answer)}
