"""k-anonymity and linkage over small corpora whose answer can be counted by hand."""

from medgo.deid.proving.anonymity import Anonymity
from medgo.deid.proving.quasi import QuasiIdentifiers, quasi_identifiers


def one(age: str = "45", sex: str = "female", region: str = "", month: str = "") -> QuasiIdentifiers:
    return QuasiIdentifiers(age, sex, region, "", "", month)


def test_k_is_the_smallest_group() -> None:
    corpus = Anonymity()
    assert corpus.k == 0
    for record in [one(), one(), one(), one("50"), one("50"), one("90+")]:
        corpus.add(record)
    assert corpus.k == 1
    assert corpus.below(3) == 3
    assert corpus.below(1) == 0


def test_a_record_is_linkable_while_its_combination_is_its_own_and_unchanged() -> None:
    corpus = Anonymity()
    corpus.add(one("45"), before=one("45"))  # shared with the next one
    corpus.add(one("45"), before=one("45"))
    corpus.add(one("90+"), before=one("91"))  # changed
    corpus.add(one("30"), before=one("30"))  # its own
    assert corpus.linkable == 1


def test_the_field_that_tells_records_apart_is_named() -> None:
    corpus = Anonymity()
    for month in ("2024-01", "2024-02", "2024-03"):
        corpus.add(one(month=month))
    assert corpus.largest_field() == "month"


def test_quasi_identifiers_are_read_from_both_languages() -> None:
    zh = quasi_identifiers(
        "患者，女，47岁，因腹痛于2024年3月收入消化内科，现住浙江省。", lambda _: ["ORPHA:2", "ORPHA:1"]
    )
    assert zh == QuasiIdentifiers("45", "female", "浙江", "消化内科", "ORPHA:1 ORPHA:2", "2024-03")
    en = quasi_identifiers("A 90+-year-old man was seen in Cardiology.", lambda _: [])
    assert (en.age_band, en.sex, en.department) == ("90+", "male", "cardiology")
