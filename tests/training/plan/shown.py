"""Commands and overrides that pages, recipes and launch files show, found in their text. Runs nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
LAUNCH = ROOT / "recipes" / "launch"
MEDGO_32B = "recipes/medgo-32b/training.yaml"
# What RECIPE may stand for: recipes with the same four stages.
ANY_RECIPE = tuple(f"recipes/{name}/training.yaml" for name in ("medgo-32b", "qwen3-0.6b", "qwen3-4b", "qwen3-8b"))

_OVERRIDE = r"(?:(?:devices|gates|stages)(?:\.\w+)+|output|seed)=[^\s`'\"$（）()…，；;,]+"
_TOGETHER = re.compile(rf"(?<![\w.=-]){_OVERRIDE}(?:\s+{_OVERRIDE})*")
_TRAINING = r"recipes/[\w.-]+/training\.yaml"
_NAMED = re.compile(r"recipes/(?!launch/)[\w.-]+/\w+\.yaml|\bRECIPE\b")
_START = re.compile(
    rf"(?P<recipe>{_TRAINING}|RECIPE)\s+(?P<config>recipes/launch/\w+\.yaml|torchrun)\s+\"(?P<stages>[^\"]*)\""
    rf"(?P<changes>(?:\s+{_OVERRIDE})*)"
)
_MEDGO = re.compile(r"(?:^|\| )medgo\s[^|]*")


@dataclass(frozen=True)
class Changed:
    """Overrides that stand together, and the training recipes that they are for."""

    recipes: tuple[str, ...]
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Started:
    """A start of ``run.sh``, by itself or through a scheduler; ``config`` is a file, or the word torchrun."""

    recipes: tuple[str, ...]
    config: str
    stages: tuple[str, ...]
    overrides: tuple[str, ...]


def logical_lines(text: str) -> list[str]:
    """Lines without the mark of a comment, those that end in a backslash joined with the next."""
    bare = re.sub(r"^[ \t]*#[ \t]*", "", text, flags=re.MULTILINE)
    return [line.strip() for line in re.sub(r"\\\n\s*", " ", bare).splitlines()]


def changes(text: str) -> Iterator[Changed]:
    """Overrides that a text shows, for the recipe that the line names before them, else for MedGo-32B's."""
    for line in logical_lines(text):
        for found in _TOGETHER.finditer(line):
            named = _NAMED.findall(line[: found.start()])
            recipe = named[-1] if named else MEDGO_32B
            if recipe == "RECIPE" or re.fullmatch(_TRAINING, recipe):  # others are of medgo synthesize
                yield Changed(_meant(recipe), tuple(found[0].split()))


def starts(text: str) -> Iterator[Started]:
    """Starts of a recipe's stages that a text shows."""
    for line in logical_lines(text):
        for found in _START.finditer(line):
            words = (tuple(found[part].split()) for part in ("stages", "changes"))
            yield Started(_meant(found["recipe"]), found["config"], *words)


def medgo_commands(text: str) -> Iterator[list[str]]:
    """Words of each ``medgo`` command in a text, what a shell would put in left out."""
    for line in logical_lines(text):
        for found in _MEDGO.finditer(re.sub(r"\$\([^)]*\)", "", line)):
            yield shlex.split(found[0].removeprefix("| "), comments=True)


def bash_blocks(page: Path) -> list[str]:
    """Blocks of a page that a reader pastes into a shell."""
    return re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def without_comments(block: str) -> list[str]:
    """Lines of a block as they are in every language."""
    lines = (re.sub(r"(?:^|\s)#.*", "", line).strip() for line in block.splitlines())
    return [line for line in lines if line]


def _meant(recipe: str) -> tuple[str, ...]:
    return ANY_RECIPE if recipe == "RECIPE" else (recipe,)
