"""Counts that hold counts come out as JSON with their own names."""

from __future__ import annotations

import json

from medgo.training.rows.account import TaskAccount
from medgo.training.rows.gates import Refusal
from medgo.training.rows.reviews import ReviewCount


def test_what_was_the_matter_is_counted_by_name() -> None:
    account = TaskAccount()
    account.refuse(Refusal.LICENCE, "row", "GPL-3.0 (elsewhere)")
    value = json.loads(json.dumps(account.to_dict()))
    assert value["refused"]["licence"]["details"] == {"GPL-3.0 (elsewhere)": 1}


def test_verdicts_are_counted_by_name() -> None:
    count = ReviewCount(reviews=1)
    count.verdicts["accept"] += 1
    assert json.loads(json.dumps(count.to_dict()))["verdicts"] == {"accept": 1}
