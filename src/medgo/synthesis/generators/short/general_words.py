"""Words of general questions, in both languages. Knows no row."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import numpy as np
import yaml

from medgo.schema import Lang
from medgo.synthesis.generators.short.asked import pick

_ASK: Mapping[str, Mapping[Lang, tuple[str, ...]]] = {
    "sum": {
        "zh": ("{a} {sign} {b} 等于几？", "计算：{a} {sign} {b}"),
        "en": ("What is {a} {sign} {b}?", "{a} {sign} {b} = ?"),
    },
    "up": {"zh": ("从小到大排列：{numbers}",), "en": ("Sort from smallest to largest: {numbers}",)},
    "down": {"zh": ("从大到小排列：{numbers}",), "en": ("Sort from largest to smallest: {numbers}",)},
    "day_after": {"zh": ("{name}之后第{count}天是星期几？",), "en": ("Which day comes {count} after {name}?",)},
    "day_before": {"zh": ("{name}之前第{count}天是星期几？",), "en": ("Which day comes {count} before {name}?",)},
    "month_after": {"zh": ("{name}之后第{count}个月是几月？",), "en": ("Which month comes {count} after {name}?",)},
    "month_before": {"zh": ("{name}之前第{count}个月是几月？",), "en": ("Which month comes {count} before {name}?",)},
    "copy": {"zh": ("请原样重复：{text}",), "en": ("Repeat exactly: {text}", "Copy this text: {text}")},
    "list": {"zh": ("把{words}用{shape}隔开写出来。",), "en": ("Write {words} separated by {shape}.",)},
    "odd_one": {"zh": ("哪个不是同类：{words}？",), "en": ("Which one does not belong: {words}?",)},
}  # fmt: skip
DAYS: Mapping[Lang, tuple[str, ...]] = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS: Mapping[Lang, tuple[str, ...]] = {
    "zh": ("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
}  # fmt: skip
COUNTS = ("", "one", "two", "three")
SHAPES: Mapping[Lang, tuple[str, ...]] = {
    "zh": ("斜线", "分号", "顿号", "竖线"),
    "en": ("slashes", "semicolons", "Chinese enumeration commas", "vertical bars"),
}
WORDS: Mapping[Lang, tuple[str, ...]] = {
    "zh": (
        "山", "水", "书", "桌子", "苹果", "火车", "月亮", "猫", "河流", "白云", "铅笔", "花园", "雨伞", "房子", "道路",
        "星星", "面包", "帽子", "钥匙", "船",
    ),
    "en": (
        "river", "table", "apple", "train", "moon", "cat", "cloud", "pencil", "garden", "umbrella", "house", "road",
        "star", "bread", "hat", "key", "boat", "book",
    ),
}  # fmt: skip
GROUPS: Mapping[Lang, Mapping[str, tuple[str, ...]]] = {
    "zh": {
        "animal": ("狗", "猫", "马", "牛", "羊", "兔子"),
        "colour": ("红色", "蓝色", "绿色", "黄色", "白色", "黑色"),
        "fruit": ("苹果", "香蕉", "葡萄", "梨", "桃子", "西瓜"),
        "vehicle": ("汽车", "火车", "飞机", "轮船", "自行车"),
        "furniture": ("桌子", "椅子", "床", "柜子", "沙发"),
    },
    "en": {
        "animal": ("dog", "cat", "horse", "cow", "sheep", "rabbit"),
        "colour": ("red", "blue", "green", "yellow", "white", "black"),
        "fruit": ("apple", "banana", "grape", "pear", "peach", "melon"),
        "vehicle": ("car", "train", "plane", "ship", "bicycle"),
        "furniture": ("table", "chair", "bed", "cupboard", "sofa"),
    },
}


@lru_cache(maxsize=1)
def facts() -> Mapping[Lang, tuple[tuple[str, str, tuple[str, ...]], ...]]:
    """What everybody knows, by language: question, answer, wrong answers."""
    text = files("medgo.synthesis.generators.short").joinpath("facts.yaml").read_text("utf-8")
    return {
        lang: tuple((question, answer, tuple(wrong)) for question, answer, *wrong in lines)
        for lang, lines in yaml.safe_load(text).items()
    }


def ask(kind: str, lang: Lang, rng: np.random.Generator, **slots: str) -> str:
    """One of the phrasings of a question, filled."""
    return pick(_ASK[kind][lang], rng).format(**slots)
