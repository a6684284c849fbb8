"""A copy of a model whose template itself opens the reasoning, as that of Qwen3-…-Thinking-2507 does.

Random weights never write ``<think>`` on their own; with this they reason whenever thinking is on.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

_OPENS = (
    "{%- if add_generation_prompt and (enable_thinking is not defined or enable_thinking) %}"
    "{{- '<think>\\n' }}{%- endif %}"
)


def opens_thinking(model: Path, into: Path) -> Path:
    """Copy the model folder to ``into`` and let its template end in ``<think>`` when thinking is on."""
    shutil.copytree(model, into)
    file, config = into / "chat_template.jinja", into / "tokenizer_config.json"
    if file.is_file():
        file.write_text(file.read_text("utf-8").rstrip() + _OPENS, "utf-8")
    else:
        settings = json.loads(config.read_text("utf-8"))
        settings["chat_template"] = settings["chat_template"].rstrip() + _OPENS
        config.write_text(json.dumps(settings, ensure_ascii=False), "utf-8")
    return into
