"""Words of general questions, in both languages. Knows no row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

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
FACTS: Mapping[Lang, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "zh": (
        ("一周有几天？", "7天", ("5天", "6天", "10天")),
        ("一年有几个月？", "12个月", ("10个月", "11个月", "24个月")),
        ("一小时有多少分钟？", "60分钟", ("30分钟", "100分钟", "24分钟")),
        ("一天有多少小时？", "24小时", ("12小时", "60小时", "20小时")),
        ("天空晴朗时是什么颜色？", "蓝色", ("绿色", "红色", "黑色")),
        ("雪是什么颜色？", "白色", ("黑色", "红色", "绿色")),
        ("草通常是什么颜色？", "绿色", ("蓝色", "红色", "紫色")),
        ("狗有几条腿？", "4条", ("2条", "6条", "8条")),
        ("蜘蛛有几条腿？", "8条", ("6条", "4条", "10条")),
        ("三角形有几条边？", "3条", ("4条", "5条", "6条")),
        ("太阳从哪边升起？", "东边", ("西边", "南边", "北边")),
        ("中国的首都是哪里？", "北京", ("上海", "广州", "南京")),
        ("法国的首都是哪里？", "巴黎", ("伦敦", "柏林", "罗马")),
        ("日本的首都是哪里？", "东京", ("大阪", "京都", "首尔")),
        ("水结成冰是什么温度？", "0摄氏度", ("100摄氏度", "50摄氏度", "20摄氏度")),
        ("冬天之后是什么季节？", "春天", ("夏天", "秋天", "冬天")),
        ("会下蛋的是哪个：鸡、牛、马、羊？", "鸡", ("牛", "马", "羊")),
        ("“大”的反义词是什么？", "小", ("高", "多", "长")),
        ("“热”的反义词是什么？", "冷", ("亮", "远", "慢")),
        ("“快”的反义词是什么？", "慢", ("近", "轻", "小")),
        ("“黑”的反义词是什么？", "白", ("红", "大", "轻")),
        ("哪种动物会飞：鸟、狗、牛、鱼？", "鸟", ("狗", "牛", "鱼")),
        ("用什么看东西？", "眼睛", ("耳朵", "鼻子", "手")),
        ("用什么听声音？", "耳朵", ("眼睛", "嘴", "脚")),
    ),
    "en": (
        ("How many days are in a week?", "7", ("5", "6", "10")),
        ("How many months are in a year?", "12", ("10", "11", "24")),
        ("How many minutes are in an hour?", "60", ("30", "100", "24")),
        ("How many hours are in a day?", "24", ("12", "60", "20")),
        ("What colour is a clear sky?", "Blue", ("Green", "Red", "Black")),
        ("What colour is snow?", "White", ("Black", "Red", "Green")),
        ("What colour is grass?", "Green", ("Blue", "Red", "Purple")),
        ("How many legs does a dog have?", "4", ("2", "6", "8")),
        ("How many legs does a spider have?", "8", ("6", "4", "10")),
        ("How many sides does a triangle have?", "3", ("4", "5", "6")),
        ("Where does the sun rise?", "In the east", ("In the west", "In the south", "In the north")),
        ("What is the capital of France?", "Paris", ("London", "Berlin", "Rome")),
        ("What is the capital of Italy?", "Rome", ("Paris", "Madrid", "Athens")),
        ("What is the capital of Japan?", "Tokyo", ("Osaka", "Kyoto", "Seoul")),
        ("At what temperature does water freeze?", "0 degrees Celsius",
         ("100 degrees Celsius", "50 degrees Celsius", "20 degrees Celsius")),
        ("Which season follows winter?", "Spring", ("Summer", "Autumn", "Winter")),
        ("Which lays eggs: hen, cow, horse or sheep?", "Hen", ("Cow", "Horse", "Sheep")),
        ("What is the opposite of big?", "Small", ("Tall", "Many", "Long")),
        ("What is the opposite of hot?", "Cold", ("Bright", "Far", "Slow")),
        ("What is the opposite of fast?", "Slow", ("Near", "Light", "Small")),
        ("What is the opposite of black?", "White", ("Red", "Big", "Light")),
        ("Which animal can fly: bird, dog, cow or fish?", "Bird", ("Dog", "Cow", "Fish")),
        ("What do people see with?", "Eyes", ("Ears", "Nose", "Hands")),
        ("What do people hear with?", "Ears", ("Eyes", "Mouth", "Feet")),
    ),
}  # fmt: skip


def ask(kind: str, lang: Lang, rng: np.random.Generator, **slots: str) -> str:
    """One of the phrasings of a question, filled."""
    return pick(_ASK[kind][lang], rng).format(**slots)
