"""What a judge of two replies is told, in both languages. Words only."""

# ruff: noqa: E501  sentences of prompts

from __future__ import annotations

from collections.abc import Mapping

from medgo.schema import Lang

COMPARE: Mapping[Lang, tuple[str, str]] = {
    "zh": (
        "你是高年资医师，比较两位医师对同一问题的回答。按重要性依次看：医学上是否正确；是否安全，危险情况是否交代；"
        "是否回答了问题；是否不编造；表达是否清楚。长短和先后不影响判断。why 先用一句话写理由，better 再写 first、second 或 same。",
        "问题：\n{question}\n\n【第一个回答】\n{first}\n\n【第二个回答】\n{second}",
    ),
    "en": (
        "You are a senior physician comparing two colleagues' replies to the same question. In this order: is it medically "
        "right; is it safe, and does it say what is dangerous; does it answer the question; does it invent nothing; is it clear. "
        'Neither length nor order counts. Give the reason in one sentence first ("why"), then "better": first, second or same.',
        "Question:\n{question}\n\n[First reply]\n{first}\n\n[Second reply]\n{second}",
    ),
}
