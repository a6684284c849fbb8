"""Is a row learnt byte for byte as it is served? Compared with template, server and saved copy. Judges no row.

Differences between the template that trained and the one that serves cost more than most training gains, and nothing
shows them (https://github.com/hiyouga/LLaMA-Factory/issues/10530).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import Thinking
from medgo.schema import Row
from medgo.training.rows.intake import TakenRow
from medgo.training.rows.tokens import RowTokenizer

Against = Literal["template", "server", "saved copy"]

_EXCERPT = 60
_CONFIGS = ("config.json", "generation_config.json")


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is learnt otherwise than it is served.

    Args:
        row_id: The row.
        against: What it was compared with.
        ours: Text from the first difference on, as it would be learnt.
        theirs: The same, as the other has it.
    """

    row_id: str
    against: Against
    ours: str
    theirs: str


@dataclass(slots=True)
class Parity:
    """What comparing found.

    Args:
        rows: Rows that were compared.
        differences: Those that differ.
    """

    rows: int = 0
    differences: list[Difference] = field(default_factory=list)


class ParityCheck:
    """Compares rows as they are learnt with what others make of them.

    - the tokenizer's own template, rendered whole as text;
    - the prompt that a server sends for the same conversation, its tokenizer loaded anew from the model folder;
    - a copy of the folder's tokenizer and template, saved and loaded again: what an export will carry.

    Args:
        tokenizer: That made the rows.
        model_dir: Folder of the model that is trained.
    """

    def __init__(self, tokenizer: RowTokenizer, model_dir: Path) -> None:
        self._tokenizer = tokenizer
        self._served = ChatRenderer.load(model_dir)
        with tempfile.TemporaryDirectory() as name:
            copy = Path(name)
            tokenizer.renderer.tokenizer.save_pretrained(copy)
            for config in _CONFIGS:
                if (model_dir / config).is_file():
                    shutil.copy(model_dir / config, copy)
            self._saved = RowTokenizer(ChatRenderer.load(copy))

    def differences(self, taken: TakenRow) -> Iterator[Difference]:
        """Compare one whole row with all three."""
        row, source = taken.row, taken.source
        served = self._served.render(source.prompt, Thinking(source.thinking)).token_ids
        yield from self._compare(row.row_id, "server", row.prompt, served)
        again = self._saved(source)
        yield from self._compare(row.row_id, "saved copy", row.prompt, again.prompt)
        for name, answer in row.answers.items():
            yield from self._compare(row.row_id, "saved copy", answer.ids, again.answers[name].ids)
            ours, theirs = self._text((*row.prompt, *answer.ids)), self._template_text(source, name)
            if ours != theirs:
                yield _difference(row.row_id, "template", ours, theirs)

    def _compare(
        self, row_id: str, against: Against, ours: tuple[int, ...], theirs: tuple[int, ...]
    ) -> Iterator[Difference]:
        if ours != theirs:
            yield _difference(row_id, against, self._text(ours), self._text(theirs))

    def _text(self, ids: tuple[int, ...]) -> str:
        text: str = self._tokenizer.renderer.tokenizer.decode(
            list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text

    def _template_text(self, row: Row, name: str) -> str:
        """What the template writes, up to the mark that ends the answer, in the form that the tokenizer reads."""
        renderer = self._tokenizer.renderer
        text: str = renderer.tokenizer.apply_chat_template(
            [message.to_dict() for message in (*row.prompt, row.turns()[name])],
            tokenize=False,
            enable_thinking=row.thinking,
        )
        end = renderer.tokenizer.convert_ids_to_tokens(self._tokenizer.end)
        text = text[: text.rindex(end) + len(end)]
        # Qwen's tokenizer composes characters (NFC) before it looks at them; the bytes after that are compared.
        normalizer = renderer.tokenizer.backend_tokenizer.normalizer
        return text if normalizer is None else str(normalizer.normalize_str(text))


def _difference(row_id: str, against: Against, ours: str, theirs: str) -> Difference:
    same = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    return Difference(row_id, against, ours[same : same + _EXCERPT], theirs[same : same + _EXCERPT])
