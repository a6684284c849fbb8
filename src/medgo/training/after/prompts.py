"""What a model is asked when one form of it is compared with another: short questions, as many zh as en.

Knows no model. They only have to make it speak; nothing is scored against an answer.
"""

from __future__ import annotations

from pathlib import Path

from medgo.errors import InputError

DEFAULT_PROMPTS = (
    "高血压患者平时应该注意什么？",
    "What should a person with high blood pressure watch in daily life?",
    "请把“心梗”写成规范的诊断名称。",
    "Give the preferred medical term for 'heart attack'.",
    "二甲双胍常见的不良反应有哪些？请简要列出。",
    "List the common side effects of metformin, briefly.",
    "突然胸痛伴出冷汗半小时，应该怎么办？",
    "I have had crushing chest pain for half an hour. What should I do?",
    "血常规里的血红蛋白代表什么？",
    "What does the haemoglobin in a blood count tell?",
    "请用一句话说明什么是2型糖尿病。",
    "Explain type 2 diabetes in one sentence.",
    "儿童发热多少度需要就医？",
    "When should a child with a fever see a doctor?",
    "1加1等于几？只回答数字。",
    "What is one plus one? Answer with the number only.",
)
# Those that ask for a short answer: within a hundred tokens a chat model has ended it, unless it has unlearnt to.
SHORT_PROMPTS = (*DEFAULT_PROMPTS[2:4], *DEFAULT_PROMPTS[10:12], *DEFAULT_PROMPTS[14:16])


def read_prompts(path: Path) -> tuple[str, ...]:
    """Read prompts of one's own: a text file, one to a line.

    Raises:
        InputError: It cannot be read, or holds none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read: {error}", hint="give a UTF-8 text file, one prompt to a line"
        ) from error
    prompts = tuple(line.strip() for line in lines if line.strip())
    if not prompts:
        raise InputError(f"{path} holds no prompt", hint="write one to a line")
    return prompts
