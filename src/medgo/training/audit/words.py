"""What an audit's lines are called in Chinese, beside the English of the records. Words only."""

from __future__ import annotations

_CHINESE = {
    # what became of rows
    "read": "读入",
    "learnt from": "用于训练",
    "split": "拆分",
    "prompt shortened": "提示截短",
    "left out": "剔除",
    # why rows are left out, and gates
    "rows": "样本",
    "licence": "许可证",
    "certificate": "去标识化证书",
    "benchmark item": "评测题重叠",
    "duplicate": "重复",
    "identical pair": "两侧相同",
    "no thinking": "模板无推理",
    "too long": "过长",
    "label balance": "标签平衡",
    "end of turn": "结束符",
    "empty think": "空推理块",
    "served as learnt": "训练与服务一致",
    # what the loss falls on
    "loss": "计入损失",
    "reasoning": "推理",
    "answer": "回答",
    "empty think in the prompt": "空推理块在提示中",
    "wanted": "优",
    "unwanted": "劣",
    "chosen, mean length": "优选平均长度",
    "rejected, mean length": "劣选平均长度",
    "longest": "最长",
}


def both(name: str) -> str:
    """An English name with its Chinese one.

    Raises:
        KeyError: It has none: every line of an audit has both.
    """
    return f"{name} · {_CHINESE[name]}"
