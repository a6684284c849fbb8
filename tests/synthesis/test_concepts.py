"""What is held out is held out as a whole, and rows made for training never name it."""

from itertools import islice

import numpy as np
import pytest

from medgo.knowledge import open_knowledge
from medgo.schema import Fact
from medgo.synthesis.concepts import Concepts, Part
from medgo.synthesis.generators.cases import ComplexCases
from medgo.synthesis.generators.multiple_choice import MultipleChoice
from medgo.synthesis.generators.records import CaseRecords
from medgo.synthesis.generators.safety import Safety
from medgo.synthesis.generators.terminology import Terminology
from medgo.synthesis.keeping import Keeper
from medgo.synthesis.protocol import Draft, Generator, Source
from medgo.synthesis.recipe import KeepRecipe
from tests.synthesis.rows import Lenient

KINDS = {"preferred": 0.6, "translation": 0.4}


def drafts(generator: Generator, part: Part, count: int = 60) -> list[Draft]:
    source = Source(open_knowledge(), seed="s", concepts=Concepts(part=part, share=0.2))
    return list(islice(generator.rows(source, np.random.default_rng(4)), count))


def test_the_side_depends_on_the_id_alone_and_the_share_is_met() -> None:
    ids = [f"HP:{number:07d}" for number in range(20_000)]
    held = [one for one in ids if Concepts(share=0.2).held_out(one)]
    assert 0.19 < len(held) / len(ids) < 0.21
    assert held == [one for one in reversed(ids) if Concepts(part="train", share=0.2).held_out(one)][::-1]
    assert held != [one for one in ids if Concepts(share=0.2, seed=1).held_out(one)]
    # A larger share holds out the same ones and more.
    assert set(held) < {one for one in ids if Concepts(share=0.3).held_out(one)}


def test_parts_share_nothing_and_leave_nothing_out() -> None:
    ids = [f"DISEASE:{number}" for number in range(500)]
    train, held = (Concepts(part=part) for part in ("train", "held_out"))
    assert all(train.take(one) != held.take(one) for one in ids)
    assert all(Concepts().take(one) and Concepts().may_name(one) for one in ids)


@pytest.mark.parametrize("generator", [Terminology(kinds=KINDS), MultipleChoice()], ids=lambda one: one.name)
def test_rows_for_training_name_nothing_that_is_held_out(generator: Generator) -> None:
    concepts = Concepts(part="train", share=0.2)

    def kept(made: list[Draft]) -> list[Draft]:
        keeper = Keeper(KeepRecipe(), Lenient(), concepts=concepts)
        return [draft for draft in made if keeper.refusal(draft) is None]

    made = drafts(generator, "train")
    assert not any(concepts.foreign(draft.evidence.facts) for draft in kept(made))
    # Generators keep to the part themselves, so that little is refused; without the part most rows would be.
    assert len(kept(made)) > 2 * len(kept(drafts(generator, "all"))) or len(kept(made)) > 0.9 * len(made)


def test_held_out_rows_are_about_held_out_concepts() -> None:
    concepts = Concepts(part="held_out", share=0.2)
    for draft in drafts(Terminology(kinds=KINDS), "held_out"):
        assert concepts.held_out(draft.evidence.facts[0].concept)
    for generator in (CaseRecords(), ComplexCases(kinds=("common",))):
        for draft in drafts(generator, "held_out", 20):
            truth = next(fact for fact in draft.evidence.facts if fact.attributes.get("truth"))
            assert concepts.held_out(truth.concept)


def test_a_topic_of_a_policy_is_on_one_side_in_both_languages() -> None:
    sides = {
        part: {draft.evidence.labels["topic"] for draft in drafts(Safety(families={"emergency": 1}), part, 200)}
        for part in ("train", "held_out")
    }
    assert sides["train"].isdisjoint(sides["held_out"])
    assert min(map(len, sides.values())) > 2


def test_a_patients_findings_are_no_names() -> None:
    train = Concepts(part="train", share=0.999)
    facts = [Fact("f1", "sign", "HP:0001945"), Fact("f2", "lab", "LAB:sodium"), Fact("f3", "age", value="4")]
    assert train.foreign(facts) == ""
    assert train.foreign([*facts, Fact("f4", "diagnosis", "DISEASE:influenza")]) == "DISEASE:influenza"
