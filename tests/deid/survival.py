"""Carriers, values and layouts of the survival test. Nobody in them exists; no value stands in a lexicon as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from medgo.deid.classes import NAMES
from medgo.schema import Lang

Pieces = list[tuple[str, str | None]]
Layout = Callable[[Pieces], Pieces]
_SLOT = re.compile(r"\{(\w+)\}")
_HAN = "\u3400-\u9fff"


@dataclass(frozen=True)
class Carrier:
    """A text with slots for identifiers.

    Args:
        lang: Its language.
        text: With ``{class}`` where an identifier belongs; ``{en_name}`` takes an English one.
        terms: Clinical words that have to stay.
    """

    lang: Lang
    text: str
    terms: tuple[str, ...]


VALUES: dict[str, tuple[str, ...]] = {
    "name": ("郗若彤", "蒯沛霖", "令狐岫", "仝雨霁", "逄亦菲", "蔺思齐", "苌建树", "亓官墨"),
    "name_relative": ("郗承嗣", "冼桂蓉", "佘冬梅", "夏侯毅", "麴志远", "邰秀琴"),
    "name_clinician": ("蒯沛", "尉迟澄", "逯晓峰", "仉文博", "昝丽萍", "桓温如"),
    "en_name": ("Oswyn Tredgold", "Ysolde Carrowmore", "Benedikt Haugland", "Marigny Duquette"),
    "en_doctor": ("Tredinnick", "Haugland", "Okonjo-Vance", "Sallowfield"),
    "address": (
        "浙江省衢州市柯城区荷五路318弄9号楼2单元1104室",
        "湖北省荆州市沙市区便河西路52号",
        "贵州省毕节市纳雍县雍熙镇坪箐村3组",
    ),
    "en_address": ("4417 Quillfeather Lane, Apt 12B", "209 N. Thornmere Avenue"),
    "hospital": ("衢州市第三人民医院", "荆陵医科大学附属第二医院", "纳雍县中医院"),
    "organisation": ("衢州恒远轴承有限公司", "荆州市第九中学"),
    "phone": ("13790017788", "0570-3051188", "+86 186-2013-7745"),
    "en_phone": ("(614) 555-0173", "740-555-0126"),
    "date": ("2021-03-05", "2021年11月23日", "2021.7.9", "二〇二一年三月五日"),
    "en_date": ("03/15/2021", "March 15, 2021", "2021-03-15"),
    "id_card": ("330802197203154417", "42100319880921162X"),
    "medical_record_number": ("A0034455", "2021038817", "ZY-7720341"),
    "insurance_number": ("330800199203317", "YB2203981176"),
    "email": ("xi.ruotong77@mailbox.example", "kuaipei@hospital.example"),
    "social_account": ("wx_ruotong1972",),
    "vehicle": ("浙H7K392", "鄂D·39L07"),
    "bank_account": ("6222021208009934417",),
    "ssn": ("536-22-8714",),
    "age_over_89": ("93岁", "九十一岁"),
}

CARRIERS: tuple[Carrier, ...] = (
    Carrier(
        "zh",
        "姓名：{name}  性别：女  年龄：56岁\n住院号：{medical_record_number}  联系电话：{phone}\n"
        "诊断：2型糖尿病伴周围神经病变。",
        ("2型糖尿病", "周围神经病变"),
    ),
    Carrier(
        "zh",
        "身份证号：{id_card}，医保卡号：{insurance_number}，现住址：{address}。主诉：反复胸闷3天，既往有帕金森病。",
        ("反复胸闷3天", "帕金森病"),
    ),
    Carrier(
        "zh",
        "患者{name}，男，61岁，{date}因冠心病在{hospital}行PCI术，口服阿司匹林100mg qd。",
        ("冠心病", "PCI术", "阿司匹林100mg"),
    ),
    Carrier("zh", "家属{name_relative}陪同，电话{phone}，工作单位：{organisation}，诉间断腹泻。", ("间断腹泻",)),
    Carrier(
        "zh",
        "主治医师：{name_clinician}\n报告日期：{date}\n心电图示窦性心律，Murphy征阴性。",
        ("窦性心律", "Murphy征阴性"),
    ),
    Carrier("zh", "{name_clinician}主任医师查房后指示：继续予头孢曲松抗感染，复查血常规。", ("头孢曲松", "血常规")),
    Carrier("zh", "患者现年{age_over_89}，由其女{name_relative}代诉，诊断阿尔茨海默病。", ("阿尔茨海默病",)),
    Carrier(
        "zh",
        "联系人：{name_relative}，微信号：{social_account}，邮箱：{email}，车牌：{vehicle}。肝硬化失代偿期。",
        ("肝硬化失代偿期",),
    ),
    Carrier("zh", "银行卡号：{bank_account}，户名：{name}。行腹腔镜胆囊切除术。", ("腹腔镜胆囊切除术",)),
    Carrier(
        "zh",
        "患者{en_name}，女，MRN：{medical_record_number}，{date}查MRI示T2WI高信号，予levodopa 100mg。",
        ("MRI", "T2WI高信号", "levodopa 100mg"),
    ),
    Carrier(
        "en",
        "Patient: {en_name}\nMRN: {medical_record_number}\nDOB: {en_date}\nDiagnosis: Hashimoto thyroiditis.",
        ("Hashimoto thyroiditis",),
    ),
    Carrier(
        "en",
        "Seen by Dr. {en_doctor} on {en_date}; phone {en_phone}. Started metformin 500 mg for type 2 diabetes.",
        ("metformin 500 mg", "type 2 diabetes"),
    ),
    Carrier(
        "en",
        "Address: {en_address}\nSSN: {ssn}\nEmail: {email}\nPositive Babinski sign, on Lasix 40 mg.",
        ("Babinski sign", "Lasix 40 mg"),
    ),
    Carrier(
        "en",
        "Mr. {en_name} was admitted on {en_date} with Parkinson disease. His wife 郗若彤 can be reached at {en_phone}.",
        ("Parkinson disease",),
    ),
)


def filled(carrier: Carrier, pick: Callable[[Sequence[str]], str]) -> Pieces:
    """A carrier with a value in each slot."""
    pieces: Pieces = []
    at = 0
    for slot in _SLOT.finditer(carrier.text):
        pieces += [(carrier.text[at : slot.start()], None), (pick(VALUES[slot[1]]), slot[1])]
        at = slot.end()
    return [*pieces, (carrier.text[at:], None)]


def _on_values(change: Callable[[str], str]) -> Layout:
    return lambda pieces: [(change(text) if label else text, label) for text, label in pieces]


def _on_text(change: Callable[[str], str]) -> Layout:
    return lambda pieces: [(text if label else change(text), label) for text, label in pieces]


def _on_all(change: Callable[[str], str]) -> Layout:
    return lambda pieces: [(change(text), label) for text, label in pieces]


def _wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def _spaced(pieces: Pieces) -> Pieces:
    done: Pieces = []
    for text, label in pieces:
        lines = ["   ".join(" ".join(word) for word in re.split(" +", line)) for line in text.split("\n")]
        done += [("\n".join(lines), label), (" ", None)]
    return done


def _wrapped(pieces: Pieces) -> Pieces:
    """Lines of 40 characters that start with a sentence of their own, broken between Chinese characters."""
    done: Pieces = [("入院后完善相关检查，予补液、抗感染等对症支持治疗，病情较前好转，继续观察。", None)]
    column = len(done[0][0])
    for text, label in pieces:
        letters = ""
        for one in text:
            if column >= 40 and re.match(f"[{_HAN}]", one) and letters[-1:] and re.match(f"[{_HAN}]", letters[-1]):
                letters += "\n"
                column = 0
            column = 0 if one == "\n" else column + 1
            letters += one
        done.append((letters, label))
    return done


def _broken_names(pieces: Pieces) -> Pieces:
    names = (*NAMES, "en_name")
    return [
        ((text.replace(" ", "\n", 1) if " " in text else f"{text[:1]}\n{text[1:]}") if label in names else text, label)
        for text, label in pieces
    ]


def _around(left: str, right: str) -> Layout:
    return lambda pieces: [
        one
        for text, label in pieces
        for one in (((left, None), (text, label), (right, None)) if label else ((text, None),))
    ]


def _again(pieces: Pieces) -> Pieces:
    """Every name and number once more at the end, without a label."""
    whole = [one for one in pieces if one[1] and len(one[0]) > 2 and "date" not in one[1] and "age" not in one[1]]
    return [*pieces, ("\n", None), *(part for one in whole for part in ((" 再次核对 ", None), one)), ("。", None)]


def _traditional(text: str) -> str:
    return "".join(_converter().convert(one) if re.match(f"[{_HAN}]", one) else one for one in text)


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2t")


LAYOUTS: dict[str, Layout] = {
    "plain": lambda pieces: pieces,
    "full_width": _on_values(_wide),
    "full_width_text": _on_all(_wide),
    "zero_width": _on_values("\u200b".join),
    "recognised": _spaced,
    "table": _on_text(lambda text: re.sub(r"  +|[，,] ?", "\t", re.sub("[:：] ?", "\t", text))),
    "columns": _on_text(lambda text: re.sub(r"  +|[，,] ?", " | ", text)),
    "no_punctuation": _on_text(lambda text: re.sub("[，。；、,;]", " ", text)),
    "no_colon": _on_text(lambda text: re.sub("[:：] ?", " ", text)),
    "no_label_gap": _on_text(lambda text: re.sub("：", "", text)),
    "value_on_next_line": _on_text(lambda text: re.sub("([:：]) ?", r"\1\n", text)),
    "broken_names": _broken_names,
    "wrapped": _wrapped,
    "one_line": _on_text(lambda text: text.replace("\n", " ")),
    "traditional": _on_all(_traditional),
    "upper": _on_all(str.upper),
    "in_brackets": _around("【", "】"),
    "in_quotes": _around("“", "”"),
    "repeated": _again,
    "listed": lambda pieces: [("1. ", None), *_on_text(lambda text: text.replace("\n", "\n2. "))(pieces)],
    "padded": _on_text(lambda text: re.sub("([:：])", r" \1  ", text)),
    "ideographic_space": _on_text(lambda text: re.sub("[ ，]", "\u3000", text)),
    "html": _around("<b>", "</b>"),
    "underlined": _around("__", "__"),
}
