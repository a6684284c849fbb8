"""What ``medgo chat`` says itself, in both languages."""

from __future__ import annotations

import locale
import os

from medgo.inference.chat import COMMANDS, Language

_TEXTS: dict[str, dict[Language, str]] = {
    "loading": {"en": "loading {model} …", "zh": "正在载入 {model}……"},
    "context": {"en": "context {tokens}", "zh": "上下文 {tokens}"},
    "hint": {
        "en": 'Type a question; /help lists the commands, """ begins and ends several lines.',
        "zh": '请输入问题；/help 显示命令，""" 用于开始和结束多行输入。',
    },
    "stopping": {"en": "stopping … (Ctrl-C again: at once)", "zh": "正在停止……（再按 Ctrl-C 立即停止）"},
    "interrupted": {
        "en": "reply stopped; the part above stays in the conversation",
        "zh": "回答已停止；以上部分保留在对话中",
    },
    "nothing_kept": {
        "en": "reply stopped before it began; /retry asks again",
        "zh": "回答尚未开始即已停止；可用 /retry 重新提问",
    },
    "leave": {"en": "Ctrl-C again or Ctrl-D leaves", "zh": "再按 Ctrl-C 或按 Ctrl-D 退出"},
    "length": {
        "en": "stopped at {tokens} tokens; --max-new-tokens sets the limit",
        "zh": "已达 {tokens} 个词元的上限；可用 --max-new-tokens 调整",
    },
    "dropped": {
        "en": "the conversation no longer fits into the model's context{limit}: {turns} will not be sent any more",
        "zh": "对话已超出模型的上下文{limit}：{turns}不再发送给模型",
    },
    "limit": {"en": " of {tokens} tokens", "zh": "（{tokens} 个词元）"},
    "reset": {"en": "a new conversation", "zh": "已开始新的对话"},
    "saved": {"en": "saved {turns} turns to {path}", "zh": "已将 {turns} 轮对话保存到 {path}"},
    "loaded": {"en": "loaded {turns} turns from {path}", "zh": "已从 {path} 载入 {turns} 轮对话"},
    "unanswered": {
        "en": "the last question was not answered; /retry asks it again",
        "zh": "最后一个问题尚未回答；可用 /retry 重新提问",
    },
    "system_default": {
        "en": "the medical default, in the language of your first message:",
        "zh": "默认的医学提示词，语言取决于您的第一条消息：",
    },
    "system_none": {"en": "no system prompt", "zh": "没有系统提示词"},
    "system_set": {"en": "system prompt set", "zh": "系统提示词已设置"},
    "thinking": {"en": "thinking: {mode}", "zh": "推理模式：{mode}"},
    "reasoning": {"en": "reasoning", "zh": "推理过程"},
}

# Shown in both languages, always: nobody should take this model's answers for medicine.
EMBEDDED_NOTICE = (
    "The embedded model shows how MedGo works; it has no medical skill and little Chinese. Do not rely on its answers.",
    "内置模型仅用于演示 MedGo 的运行，不具备医学能力，几乎不会中文。请勿依据其回答作任何决定。",
)
AID_NOTICE: dict[Language, str] = {
    "en": "An aid, not a doctor. In an emergency call your local emergency services.",
    "zh": "仅供辅助，不能代替医生。紧急情况请立即拨打当地急救电话。",
}


def user_language() -> Language:
    """Language of the user's locale: Chinese or else English."""
    named = (os.environ.get(variable) for variable in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next(filter(None, named), None) or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


class Texts:
    """The texts in one language.

    Args:
        language: Of the user.
    """

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, name: str, **values: object) -> str:
        """Return a text with its values put in."""
        return _TEXTS[name][self.language].format(**values)

    def turns(self, first: int, last: int) -> str:
        """Name a range of turns, counted from 1."""
        if self.language == "zh":
            return f"第 {first} 轮" if first == last else f"第 {first} 至 {last} 轮"
        return f"turn {first}" if first == last else f"turns {first} to {last}"

    def help(self) -> list[tuple[str, str]]:
        """Return usage and description of every command."""
        return [(c.usage, c.zh if self.language == "zh" else c.en) for c in COMMANDS.values()]
