import json
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from medgo.deid.policy import read_policy
from medgo.errors import CertificateError, RecipeError
from medgo.schema import ClinicalRecord, Document, SourceRef
from medgo.synthesis import datasets
from medgo.synthesis.datasets import Dataset
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.shelf import Shelf, find_places
from tests.support.issuer import Issuer

TODAY = date(2026, 11, 22)


def _read(path: Path) -> Iterator[Document | ClinicalRecord]:
    for line in path.read_text(encoding="utf-8").splitlines():
        value = json.loads(line)
        ref = SourceRef(str(value["id"]), "own", "MIT")
        if "synthetic" in value:
            yield ClinicalRecord(ref, "zh", {"chief_complaint": "咳嗽3天"}, "outpatient_record", value["synthetic"])
        else:
            yield Document(ref, "en", f"text {value['id']}")


@pytest.fixture(autouse=True)
def _datasets(monkeypatch: pytest.MonkeyPatch) -> None:
    def own(name: str, holds: str) -> Dataset:
        return Dataset(name, "Ours", "MIT", "https://example.org", ("zh", "en"), holds, _read)

    monkeypatch.setattr(datasets, "DATASETS", (own("papers", "documents"), own("wards", "records")))


def recipe(**changes: Any) -> Recipe:
    base = {"name": "x", "output": "x", "sets": {"stage1": {"rows": 1, "mix": [{"generator": "a", "weight": 1}]}}}
    return Recipe.model_validate({**base, **changes})


def rows(path: Path, *values: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def test_shards_share_the_documents_out_without_loss_or_repetition(tmp_path: Path) -> None:
    path = rows(tmp_path / "p.jsonl", *({"id": n} for n in range(10)))
    places, _ = find_places(recipe(documents=[{"dataset": "papers", "path": str(path), "limit": 8}]), today=TODAY)
    parts = [[d.ref.id for d in Shelf(places, part, 3).documents()] for part in range(3)]
    assert sorted((id_ for part in parts for id_ in part), key=int) == [str(n) for n in range(8)]
    assert [len(part) for part in parts] == [3, 3, 2]
    assert list(Shelf(places).records()) == []


def test_synthetic_records_that_say_so_pass_and_others_do_not(tmp_path: Path) -> None:
    path = rows(tmp_path / "r.jsonl", {"id": 1, "synthetic": True}, {"id": 2, "synthetic": False})
    asked = {"dataset": "wards", "path": str(path)}
    with pytest.raises(CertificateError, match="the record 2 is not synthetic"):
        find_places(recipe(records=[asked]), today=TODAY)
    places, _ = find_places(recipe(records=[{**asked, "limit": 1}]), today=TODAY)
    assert [record.certificate for record in Shelf(places).records()] == [""]


def test_records_under_a_valid_certificate_carry_its_id(tmp_path: Path) -> None:
    path = rows(tmp_path / "r.jsonl", {"id": 2, "synthetic": False})
    issuer = Issuer(tmp_path, "hospital")
    certificate = issuer.issue(path, records=1)
    asked = recipe(records=[{"dataset": "wards", "path": str(path)}], trusted_keys=[str(issuer.pem)])
    places, _ = find_places(asked, today=TODAY)
    assert [record.certificate for record in Shelf(places).records()] == [certificate.id]


def test_a_file_that_is_changed_while_it_is_read_gives_nothing_more(tmp_path: Path) -> None:
    path = rows(tmp_path / "r.jsonl", {"id": 1, "synthetic": False}, {"id": 2, "synthetic": False})
    issuer = Issuer(tmp_path, "hospital")
    issuer.issue(path)
    asked = recipe(records=[{"dataset": "wards", "path": str(path)}], trusted_keys=[str(issuer.pem)])
    places, _ = find_places(asked, today=TODAY)
    records = Shelf(places).records()
    next(records)
    rows(path, {"id": 1, "synthetic": False}, {"id": 3, "synthetic": False})
    with pytest.raises(CertificateError, match="was changed"):
        list(records)
    with pytest.raises(CertificateError, match="was changed"):
        next(Shelf(places).records())


def test_a_certificate_of_another_number_of_records_is_refused(tmp_path: Path) -> None:
    path = rows(tmp_path / "r.jsonl", {"id": 1, "synthetic": True})
    issuer = Issuer(tmp_path, "hospital")
    issuer.issue(path, records=2)
    asked = recipe(records=[{"dataset": "wards", "path": str(path)}], trusted_keys=[str(issuer.pem)])
    with pytest.raises(CertificateError, match="holds 1 records"):
        find_places(asked, today=TODAY)
    with pytest.raises(CertificateError, match="no file"):
        find_places(recipe(records=[{"dataset": "wards", "path": str(tmp_path)}]), today=TODAY)


def test_a_certificate_that_does_not_hold_stops_the_run_even_for_synthetic_records(tmp_path: Path) -> None:
    path = rows(tmp_path / "r.jsonl", {"id": 1, "synthetic": True})
    issuer = Issuer(tmp_path, "hospital")
    issuer.issue(path)
    rows(path, {"id": 1, "synthetic": True}, {"id": 9, "synthetic": True})
    asked = recipe(records=[{"dataset": "wards", "path": str(path)}], trusted_keys=[str(issuer.pem)])
    with pytest.raises(CertificateError, match="another hash"):
        find_places(asked, today=TODAY)


def test_what_is_missing_stops_the_run_unless_it_is_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    for path in (str(tmp_path / "nowhere"), "${MEDGO_DATA}/nowhere"):
        with pytest.raises(RecipeError):
            find_places(recipe(documents=[{"dataset": "papers", "path": path}]), today=TODAY)
        optional = recipe(documents=[{"dataset": "papers", "path": path, "optional": True}])
        places, missing = find_places(optional, today=TODAY)
        assert places == ()
        assert len(missing) == 1
        assert missing[0].startswith("papers: ")
    with pytest.raises(RecipeError, match="no reader"):
        find_places(recipe(documents=[{"dataset": "paper", "path": "x"}]), today=TODAY)


@pytest.mark.parametrize(
    ("issued", "why"),
    [({"policy_sha256": "f" * 64}, "policy"), ({"expires": "2026-01-02"}, "expired"), ({"passed": False}, "not what")],
)
def test_another_policy_an_expired_and_a_failed_certificate_are_refused(
    tmp_path: Path, issued: dict[str, Any], why: str
) -> None:
    path = rows(tmp_path / "r.jsonl", {"id": 1, "synthetic": False})
    issuer = Issuer(tmp_path, "hospital")
    issuer.issue(path, records=1, **issued)
    asked = recipe(records=[{"dataset": "wards", "path": str(path)}], trusted_keys=[str(issuer.pem)])
    with pytest.raises(CertificateError, match=why):
        find_places(asked, today=TODAY)


def test_a_policy_file_that_the_recipe_names_is_accepted(tmp_path: Path) -> None:
    policy = tmp_path / "own.yaml"
    built_in = files("medgo.deid").joinpath("policies", "safe_harbor.yaml").read_text("utf-8")
    policy.write_text(built_in.replace("name: safe_harbor", "name: own"), encoding="utf-8")
    path = rows(tmp_path / "r.jsonl", {"id": 1, "synthetic": False})
    issuer = Issuer(tmp_path, "hospital")
    issuer.issue(path, records=1, policy_sha256=read_policy(policy).sha256)
    records, keys = [{"dataset": "wards", "path": str(path)}], [str(issuer.pem)]
    with pytest.raises(CertificateError, match="policy"):
        find_places(recipe(records=records, trusted_keys=keys), today=TODAY)
    find_places(recipe(records=records, trusted_keys=keys, policies=[str(policy)]), today=TODAY)
