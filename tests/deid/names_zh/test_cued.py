"""Names that are words, or lack a surname, are found by what stands beside them; the words alone stay."""

from __future__ import annotations

import time

import pytest

from medgo.deid.names_zh import ChineseNameDetector
from medgo.deid.protocol import Note
from tests.deid.names_zh.marked import check


@pytest.mark.parametrize(
    "marked",
    [
        "⟦安宁⟧(患者妻子)签字",
        "⟦温和⟧（其女）在场",
        "术者⟦安宁⟧主任，一助⟦温馨⟧医师",
        "主治医师⟦温馨⟧医师查体",
        "护士⟦小禾⟧予换药",
        "巡视病房，护工⟦阿芳⟧喂饭",
        "⟦春生⟧媳妇来电",
        "长子⟦建新⟧签字，其女⟦海燕⟧陪同",
        "器械：⟦明朗⟧  巡回：⟦温馨⟧",
        "巡回：⟦安宁⟧，洗手：⟦季清禾⟧",
        "翻译：⟦古丽娜尔⟧",
        "录入：⟦高远⟧",
    ],
)
def test_neighbours_tell_that_a_word_is_a_name(detector: ChineseNameDetector, marked: str) -> None:
    check(detector, marked)


@pytest.mark.parametrize(
    "text",
    [
        "谈话(患者妻子)，高血压（患者父亲），正常（其母）",
        "术者查看主任医师记录，主刀安排主任会诊",
        "护士小心操作，护士小结，护士小夜班，医生阿托品",
        "患者他妈陪同，孩子他爸来电，大儿子媳妇陪护",
        "儿子坚决要求出院，妻子全程陪同，丈夫自愿同意",
        "器械：高频电刀，巡回：常规，洗手：七步洗手法",
        "器械：齐全，翻译：维吾尔语",
        "患者曾任小学教师，曾任望山街道主任",
    ],
)
def test_the_same_words_alone_stay(detector: ChineseNameDetector, text: str) -> None:
    assert list(detector.find(Note(text, "zh"))) == []


@pytest.mark.parametrize(
    "marked",
    [
        "⟦孟瑶⟧更换引流袋",
        "主管护士：⟦孟瑶⟧。10:20⟦孟瑶⟧测量血压",
        "器械护士：⟦佟帆⟧。术中⟦佟帆⟧递器械，术毕⟦佟帆⟧清点纱布",
        "⟦季芸⟧整理床单位后离开",
    ],
)
def test_a_verb_behind_a_name_is_not_of_it(detector: ChineseNameDetector, marked: str) -> None:
    check(detector, marked)


def test_a_name_of_three_that_stands_surely_stays_whole(detector: ChineseNameDetector) -> None:
    check(detector, "护士：⟦孟瑶⟧，医师：⟦孟瑶清⟧。今晨⟦孟瑶清⟧查房，由⟦孟瑶⟧记录")


@pytest.mark.parametrize(
    "marked",
    [
        "患者⟦匡建军⟧，男，50岁。⟦建军⟧因腹痛来院，参加建军节活动",
        "⟦匡胜利⟧，男，50岁。手术胜利完成。今晨⟦胜利⟧诉头痛",
        "⟦匡健康⟧，男，50岁。健康教育已做。",
    ],
)
def test_a_given_name_that_is_a_word_needs_its_neighbours(detector: ChineseNameDetector, marked: str) -> None:
    check(detector, marked)


def test_a_preposition_before_a_hospital_begins_no_name(detector: ChineseNameDetector) -> None:
    assert list(detector.find(Note("于柏宁医院行阑尾切除术", "zh"))) == []


@pytest.mark.parametrize("piece", ["术者方", "安宁(患者", "护士小", "春生媳妇", "长子建新签", "于柏", "器械：高"])
def test_time_is_linear_in_length(detector: ChineseNameDetector, piece: str) -> None:
    def seconds(times: int) -> float:
        note = Note(piece * times, "zh")
        start = time.process_time()
        list(detector.find(note))
        return time.process_time() - start

    seconds(100)
    length = 20_000 // len(piece)
    small = min(seconds(length // 10) for _ in range(3))
    assert min(seconds(length) for _ in range(3)) < 25 * max(small, 0.004)
