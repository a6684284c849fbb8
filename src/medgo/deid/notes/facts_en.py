"""Everybody and everything that one English note names: drawn once, so that the note agrees with itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from medgo.deid.notes.facts_zh import Facts
from medgo.deid.notes.pieces import Piece
from medgo.deid.notes.pools import Part, pools_of
from medgo.deid.notes.values import Draw

_RELATIVES = {"male": ["wife", "son", "daughter", "brother"], "female": ["husband", "son", "daughter", "sister"]}
_OLDEST_UNMARKED = 89


class EnglishFacts:
    """Draws what a note names.

    Args:
        rng: Source of randomness.
        part: Which half of the pools.
        case: Clinical content, for the patient's age and sex.
    """

    def __init__(self, rng: np.random.Generator, part: Part, case: dict[str, Any]) -> None:
        self._draw = Draw(rng)
        self._pools = pools_of("en", part)
        self.age = self._draw.between(*case["ages"])
        self.sex = case.get("sex") or self._draw.choice(["male", "female"])
        self.admission = date(2018, 1, 1) + timedelta(days=self._draw.between(0, 2600))
        self._style = self._draw.choice(["%m/%d/%Y", "%Y-%m-%d", "%B %d, %Y", "%d %b %Y", "%m/%d/%y"])

    def slots(self) -> Facts:
        """Every slot but dates, as pieces."""
        return {**self._people(), **self._places(), **self._numbers()}

    def dated(self, kind: str, days: int) -> tuple[Piece, ...] | None:
        """A date slot: ``date`` or ``month`` (days or months after admission)."""
        if kind == "date":
            return (Piece((self.admission + timedelta(days=days)).strftime(self._style), "date"),)
        if kind == "month":
            months = self.admission.year * 12 + self.admission.month - 1 + days
            return (Piece(date(months // 12, months % 12 + 1, 1).strftime("%B %Y"), "date"),)
        return None

    def _people(self) -> Facts:
        draw, pools = self._draw, self._pools
        first, last = draw.choice(pools[self.sex]), draw.choice(pools["surnames"])
        title = "Mr." if self.sex == "male" else draw.choice(["Mrs.", "Ms."])
        relation = draw.choice(_RELATIVES[self.sex])
        relative_first = draw.choice(pools["female" if relation in {"wife", "daughter", "sister"} else "male"])
        relative = draw.choice([relative_first, f"{relative_first} {last}"])
        doctor = self._person()
        people: Facts = {
            "name": (Piece(f"{first} {last}", "name"),),
            "lower": (Piece(f"{first} {last}".lower(), "name"),),
            "lastfirst": (Piece(draw.choice([f"{last}, {first}", f"{last.upper()}, {first.upper()}"]), "name"),),
            "titled": (Piece(f"{title} "), Piece(last, "name")),
            "rel": (Piece(relation),),
            "relname": (Piece(relative, "name_relative"),),
            "dr1": (Piece(doctor, "name_clinician"),),
            "drlower": (Piece(doctor.split()[-1].lower(), "name_clinician"),),
            "sex": (Piece("man" if self.sex == "male" else "woman"),),
            "age": (Piece(f"{self.age}-year-old" if self.age <= _OLDEST_UNMARKED else ""),),
        }
        if self.age > _OLDEST_UNMARKED:
            people["age"] = (Piece(str(self.age), "age_over_89"), Piece("-year-old"))
        for slot in ("dr2", "dr3", "nurse", "nurse2"):
            people[slot] = (Piece(self._person(), "name_clinician"),)
        return people

    def _person(self) -> str:
        draw, pools = self._draw, self._pools
        return f"{draw.choice(pools[draw.choice(['male', 'female'])])} {draw.choice(pools['surnames'])}"

    def _places(self) -> Facts:
        draw, pools = self._draw, self._pools
        here, there = draw.sample(pools["hospitals"], 2)
        return {
            "address": (Piece(self._address(), "address"),),
            "address2": (Piece(self._address(), "address"),),
            "city": (Piece(draw.choice(pools["cities"]), "location"),),
            "work": (Piece(draw.choice(pools["works"]), "organisation"),),
            "hosp": (Piece(here, "hospital"),),
            "hosp2": (Piece(there, "hospital"),),
        }

    def _address(self) -> str:
        draw, pools = self._draw, self._pools
        unit = draw.choice(["", f", Apt {draw.between(1, 40)}{draw.letters(1)}", f" Unit {draw.between(1, 90)}"])
        street = f"{draw.between(2, 9800)} {draw.choice(pools['streets'])}{unit}"
        zip_code = f"{draw.between(1, 9)}{draw.digits(4)}"
        return f"{street}, {draw.choice(pools['cities'])}, {draw.choice(pools['states'])} {zip_code}"

    def _numbers(self) -> Facts:
        draw = self._draw
        birth = date(self.admission.year - self.age, draw.between(1, 12), draw.between(1, 28))
        account = f"{draw.letters(6).lower()}{draw.digits(2)}"
        return {
            "birth": (Piece(birth.strftime(self._style), "date"),),
            "mrn": (
                Piece(
                    draw.choice(
                        [
                            f"{draw.between(1, 9)}{draw.digits(6)}",
                            f"M{draw.digits(8)}",
                            f"{draw.digits(3)}-{draw.digits(2)}-{draw.digits(2)}",
                        ]
                    ),
                    "medical_record_number",
                ),
            ),
            "account": (Piece(draw.digits(9), "medical_record_number"),),
            "examno": (Piece(f"{draw.letters(2)}-{draw.digits(7)}", "medical_record_number"),),
            "bed": (
                Piece(
                    f"{draw.between(2, 9)}{draw.between(10, 48)}{draw.choice(['', 'A', 'B'])}", "medical_record_number"
                ),
            ),
            "insurance": (Piece(f"{draw.letters(3)}{draw.digits(9)}", "insurance_number"),),
            "ssn": (Piece(f"{draw.between(100, 665)}-{draw.between(10, 99)}-{draw.between(1000, 9999)}", "ssn"),),
            "phone": (Piece(self._phone(), "phone"),),
            "relphone": (Piece(self._phone(), "phone"),),
            "phone2": (Piece(self._phone(), "phone"),),
            "email": (Piece(f"{account}@{draw.choice(['gmail.com', 'outlook.com', 'mailbox.net'])}", "email"),),
            "serial": (Piece(f"{draw.letters(2)}{draw.digits(8)}", "device"),),
        }

    def _phone(self) -> str:
        draw = self._draw
        area, middle, last = draw.between(201, 989), draw.between(200, 999), draw.between(1000, 9999)
        return draw.choice(
            [
                f"({area}) {middle}-{last}",
                f"{area}-{middle}-{last}",
                f"{area}.{middle}.{last}",
                f"+1 {area} {middle} {last}",
            ]
        )
