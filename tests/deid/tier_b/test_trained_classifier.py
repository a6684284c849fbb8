"""A real token classifier, small and trained here on made notes, behind the plug-in: it finds what it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from transformers import BertTokenizerFast, RoFormerConfig, RoFormerForTokenClassification

from medgo.deid.classes import NAMES
from medgo.deid.deidentifier import Deidentifier, DetectorError
from medgo.deid.notes import generate_notes
from medgo.deid.notes.pools import Part
from medgo.deid.protection import ProtectedTerms
from medgo.deid.protocol import CERTAIN, Note
from medgo.deid.scoring import GoldNote
from medgo.deid.tier_b import tier_b
from medgo.deid.tier_b.token_classification import TokenClassificationDetector

pytestmark = pytest.mark.slow

# The classes that it learns, under the names that published models give them.
LABELS = {
    "name": "PATIENT", "name_relative": "PERSON", "name_clinician": "DOCTOR", "date": "DATE", "phone": "PHONE",
    "medical_record_number": "MEDICALRECORD", "address": "STREET", "hospital": "HOSPITAL",
}  # fmt: skip
TAGS = ["O", *(f"{place}-{label}" for label in LABELS.values() for place in "BI")]
WIDTH, WINDOW, BATCH, EPOCHS, NOTES = 64, 48, 16, 2, 120
RATE = 4e-3
# Shares of characters that are hidden in training: what stands around a name shall count, not its characters.
HIDDEN_IN_SPANS, HIDDEN = 0.5, 0.05


def tokenizer_of(notes: Sequence[GoldNote], folder: Path) -> BertTokenizerFast:
    letters = sorted({letter.lower() for note in notes for letter in note.text if not letter.isspace()})
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    words += [f"##{letter}" for letter in letters if letter.isascii()]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    return BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=WINDOW)


def examples(notes: Sequence[GoldNote], tokenizer: BertTokenizerFast) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows of tokens [windows, tokens] and their tags; -100 where nothing is asked."""
    tokens, tags = [], []
    for gold in notes:
        note = Note(gold.text, "zh")
        kinds = {at: (label, at == start) for start, end, label in gold.spans for at in range(start, end)}
        encoded = tokenizer(
            note.view.text, truncation=True, max_length=WINDOW, stride=16, padding="max_length",
            return_overflowing_tokens=True, return_offsets_mapping=True,
        )  # fmt: skip
        for window, offsets in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True):
            row = []
            for start, end in offsets:
                label, first = kinds.get(note.view.start(start), ("", False))
                tag = f"{'B' if first else 'I'}-{LABELS[label]}" if label in LABELS else "O"
                row.append(-100 if start == end else TAGS.index(tag))
            tokens.append(window)
            tags.append(row)
    return torch.tensor(tokens), torch.tensor(tags)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model on disk."""
    here = tmp_path_factory.mktemp("classifier")
    notes = list(generate_notes(NOTES, 3, "dev", "zh", []))
    tokenizer = tokenizer_of(notes, here)
    tokens, tags = examples(notes, tokenizer)
    random = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        # Rotary positions: what stands beside what is learnt within seconds.
        config = RoFormerConfig(
            vocab_size=len(tokenizer),
            embedding_size=WIDTH,
            hidden_size=WIDTH,
            num_hidden_layers=1,
            num_attention_heads=4,
            intermediate_size=2 * WIDTH,
            max_position_embeddings=WINDOW + 2,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            id2label=dict(enumerate(TAGS)),
            label2id={tag: n for n, tag in enumerate(TAGS)},
        )
        model = RoFormerForTokenClassification(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    steps = EPOCHS * (len(tokens) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.2)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(tokens), generator=random).split(BATCH):
            shown, share = tokens[rows].clone(), torch.where(tags[rows] > 0, HIDDEN_IN_SPANS, HIDDEN)
            shown[(torch.rand(shown.shape, generator=random) < share) & (shown > 4)] = 1
            loss = model(input_ids=shown, attention_mask=(shown != 0).long(), labels=tags[rows]).loss
            loss.backward()
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    model.save_pretrained(here)
    tokenizer.save_pretrained(here)
    return here


@pytest.fixture(scope="module")
def finder(folder: Path) -> Deidentifier:
    """The plug-in alone, chosen by its name as a user does, behind the gate."""
    return Deidentifier(tier_b((f"model:{folder}",)), ProtectedTerms())


@pytest.fixture(scope="module")
def unseen() -> list[GoldNote]:
    """Notes of templates, names and places that it was not trained on."""
    return list(generate_notes(8, 4, "test", "zh", []))


def names_of(gold: GoldNote) -> set[tuple[int, int]]:
    return {(start, end) for start, end, label in gold.spans if label in NAMES}


# What it was trained on were other notes of part "dev"; part "test" has other templates and names, too.
@pytest.mark.parametrize(("part", "least"), [("dev", 0.5), ("test", 0.1)])
def test_it_finds_names_in_other_notes_and_their_exact_places(finder: Deidentifier, part: Part, least: float) -> None:
    wanted = covered = exact = 0
    for gold in generate_notes(8, 4, part, "zh", []):
        findings = finder.find(Note(gold.text, "zh")).findings
        assert all(one.detector == "token_classification" and one.score < CERTAIN for one in findings)
        places = {(one.start, one.end) for one in findings}
        inside = {at for start, end in places for at in range(start, end)}
        names = names_of(gold)
        wanted += len(names)
        covered += sum(inside.issuperset(range(*name)) for name in names)
        exact += len(names & places)
    assert covered > least * wanted, (wanted, covered, exact)
    assert exact > 0.9 * covered, (wanted, covered, exact)


def test_clinical_terms_stay(finder: Deidentifier, unseen: list[GoldNote]) -> None:
    kept = touched = 0
    for gold in unseen:
        inside = {
            at for one in finder.find(Note(gold.text, "zh")).findings if one.label in NAMES
            for at in range(one.start, one.end)
        }  # fmt: skip
        for term in gold.keep:
            start = gold.text.lower().find(term.lower())
            kept += 1
            touched += not inside.isdisjoint(range(start, start + len(term)))
    assert touched <= 0.01 * kept


def test_a_long_note_is_read_to_its_end(finder: Deidentifier) -> None:
    # Templates that it knows: in every tenth there is a name that it finds, whatever order a machine adds numbers in.
    text = "\n".join(gold.text for gold in generate_notes(12, 4, "dev", "zh", []))
    starts = [one.start for one in finder.find(Note(text, "zh")).findings if one.label in NAMES]
    assert len(text) > 100 * WINDOW
    tenth = len(text) // 10
    assert all(any(n * tenth <= start < (n + 1) * tenth for start in starts) for n in range(10))


def test_a_model_that_crashes_holds_the_note_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = TokenClassificationDetector(folder)

    def crash(**_: object) -> None:
        raise RuntimeError("冼霁岚")

    monkeypatch.setattr(detector._model, "forward", crash)
    with pytest.raises(DetectorError) as error:
        Deidentifier([detector], ProtectedTerms()).find(Note("患者冼霁岚，女，45岁。", "zh"))
    assert "冼" not in str(error.value)
