"""What TRL's own preparation makes of rows, for tests that show where it goes wrong.

With Qwen3's real template and one token a byte: TRL hashes the tokenizer over and over, which takes seconds if it has
150,000 tokens, and what is shown here does not depend on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

from medgo.training.rows.tokens import RowTokenizer
from tests.support.tiny_models import small_qwen3


class NaiveSft:
    """Rows as TRL prepares them; nothing is trained.

    Args:
        rows: As TRL reads them.
        like: Whose template is used.
        output: A folder to write to.
        options: Of TRL's configuration.
    """

    def __init__(self, rows: Sequence[dict[str, Any]], like: RowTokenizer, output: Path, **options: Any) -> None:
        folder = small_qwen3()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.tokenizer.chat_template = like.renderer.tokenizer.chat_template
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(folder),
            args=SFTConfig(
                output_dir=str(output), bf16=False, use_cpu=True, report_to="none", disable_tqdm=True, **options
            ),
            train_dataset=Dataset.from_list(list(rows)),
            processing_class=self.tokenizer,
        )
        kept = [trainer.train_dataset[i] for i in range(len(trainer.train_dataset))]
        self.whole = [[int(token) for token in row["input_ids"]] for row in kept]
        """Tokens of every row that was kept."""
        labels = trainer.data_collator(kept)["labels"].tolist() if kept else []
        self.learnt = [[token for token in row if token != -100] for row in labels]
        """Of these, the ones that carry a loss."""

    def text(self, ids: Sequence[int]) -> str:
        """Tokens as text, control tokens included."""
        text: str = self.tokenizer.decode(list(ids))
        return text


def kept_by_dpo(rows: Sequence[dict[str, Any]], output: Path) -> int:
    """Pairs that TRL's DPO trainer would train on."""
    options: dict[str, Any] = {"bf16": False, "use_cpu": True, "report_to": "none", "disable_tqdm": True}
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(small_qwen3()),
        args=DPOConfig(output_dir=str(output), **options),
        train_dataset=Dataset.from_list(list(rows)),
        processing_class=AutoTokenizer.from_pretrained(small_qwen3()),
    )
    return len(trainer.train_dataset)


def labels_in_kto(rows: Sequence[dict[str, Any]], output: Path) -> list[bool]:
    """Labels in the order in which TRL's KTO trainer would train on them."""
    options: dict[str, Any] = {"bf16": False, "use_cpu": True, "report_to": "none", "disable_tqdm": True}
    trainer = KTOTrainer(
        model=AutoModelForCausalLM.from_pretrained(small_qwen3()),
        args=KTOConfig(output_dir=str(output), per_device_train_batch_size=4, **options),
        train_dataset=Dataset.from_list(list(rows)),
        processing_class=AutoTokenizer.from_pretrained(small_qwen3()),
    )
    return [bool(label) for label in trainer.train_dataset["label"]]
