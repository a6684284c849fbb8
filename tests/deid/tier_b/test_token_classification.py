"""A token classifier of two layers of arithmetic: a word it knows is a name, everything else is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

from medgo.deid.protocol import CERTAIN, Note
from medgo.deid.tier_b.token_classification import TokenClassificationDetector
from medgo.errors import ModelNotFoundError, UnsupportedRequestError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "quill", "##feather", "seen", "today", "by", ".", "mild"]


def save(folder: Path, labels: list[str]) -> Path:
    """A classifier that gives "quill" and "##feather" label 1 and all else label 0."""
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=32).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=0,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=32,
        id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)},
    )
    model = BertForTokenClassification(config)
    with torch.no_grad():
        for parameter in model.bert.embeddings.parameters():
            parameter.zero_()
        model.bert.embeddings.LayerNorm.weight.fill_(1)
        words = model.bert.embeddings.word_embeddings.weight
        words[:, 1] = 1.0
        words[5:7, 1] = 0.0
        words[5:7, 0] = 1.0
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        model.classifier.weight[1, 0] = 2.0
        model.classifier.weight[0, 1] = 2.0
    model.save_pretrained(folder)
    return folder


def found(folder: Path, text: str) -> list[tuple[str, str]]:
    detector = TokenClassificationDetector(folder)
    findings = list(detector.find(Note(text, "en")))
    assert all(one.score < CERTAIN for one in findings)
    return [(text[one.start : one.end], one.label) for one in findings]


def test_the_pieces_of_a_word_are_one_finding(tmp_path: Path) -> None:
    assert found(save(tmp_path, ["O", "B-PER"]), "seen by quillfeather today.") == [("quillfeather", "name")]


def test_every_window_of_a_long_note_is_read(tmp_path: Path) -> None:
    text = "seen today . " * 50 + "quillfeather " + "mild . " * 60
    names = found(save(tmp_path, ["O", "B-PER"]), text)
    assert set(names) == {("quillfeather", "name")}
    assert found(tmp_path, "   ") == []


def test_labels_that_nobody_knows_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedRequestError):
        TokenClassificationDetector(save(tmp_path, ["O", "B-VERB"]))


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        TokenClassificationDetector(tmp_path)
