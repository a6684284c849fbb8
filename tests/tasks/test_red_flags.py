"""Danger is found where it is said of this patient and now, and nowhere else."""

from __future__ import annotations

import pytest

from medgo.tasks.red_flags import red_flags

DANGER = [
    "我爸突然右边手脚抬不起来，说话含糊",
    "奶奶嘴歪了，话也说不清",
    "胸口疼，一身大汗",
    "胸痛伴冷汗1小时",
    "孩子喘不上气，嘴唇发紫",
    "吃了虾以后喉咙发紧",
    "刚才吐血了，大概半碗",
    "产后大出血",
    "老人叫不醒",
    "我喝了农药",
    "她吃了一整瓶安眠药",
    "我不想活了",
    "血钾6.8mmol/L",
    "孩子一直抽搐",
    "我爸躺在地上，一直在抽",
    "有高血压三年前开始吃药，今天突然右手没力气",
    "我老公说胃胀，刚才呕血了",
    "My husband suddenly cannot move his left arm",
    "Her face is drooping on one side",
    "He is slurring his words",
    "I have chest pain and I am sweating",
    "I can't breathe",
    "His lips are blue",
    "My throat is getting tight after the injection",
    "She is vomiting blood",
    "The bleeding won't stop",
    "He is unresponsive",
    "She took a whole bottle of paracetamol",
    "I want to kill myself",
    "Potassium 6.9 mmol/L today",
]
BENIGN = [
    "没有胸痛大汗",
    "无呕血，无黑便",
    "否认昏迷、抽搐",
    "爷爷三年前昏迷过一次，我今天只是咳嗽",
    "如果出现呕血请马上来院",
    "我妈妈有大出血的病史",
    "血钾4.1mmol/L",
    "2015年胃溃疡，当时呕血住过院，现在只是反酸",
    "小腿一直抽筋",
    "血钾5.8mmol/L",
    "嗓子疼两天，流鼻涕",
    "胸口有点闷，休息后好转",
    "走路多了腿没力气",
    "吃了两片感冒药",
    "No chest pain, not sweating",
    "She denies vomiting blood",
    "He has never been unconscious",
    "Call us if your throat is getting tight",
    "My father had crushing chest pain years ago; I only want a check-up",
    "Potassium 4.2 mmol/L",
    "My throat is sore",
    "Two years ago I was vomiting blood; I am well",
    "I feel weak after the flu",
    "I took the tablet at noon",
]


@pytest.mark.parametrize("text", DANGER)
def test_danger_is_found(text: str) -> None:
    assert red_flags(text)


@pytest.mark.parametrize("text", BENIGN)
def test_what_is_denied_supposed_past_or_harmless_is_not(text: str) -> None:
    assert red_flags(text) == []


def test_flags_stand_in_the_order_of_the_text_each_once() -> None:
    assert red_flags("叫不醒，吐血，叫不醒") == ["叫不醒", "吐血"]
