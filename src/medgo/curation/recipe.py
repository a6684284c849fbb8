"""What a curation run reads, what it does to documents and in which order. Knows no step.

A recipe is a YAML file. ``key=value`` arguments change it; keys are dotted (``steps.0.options.script=keep``).
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Input(_Part):
    """Documents of one origin, as ``medgo corpus read`` writes them.

    Args:
        path: JSONL file (``.gz`` and ``.zst``, too), or a folder of such; ``${MEDGO_DATA}`` is replaced. Withdrawals
            that lie beside it (``<name>.withdrawn.jsonl``) are read, too.
        optional: Whether the run may go on without it; the data card then names it as missing.
    """

    path: str
    optional: bool = False


class Component(_Part):
    """A step or a comparison.

    Args:
        use: Its name (``medgo curate steps``).
        options: Its options.
    """

    use: str
    options: dict[str, Any] = Field(default_factory=dict)


class Recipe(_Part):
    """One run of ``medgo curate run``.

    Args:
        name: Of the corpus.
        output: Folder.
        inputs: In this order; of two equal documents the first one stays.
        steps: Done with each document, in this order; the first that removes it names the reason.
        comparisons: Done with what the steps have left, in this order.
        shard_bytes: A file is cut into pieces of about so many bytes; compressed files are not cut.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    output: str
    inputs: tuple[Input, ...] = Field(min_length=1)
    steps: tuple[Component, ...] = Field(min_length=1)
    comparisons: tuple[Component, ...] = ()
    shard_bytes: int = Field(default=64 * 2**20, ge=2**10)
