"""Everybody and everything that one Chinese note names: drawn once, so that the note agrees with itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from medgo.deid.notes.pieces import Piece
from medgo.deid.notes.pools import Part, pools_of
from medgo.deid.notes.values import Draw

_RELATIVES = {
    "male": ["妻子", "儿子", "女儿", "弟弟", "侄子"],
    "female": ["丈夫", "儿子", "女儿", "妹妹", "外甥女"],
    "child": ["母亲", "父亲", "祖母"],
}
_OLDEST_UNMARKED = 89
_ADULT = 18
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_AREAS = ("330106", "420102", "510104", "410105", "610103", "440305", "210102", "530103", "370202", "360103")
_NUMERALS = str.maketrans("0123456789", "〇一二三四五六七八九")

Facts = dict[str, tuple[Piece, ...]]


class ChineseFacts:
    """Draws what a note names.

    Args:
        rng: Source of randomness.
        part: Which half of the pools.
        case: Clinical content, for the patient's age and sex.
    """

    def __init__(self, rng: np.random.Generator, part: Part, case: dict[str, Any]) -> None:
        self._draw = Draw(rng)
        self._pools = pools_of("zh", part)
        self.age = self._draw.between(*case["ages"])
        self.sex = case.get("sex") or self._draw.choice(["male", "female"])
        self.admission = date(2019, 1, 1) + timedelta(days=self._draw.between(0, 2300))
        self._style = self._draw.choice(["%Y-%m-%d", "%Y年%m月%d日", "%Y/%m/%d", "%Y.%m.%d", "numeral", "short"])

    def slots(self) -> Facts:
        """Every slot but dates, as pieces."""
        return {**self._people(), **self._places(), **self._numbers(), **self._plain()}

    def dated(self, kind: str, days: int) -> tuple[Piece, ...] | None:
        """A date slot: ``date``, ``day`` or ``month`` days after admission (months and years for those kinds)."""
        if kind == "date":
            return (Piece(self._written(self.admission + timedelta(days=days)), "date"),)
        if kind == "day":
            day = self.admission + timedelta(days=days)
            return (Piece(self._draw.choice([f"{day.month}月{day.day}日", f"{day.month:02}-{day.day:02}"]), "date"),)
        if kind == "month":
            months = self.admission.year * 12 + self.admission.month - 1 + days
            return (Piece(f"{months // 12}年{months % 12 + 1}月", "date"),)
        if kind == "year":
            return (Piece(f"{self.admission.year + days}"),)
        return None

    def _written(self, day: date) -> str:
        if self._style == "numeral":
            year = str(day.year).translate(_NUMERALS)
            return f"{year}年{_counted(day.month)}月{_counted(day.day)}日"
        if self._style == "short":
            return f"{day.year}-{day.month}-{day.day}"
        return day.strftime(self._style)

    def _people(self) -> Facts:
        draw = self._draw
        surname = draw.choice(self._pools["surnames"])
        name = surname + draw.choice(self._pools[self.sex])
        kin = _RELATIVES["child" if self.age < _ADULT else self.sex]
        relation = draw.choice(kin)
        shared = relation in {"儿子", "女儿", "弟弟", "妹妹", "侄子", "父亲"} and self.sex == "male"
        relative = (surname if shared else draw.choice(self._pools["surnames"])) + self._given()
        short = draw.choice(
            [
                name,
                f"{surname}某",
                f"{surname}某某",
                f"老{surname}" if len(surname) == 1 and self.age >= _ADULT else name,
            ]
        )
        people: Facts = {
            "name": (Piece(name, "name"),),
            "short": (Piece(short, "name"),),
            "rel": (Piece(relation),),
            "relname": (Piece(relative, "name_relative"),),
        }
        for slot in ("dr1", "dr2", "dr3", "dr4", "nurse", "nurse2"):
            people[slot] = (Piece(draw.choice(self._pools["surnames"]) + self._given(), "name_clinician"),)
        return people

    def _given(self) -> str:
        return self._draw.choice(self._pools[self._draw.choice(["male", "female"])])

    def _places(self) -> Facts:
        draw, pools = self._draw, self._pools
        province, city, district = (
            draw.choice(pools["provinces"]),
            draw.choice(pools["cities"]),
            draw.choice(pools["districts"]),
        )
        here, there = draw.sample(pools["hospitals"], 2)
        return {
            "address": (Piece(self._address(province, city, district), "address"),),
            "native": (Piece(draw.choice([province + city, province.removesuffix("省") + city]), "location"),),
            "birthplace": (Piece(province + city + (district if draw.chance(0.5) else ""), "location"),),
            "work": (Piece(draw.choice(pools["works"]), "organisation"),),
            "hosp": (Piece(here, "hospital"),),
            "hosp2": (Piece(there, "hospital"),),
        }

    def _address(self, province: str, city: str, district: str) -> str:
        draw, pools = self._draw, self._pools
        if draw.chance(0.35):
            group = draw.choice([f"{draw.between(1, 9)}组", f"{draw.between(10, 180)}号", ""])
            return province + city + district + draw.choice(pools["towns"]) + draw.choice(pools["villages"]) + group
        road = f"{draw.choice(pools['roads'])}{draw.between(1, 899)}号"
        home = draw.choice(pools["estates"])
        room = draw.choice(
            [
                f"{draw.between(1, 30)}栋{draw.between(1, 6)}单元{draw.between(1, 18)}0{draw.between(1, 6)}室",
                f"{draw.between(1, 30)}号楼{draw.between(101, 1806)}",
                f"{draw.between(1, 30)}-{draw.between(1, 4)}-{draw.between(101, 906)}",
            ]
        )
        lead = draw.choice([province + city, city, province + " " + city + " "])
        return lead + district + draw.choice([road, road + home + room, home + room])

    def _numbers(self) -> Facts:
        draw = self._draw
        year = self.admission.year
        return {
            "idcard": (Piece(self._id_card(self.admission.year - self.age, self.sex == "male"), "id_card"),),
            "relid": (Piece(self._id_card(self.admission.year - draw.between(25, 65), draw.chance(0.5)), "id_card"),),
            "phone": (Piece(self._mobile(), "phone"),),
            "relphone": (Piece(self._mobile(), "phone"),),
            "phone2": (Piece(f"0{draw.between(310, 998)}-{draw.between(2, 8)}{draw.digits(6)}", "phone"),),
            "insurance": (Piece(draw.choice([draw.digits(12), f"YB{draw.digits(10)}"]), "insurance_number"),),
            "mrn": (
                Piece(
                    draw.choice(
                        [f"ZY{draw.digits(10)}", f"{draw.between(1, 9)}{draw.digits(6)}", f"{year}{draw.digits(6)}"]
                    ),
                    "medical_record_number",
                ),
            ),
            "outp": (Piece(f"MZ{draw.digits(9)}", "medical_record_number"),),
            "examno": (
                Piece(f"{draw.choice(['CT', 'MR', 'DR', 'US'])}{year}{draw.digits(6)}", "medical_record_number"),
            ),
            "specno": (Piece(draw.choice([draw.digits(12), f"S{draw.digits(8)}"]), "medical_record_number"),),
            "pathno": (Piece(f"{draw.choice(['B', 'P', 'BL'])}{year}-{draw.digits(5)}", "medical_record_number"),),
            "account": (Piece(draw.digits(10), "medical_record_number"),),
            "bed": (
                Piece(draw.choice([str(draw.between(1, 68)), f"+{draw.between(1, 9)}"]), "medical_record_number"),
                Piece("床"),
            ),
            "serial": (Piece(f"{draw.letters(3)}{draw.digits(7)}", "device"),),
            "plate": (Piece(f"{draw.choice(['浙', '鄂', '川', '豫'])}{draw.letters(1)}{draw.digits(5)}", "vehicle"),),
            "wechat": (Piece(f"wx_{draw.letters(4).lower()}{draw.digits(4)}", "social_account"),),
            "email": (
                Piece(
                    f"{draw.letters(6).lower()}{draw.digits(3)}@{draw.choice(['163.com', 'qq.com', 'sina.cn'])}",
                    "email",
                ),
            ),
        }

    def _plain(self) -> Facts:
        over = self.age > _OLDEST_UNMARKED
        return {
            "sex": (Piece("男" if self.sex == "male" else "女"),),
            "age": (Piece(str(self.age), "age_over_89" if over else None), Piece("岁")),
            "maker": (Piece(self._draw.choice(self._pools["makers"])),),
        }

    def _mobile(self) -> str:
        draw = self._draw
        number = f"1{draw.choice(['3', '5', '7', '8', '9'])}{draw.digits(9)}"
        return draw.choice(
            [number, number, f"{number[:3]} {number[3:7]} {number[7:]}", f"{number[:3]}-{number[3:7]}-{number[7:]}"]
        )

    def _id_card(self, year: int, male: bool) -> str:
        draw = self._draw
        order = draw.between(0, 49) * 2 + male
        birth = f"{year:04}{draw.between(1, 12):02}{draw.between(1, 28):02}"
        body = f"{draw.choice(_AREAS)}{birth}{draw.between(0, 9)}{order:02}"
        return (
            body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True)) % 11]
        )


def _counted(number: int) -> str:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else f"{digits[tens]}十") + (digits[ones] if ones else "")
