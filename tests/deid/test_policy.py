"""Policies: whole, hashed by what they do, refused where they are not."""

from importlib.resources import files
from pathlib import Path

import pytest

from medgo.deid.classes import CLASSES
from medgo.deid.policy import POLICIES, accepted_policies, read_policy
from medgo.errors import InputError

SOURCE = files("medgo.deid").joinpath("policies", "safe_harbor.yaml").read_text("utf-8")


@pytest.mark.parametrize("name", POLICIES)
def test_built_in_policies_rule_every_class_and_keep_no_direct_identifier(name: str) -> None:
    policy = read_policy(name)
    assert policy.name == name
    assert set(policy.classes) == set(CLASSES)
    assert not [label for label in policy.kept if policy.classes[label].gbt37964 == "direct"]


def test_only_what_safe_harbor_does_not_list_is_kept_and_strict_keeps_nothing() -> None:
    assert read_policy().kept == {"age", "origin"}
    assert read_policy("strict").kept == frozenset()


def test_all_safe_harbor_letters_are_there() -> None:
    policy = read_policy()
    assert {rule.hipaa for label, rule in policy.classes.items() if label not in policy.kept} == set(
        "ABCDEFGHIJKLMNOPQR"
    )
    assert {policy.classes[label].hipaa for label in policy.kept} == {None}


def test_comments_do_not_change_the_hash_and_actions_do(tmp_path: Path) -> None:
    same, other = tmp_path / "same.yaml", tmp_path / "other.yaml"
    same.write_text("# another comment\n" + SOURCE, encoding="utf-8")
    other.write_text(SOURCE.replace("action: shift", "action: keep"), encoding="utf-8")
    assert read_policy(same).sha256 == read_policy().sha256
    assert accepted_policies([str(same)]) == accepted_policies(["safe_harbor"])
    assert read_policy(other).sha256 != read_policy().sha256


@pytest.mark.parametrize(
    "text",
    ["", "- a list", SOURCE.replace("  ssn: ", "  social: "), SOURCE.replace("action: shift", "action: shfit"), "\t{"],
)
def test_what_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no policy"):
        read_policy(path)


def test_a_policy_that_is_not_there_names_the_built_in_ones() -> None:
    with pytest.raises(InputError, match="safe_harbor"):
        read_policy("gdpr")
