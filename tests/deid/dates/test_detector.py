"""Dates are found in every written form and layout; what only looks like one stays."""

from __future__ import annotations

import re
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.dates import DateDetector, read_date, shifted
from medgo.deid.protocol import Finding, Note
from tests.deid.dates.writers import FULL, PARTIAL

DAYS = st.dates(date(1942, 1, 1), date(2038, 12, 31))
FRAMES = [
    "{}",
    "患者于{}因胸痛入院。",
    "入院日期：{}　出院日期：",
    "姓名\t{}\t男",
    "（{}）",
    "He was seen on {} in clinic.",
    "DOB: {}, MRN 55512",
    "Echo ({}): EF 55%",
    "T 36.5℃，P 80次/分；{}，复查肌钙蛋白0.03ng/ml",
]
detector = DateDetector()


def found_in(text: str) -> list[str]:
    """Texts of the findings, in the original, as positions of the view lead back."""
    note = Note(text, "zh")
    findings = sorted(detector.find(note), key=lambda one: one.start)
    assert all(one.label == "date" and 0 < one.score <= 1 for one in findings)
    return [text[note.view.start(one.start) : note.view.end(one.end)] for one in findings]


@given(DAYS, st.sampled_from(sorted(FULL)), st.sampled_from(FRAMES))
def test_full_dates_are_found_whole_in_any_frame(day: date, name: str, frame: str) -> None:
    assert FULL[name](day) in found_in(frame.format(FULL[name](day)))


@given(DAYS, st.sampled_from(sorted(PARTIAL)), st.sampled_from(FRAMES))
def test_days_without_a_year_are_found_whole_in_any_frame(day: date, name: str, frame: str) -> None:
    assert PARTIAL[name](day) in found_in(frame.format(PARTIAL[name](day)))


@given(DAYS, st.sampled_from(sorted(FULL)))
def test_what_is_found_is_read_as_that_day(day: date, name: str) -> None:
    found = read_date(FULL[name](day), day_first=name == "european")
    assert found is not None
    assert found.date == day


@given(DAYS, st.sampled_from(["chinese", "iso", "american", "english"]), st.randoms())
def test_full_width_and_zero_width_characters_hide_nothing(day: date, name: str, random: object) -> None:
    text = FULL[name](day)
    wide = text.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    assert wide in found_in(f"于{wide}入院")
    hidden = "\u200b".join(text)
    assert "".join(found_in(f"于{hidden}入院")).replace("\u200b", "") == text


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("2024年3月5日10时30分入院", ["2024年3月5日10时30分"]),
        ("2024-03-05T10:30:00+08:00", ["2024-03-05T10:30:00+08:00"]),
        ("2024年3月5日 上午10:30", ["2024年3月5日 上午10:30"]),
        ("于2024年3月5日至8日住院", ["2024年3月5日至8日"]),
        ("化疗时间2024.3.5-3.8", ["2024.3.5-3.8"]),
        ("3月5、6日发热", ["3月5、6日"]),
        ("admitted March 5-8, 2024", ["March 5-8, 2024"]),
        ("from 5th to 8th March 2024", ["5th to 8th March 2024"]),
        ("on the twenty-first of May", ["twenty-first of May"]),
        ("24-3-5查血", ["24-3-5"]),
        ("08年3月行手术", ["08年3月"]),
        ("于98年12月确诊", ["98年12月"]),
        ("去年3月出现咳嗽", ["3月"]),
        ("3月份复查", ["3月份"]),
        ("2024年3月上旬", ["2024年3月"]),
        ("二〇二四年三月", ["二〇二四年三月"]),
        ("农历正月初五出生", ["农历正月初五"]),
        ("腊月二十三、除夕", ["腊月二十三", "除夕"]),
        ("八月十五", ["八月十五"]),
        ("闰二月初三", ["闰二月初三"]),
        ("国庆节期间", ["国庆节"]),
        ("十一假期后", ["十一"]),
        ("since Christmas", ["Christmas"]),
        ("since Thanksgiving Day", ["Thanksgiving Day"]),
        ("seen on 3/5, labs 3/6", ["3/5", "3/6"]),
        ("3/5: patient doing well\n3/6: no change", ["3/5", "3/6"]),
        ("03-05 08:00 体温36.5", ["03-05 08:00"]),
        ("于3/5入院", ["3/5"]),
        ("since 11/94", ["11/94"]),
        ("in 03/2021", ["03/2021"]),
        ("in September", ["September"]),
        ("back in May she fell", ["May"]),
        ("Mar '24", ["Mar '24"]),
        ("DOB 030561", ["030561"]),
        ("出生日期：610305", ["610305"]),
        ("生日：3.5", ["3.5"]),
        ("will return Tuesday", ["Tuesday"]),
        ("周三下午复诊", ["周三"]),
        ("定于本月15日手术", ["15日"]),
        ("20240305123000", ["20240305123000"]),
        ("入院时间:2024-03-0508:00", ["2024-03-0508:00"]),
        ("20240305-20240310", ["20240305", "20240310"]),
        ("于2023.12-2024.2服药", ["2023.12", "2024.2"]),
        ("3年前(2021.3)因", ["2021.3"]),
        ("2024年3-5月", ["2024年3-5月"]),
        ("3/5/2024-3/8/2024", ["3/5/2024", "3/8/2024"]),
        ("on 3/5-3/8", ["3/5-3/8"]),
        ("05MAR24 and 05MAR2024:10:30", ["05MAR24", "05MAR2024"]),
        ("Jan-Mar 2024", ["Jan", "Mar 2024"]),
        ("2023年中秋", ["中秋"]),
        ("2023年十一月", ["2023年十一月"]),
        ("20号开始发热，21号好转", ["20号", "21号"]),
        ("23日上午继续输液", ["23日"]),
        ("，26日开始流涕", ["26日"]),
        ("5.21号再次验血", ["5.21"]),
        ("return on the 28th.", ["28th"]),
        ("POD#2 (3/5)", ["3/5"]),
        ("２０２４年３月５日", ["２０２４年３月５日"]),
        ("民國一百一十三年三月五日", ["民國一百一十三年三月五日"]),
    ],
)
def test_forms(text: str, dates: list[str]) -> None:
    assert found_in(text) == dates


STAYS = """肌力5/5 | 右上肢肌力3/5级 | 血压120/80mmHg | 疼痛评分3/10 | DSM-5 | 每24-48小时 | 休息1-2天 | 1/2片 qd |
L4-5椎间盘突出 | S1 | 2年3月 | 病史10年3月 | 3月前 | 3月余 | 3个月 | 术后第3天 | 3天前 | 昨日 | 每周三次 |
一周三次 | 1周三次 | 周身酸痛 | 外周一处 | 神志清明 | 孕3月 | 3岁2月 | 3月龄 | 5号切口 | 12床 | 体温37.5-38.5 |
正常值100-200 | pH 7.35 | 2024年 | in 2024 | 3-5次/日 | 每日3次 | 6月余 | 十二指肠 | 三月余 | 一年三次 | 每年9月 |
上周二 | 每周二 | 第3次 | 近3-4月 | 李国庆 | 三十岁 | 小年龄组 | strength 5/5 | pain 3/10 | GCS 15/15 |
rates his pain as 7/10 | 20/40 vision | OCT4 positive | SEPT9 methylation | OCT3/4 | Christmas disease |
Christmas tree rash | you may take 5 mg | you may 2 weeks later | WBC 12.5 | section 1.2.3 | v2.3.10 | 5-10-15 mg |
1-2 days | last Tuesday | every Monday | Monday, Wednesday and Friday | 3日未解大便 | 21号染色体 | 中山路12号 |
on the 5th floor | 2024030510 | 202403 | 10/12 | BP 12/8 | T 36.5 | 98.6 F | ANA 1/2000 | 2000ml | q6h |
June Carter | Dr. April Smith | may be 5 | march in place | a 2/6 systolic murmur | LOINC 2093-3 | LOINC 2160-0 |
15-20 times | for 3/7 | Hep B 3/3 doses | IP 10.1.12.5 | tel 555-0123 | ICD E11.9 | TSH 2.5-4.0 | HbA1c 6.5-7.0 |
ratio 1/10 | by 1/2 | C5-6 | T10-12 | grade 2-3 | 4-0 Vicryl | 3-0 nylon | 1-2-3 | 5/5/5 | HPV 16/18 | CD4/8 |
INR 2-3 | FiO2 0.4 | 0.9% NaCl | 7-10 days"""


@pytest.mark.parametrize("phrase", [one.strip() for one in STAYS.split("|")])
@pytest.mark.parametrize("frame", ["{}", "患者{}。", "He has {}, as before.", "查体：{}，余无殊"])
def test_scores_doses_durations_and_genes_stay(phrase: str, frame: str) -> None:
    assert found_in(frame.format(phrase)) == []


@given(st.integers(1, 5), st.integers(0, 5))
def test_muscle_strength_stays_whatever_the_grade(a: int, b: int) -> None:
    assert found_in(f"Strength {a}/5 in the right arm and {b}/5 in the left; 肌力{a}/5") == []


@given(DAYS, DAYS, st.sampled_from(sorted(FULL)), st.integers(1, 52))
def test_whatever_is_found_can_be_shifted(a: date, b: date, name: str, weeks: int) -> None:
    for text in found_in(f"于{FULL[name](a)}入院，{FULL[name](b)}出院；3月5日至8日高热，腊月初八好转"):
        moved = shifted(text, 7 * weeks, around=date(2020, 6, 1))
        assert moved is not None
        assert moved != text or weeks == 52


@pytest.mark.parametrize(
    "piece",
    ["1-", "1/", "2024年", "2024.", "三月", "Mar ", "周", "12 ", "出生", "0", "day ", "节", "3月5日、", "正月十"],
)
def test_time_is_linear_in_length(piece: str) -> None:
    def seconds(times: int) -> float:
        note = Note(piece * times, "zh")
        start = time.process_time()
        list(detector.find(note))
        return time.process_time() - start

    seconds(100)
    length = 100_000 // len(piece)
    small = min(seconds(length // 10) for _ in range(3))
    # Twenty times for ten times the length: twice what linear time takes, and a tenth of quadratic time.
    assert seconds(length) < 20 * max(small, 0.002)


def test_many_dates_do_not_slow_the_search() -> None:
    text = "2024年3月5日复查，March 5, 2024 labs; Tuesday. " * 2000
    findings: list[Finding] = list(detector.find(Note(text, "zh")))
    assert len(findings) == 6000
    assert not any(re.search(r"[，;.]$", text[one.start : one.end]) for one in findings)


@given(st.text("0123456789年月日号-/.: 三二十正腊初MarchmayT'〇闰农历周节 of\n", max_size=40))
def test_any_text_is_searched(text: str) -> None:
    note = Note(text, "zh")
    for one in detector.find(note):
        assert 0 <= one.start < one.end <= len(note.view.text)


def test_a_note_without_dates_gives_nothing() -> None:
    assert found_in("") == []
    assert found_in("心肺听诊无殊，腹软，无压痛。The abdomen is soft.") == []


def test_letters_that_grow_in_lower_case_do_not_move_positions() -> None:
    assert found_in("İİİ seen on March 5, 2024 by İ") == ["March 5, 2024"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("盗汗。曾于10-11在外院住院", "10-11"),
        ("规律服药；2.11-13来我院复诊", "11-13"),
        ("某院10-18的检查结果与我院相符", "10-18"),
        ("患者3.18就诊", "3.18"),
        ("余3-5复诊", "3-5"),
        ("末次月经3-18，孕9周", "3-18"),
        ("首次化疗10-18，耐受可", "10-18"),
        ("1周前（3-18）出现咳嗽", "3-18"),
        ("住院3-18日", "3-18"),
        ("采集时间：2020-10-806:30", "2020-10-806:30"),
        ("2021、3、18查血", "2021、3、18"),
        ("2021 03 18 门诊", "2021 03 18"),
    ],
)
def test_bare_days_in_chinese_notes(text: str, day: str) -> None:
    assert day in "".join(found_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "每次10-15分钟，每日10-12次，休息3-5日后复查",
        "1号Vicryl线缝合，淋巴结10-11枚，血钾低于3.18",
        "发热3.5日，体重10-12公斤，疼痛评分3-5分",
        "孕10-12周，10-15天后拆线，10-12℃保存",
    ],
)
def test_ranges_and_sizes_in_chinese_notes_stay(text: str) -> None:
    assert found_in(text) == []
