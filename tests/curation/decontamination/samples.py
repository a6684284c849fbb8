"""Items of our own writing, and an index of them."""

from __future__ import annotations

from medgo.curation.decontamination import GuardedItem, ItemIndex

LUMP = GuardedItem(
    "exam_en",
    "1",
    "A 54-year-old gardener has had a painless lump below the left collarbone for six weeks and has lost 7 kg. "
    "Which examination is the first to be done?",
    options=("Excision of the lump", "Chest radiography", "Bone scan", "Gastroscopy", "Serum ferritin"),
    answer=("Chest radiography",),
)
LUMP_ZH = GuardedItem(
    "exam_zh",
    "1",
    "患者女性，54岁，花匠，左锁骨下无痛性肿块6周，体重下降7kg，首先应做哪一项检查？",
    options=("肿块切除", "胸部X线片", "骨扫描", "胃镜", "血清铁蛋白"),
    answer=("胸部X线片",),
    lang="zh",
)
GOUT = GuardedItem(
    "exam_en",
    "2",
    "Best for gout crystals?",
    options=("Polarised microscopy", "Gram staining", "Darkfield microscopy", "Ferritin assay"),
    answer=("Polarised microscopy",),
)
EAR = GuardedItem(
    "exam_zh",
    "2",
    "小儿易患中耳炎，因",
    options=("咽鼓管宽短直", "鼻腔相对较小", "后鼻道狭窄", "喉部呈漏斗状", "鼓膜较薄"),
    answer=("咽鼓管宽短直",),
    lang="zh",
)
AGE = GuardedItem(
    "exam_en", "3", "Children begin to walk without help at months", options=("6", "9", "13", "24"), answer=("13",)
)
CASE = GuardedItem(
    "cases_en",
    "1",
    "Which diagnosis is the most likely one?",
    context="A shepherd of 41 years has had night sweats and back pain for two months. He drinks raw milk. His spleen "
    "can be felt, and the lower spine hurts when it is tapped.",
    options=("Brucellosis", "Malaria", "Lymphoma", "Typhoid fever"),
    answer=("Brucellosis",),
)
ITEMS = (LUMP, LUMP_ZH, GOUT, EAR, AGE, CASE)


def index() -> ItemIndex:
    """All of them."""
    return ItemIndex.build(ITEMS)
