"""Prompts that many benchmarks share. The one called ``card`` is how the model card's numbers were most likely made.

The card names no prompt. Two of its baselines equal numbers printed by MedEvalKit, and the others fit short direct
answers, so ``card`` asks as MedEvalKit does without reasoning: question, lettered options, one instruction, greedy.
Source: MedEvalKit (alibaba-damo-academy), prompts of its text benchmarks.
"""

from __future__ import annotations

from medgo.evaluation.benchmarks.definition import Protocol

CARD = Protocol(
    prompt={
        "en": (
            "{context}Question: {question}\nOptions: \n{options}\n"
            "Answer with the option's letter from the given choices directly."
        ),
        "zh": "{context}问题： {question}\n选项： \n{options}\n请直接使用给定选项中的选项字母来回答该问题。",
    },
    max_new_tokens=64,
    note="Micro accuracy; an answer that cannot be read is wrong, where MedEvalKit takes the most similar option.",
)

CARD_REASONING = Protocol(
    prompt={
        "en": (
            "{context}Question: {question}\nOptions: \n{options}\n"
            'Think step by step, then give the letter of the right option in one "\\boxed{{}}".'
        ),
        "zh": ('{context}问题： {question}\n选项： \n{options}\n请逐步思考，最后将正确选项的字母写在"\\boxed{{}}"里。'),
    },
    direct=False,
    max_new_tokens=2048,
)

# The options are scored as continuations of this, so they are not shown: how small and base models are asked.
CLOZE = Protocol(
    prompt={"en": "{context}Question: {question}\nAnswer:", "zh": "{context}问题：{question}\n答案："},
    shot={"en": "{text}", "zh": "{text}"},
)

FREE_TEXT = Protocol(
    prompt={"en": "{context}{question}", "zh": "{context}{question}"},
    direct=False,
    max_new_tokens=2048,
)
