"""Any local token classifier of transformers as a detector. Knows how such models name their labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from medgo.deid.classes import CLASSES, IdentifierClass
from medgo.deid.protocol import CERTAIN, Finding, Note
from medgo.deid.tier_b.weighing import ModelDetector
from medgo.errors import EngineUnavailableError, ModelNotFoundError, UnsupportedRequestError

# Labels of published models, without B-, I- and the like, in lower case.
LABELS: Mapping[str, IdentifierClass] = {
    **{one: one for one in CLASSES},
    **dict.fromkeys(("per", "person", "patient", "patientname", "name_patient", "first_name", "last_name"), "name"),
    **dict.fromkeys(("doctor", "staff", "hcw", "clinician", "physician"), "name_clinician"),
    **dict.fromkeys(("loc", "gpe", "city", "location_other", "location-other", "county"), "location"),
    **dict.fromkeys(("street", "streetaddress", "street_address", "fac"), "address"),
    **dict.fromkeys(("org", "organization", "vendor", "company"), "organisation"),
    **dict.fromkeys(("zip", "zipcode", "postcode"), "zip_code"),
    **dict.fromkeys(("hosp", "hospital_name"), "hospital"),
    **dict.fromkeys(("date_time", "dob", "date_of_birth"), "date"),
    **dict.fromkeys(("telephone", "phone_number", "phonenumber"), "phone"),
    **dict.fromkeys(("medicalrecord", "mrn", "medical_record"), "medical_record_number"),
    **dict.fromkeys(("id", "idnum", "other", "unique_id"), "other_id"),
    **dict.fromkeys(("e-mail", "email_address"), "email"),
    **dict.fromkeys(("ip", "ipaddress"), "ip_address"),
}  # fmt: skip
_OUTSIDE = "o"
_THRESHOLD = 0.3  # of a label's probability: a miss costs more than a look
_OVERLAP = 32  # tokens that two windows share
_LONGEST, _OWN_POSITIONS = 512, 2
_GAP = 1  # characters between tokens of one identifier


class TokenClassificationDetector(ModelDetector):
    """Finds what a token classifier labels.

    Args:
        folder: A model in Hugging Face format, on this machine; nothing is downloaded.
        labels: The model's labels (without ``B-``) in our classes; labels that are absent are ignored.
        threshold: Least probability of a label.

    Raises:
        ModelNotFoundError: There is no model in the folder.
        UnsupportedRequestError: Its tokenizer gives no positions, or no label of it is known.
        EngineUnavailableError: transformers is not installed.
    """

    name: ClassVar[str] = "token_classification"
    version: ClassVar[str] = "1"

    def __init__(
        self, folder: Path, labels: Mapping[str, IdentifierClass] = LABELS, threshold: float = _THRESHOLD
    ) -> None:
        try:
            import torch
            from transformers import AutoModelForTokenClassification, AutoTokenizer
        except ImportError as error:
            raise EngineUnavailableError(
                "the detector model needs transformers", hint="pip install 'medgo[deid-ner]'"
            ) from error
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
            self._model: Any = AutoModelForTokenClassification.from_pretrained(folder, local_files_only=True).eval()
        except (OSError, ValueError) as error:
            raise ModelNotFoundError(
                f"{folder} holds no token classifier", hint="name its folder: model:FOLDER"
            ) from error
        self._torch: Any = torch
        self._threshold = threshold
        # Column of the model's output to class.
        self._classes = {
            int(number): labels[_bare(label)]
            for number, label in self._model.config.id2label.items()
            if _bare(label) in labels
        }
        if not self._tokenizer.is_fast or not self._classes:
            raise UnsupportedRequestError(
                f"{folder}: no positions from its tokenizer, or no label that is known", hint="give a map of its labels"
            )
        # Tokenizers that do not say how much their model reads; some models keep two positions for themselves.
        positions = self._model.config.to_dict().get("max_position_embeddings", _LONGEST + _OWN_POSITIONS)
        self._longest = min(_LONGEST, int(self._tokenizer.model_max_length), positions - _OWN_POSITIONS)

    def read(self, note: Note) -> Iterator[Finding]:
        """Findings in a note of any length, read in windows that overlap."""
        text = note.view.text
        if not text.strip():
            return
        encoded = self._tokenizer(
            text,
            truncation=True,
            max_length=self._longest,
            stride=min(_OVERLAP, self._longest // 4),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        for window, offsets in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True):
            yield from self._found(text, self._probabilities(window), offsets)

    def _probabilities(self, window: list[int]) -> list[list[float]]:
        with self._torch.inference_mode():
            logits = self._model(input_ids=self._torch.tensor([window])).logits[0]  # [tokens, labels]
        rows: list[list[float]] = logits.float().softmax(-1).tolist()
        return rows

    def _found(self, text: str, rows: list[list[float]], offsets: list[tuple[int, int]]) -> Iterator[Finding]:
        current: Finding | None = None
        for row, (start, end) in zip(rows, offsets, strict=True):
            if start == end:  # a token of the model's own
                continue
            chances: dict[IdentifierClass, float] = {}
            for number, label in self._classes.items():
                chances[label] = chances.get(label, 0.0) + row[number]
            label = max(chances, key=chances.__getitem__)
            score = min(chances[label], CERTAIN - 0.01)
            if chances[label] < self._threshold:
                continue
            if (
                current
                and current.label == label
                and start - current.end <= _GAP
                and "\n" not in text[current.end : start]
            ):
                current = Finding(current.start, end, label, max(current.score, score), self.name)
                continue
            if current:
                yield current
            current = Finding(start, end, label, score, self.name)
        if current:
            yield current


def _bare(label: str) -> str:
    """A label without its place in the identifier: ``B-PER`` is ``per``."""
    head, dash, rest = label.partition("-")
    return (rest if dash and head in ("B", "I", "E", "S", "L", "U") else label).lower()
