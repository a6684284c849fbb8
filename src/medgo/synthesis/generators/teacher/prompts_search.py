"""What is said in a search for a verified chain, in both languages. Words only."""

# ruff: noqa: E501  sentences of prompts

from __future__ import annotations

from collections.abc import Mapping

from medgo.schema import Lang

# (system, user) in each language.
Words = Mapping[Lang, tuple[str, str]]

STRATEGY_NAMES = ("backtracking", "new path", "verification", "correction")

FIRST: Words = {
    "zh": (
        "你是一名经验丰富的临床医师。先逐步推理：抓住关键线索，列出需要鉴别的可能并逐一比较，说明支持与不支持的依据，"
        "再得出结论。只用题目给出的信息，不编造症状、体征或检查结果。answer 只写最终答案，不写解释。",
        "{question}",
    ),
    "en": (
        "You are an experienced physician. Reason step by step: find the clues that matter, name what has to be told apart, "
        "weigh what speaks for and against each, and come to a conclusion. Use only what the question says; invent no "
        'symptom, sign or result. "answer" holds the final answer alone, without explanation.',
        "{question}",
    ),
}

# The reader is not told the right answer.
SOUND: Words = {
    "zh": (
        "你是审阅推理过程的主任医师，并不知道标准答案。检查下面的推理：是否只用了题目中的信息，引用的事实是否与题目一致，"
        "每一步医学上是否成立，结论是否由推理得出。先在 fault 中写出最主要的漏洞（没有则写“无”），再判断 sound。",
        "题目：\n{question}\n\n推理：\n{reasoning}\n\n结论：{answer}",
    ),
    "en": (
        "You are a senior physician who reviews a colleague's reasoning; you do not know the correct answer. Does it use only "
        "what the question says? Does it state the facts as the question does? Is each step medically right, and does the "
        'conclusion follow? Write its main fault first ("none" if there is none), then decide whether it is sound.',
        "Question:\n{question}\n\nReasoning:\n{reasoning}\n\nConclusion: {answer}",
    ),
}

EQUIVALENT: Words = {
    "zh": (
        "判断两个医学答案是否指同一个疾病或同一件事。更笼统、更具体到改变处理、或只是相关的，都不算相同。",
        "答案一：{answer}\n答案二：{accepted}",
    ),
    "en": (
        "Decide whether two medical answers mean the same thing. One that is broader, so much narrower that treatment "
        "changes, or merely related, is not the same.",
        "First answer: {answer}\nSecond answer: {accepted}",
    ),
}

STRATEGIES: Mapping[Lang, Mapping[str, str]] = {
    "zh": {
        "backtracking": "上面的推理有问题（审阅意见：{fault}）。请回到较早的一步，从那里换一个方向重新推理，写出完整的推理和答案。",
        "new path": "上面的推理有问题（审阅意见：{fault}）。请放弃这条思路，从另一个角度重新分析，写出完整的推理和答案。",
        "verification": "请逐条核对上面的推理与题目是否相符（审阅意见：{fault}），再根据核对结果写出完整的推理和答案。",
        "correction": "请找出上面推理中的错误（审阅意见：{fault}），改正后写出完整的推理和答案。",
    },
    "en": {
        "backtracking": "That reasoning does not hold (a reviewer says: {fault}). Go back to an earlier step, take another "
        "direction from there, and write the whole reasoning and answer again.",
        "new path": "That reasoning does not hold (a reviewer says: {fault}). Leave this line of thought, look at the case "
        "from another side, and write the whole reasoning and answer.",
        "verification": "Check every step above against the question (a reviewer says: {fault}), then write the whole "
        "reasoning and answer as the check leaves them.",
        "correction": "Find the error in the reasoning above (a reviewer says: {fault}), correct it, and write the whole "
        "reasoning and answer.",
    },
}

REWRITE: Words = {
    "zh": (
        "把下面的推理改写成医师看病时自然的思考过程：用第一人称，口语但专业，可以有“等等，再看看……”这样的停顿和自我核对，"
        "不用标题、编号和列表，不增加题目没有的信息，不改变结论。只写思考过程。",
        "题目：\n{question}\n\n推理：\n{reasoning}\n\n结论：{answer}",
    ),
    "en": (
        "Rewrite the reasoning below as a physician's natural train of thought: first person, plain but professional, with "
        'pauses and second looks ("wait, but the…") where they belong. No headings, numbers or lists; add nothing that the '
        "question does not say; keep the conclusion. Write the thoughts only.",
        "Question:\n{question}\n\nReasoning:\n{reasoning}\n\nConclusion: {answer}",
    ),
}

REPLY: Words = {
    "zh": (
        "根据思考过程回答提问者：先给结论，再用几句话说明主要依据和需要排除的情况。语气自然，不提“思考过程”，不增加新的信息。",
        "题目：\n{question}\n\n思考过程：\n{reasoning}",
    ),
    "en": (
        "Answer the person who asked, from the thoughts below: the conclusion first, then in a few sentences what it rests on "
        "and what has to be excluded. Do not mention the thoughts; add nothing new.",
        "Question:\n{question}\n\nThoughts:\n{reasoning}",
    ),
}
