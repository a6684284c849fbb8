"""Recipes on disk: YAML that ``key=value`` arguments change, read into a pydantic model. Knows no model's fields.

Keys are dotted (``sets.stage1.rows=100``, ``stages.0.epochs=2``), values YAML.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from medgo.errors import RecipeError

_BOOLEAN = "tag:yaml.org,2002:bool"
RecipeT = TypeVar("RecipeT", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's booleans: ``on`` and ``off`` are words, as recipes use them (``overlap: off``)."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile("^(?:true|True|false|False)$"), list("tTfF"))


def read_recipe(path: Path, kind: type[RecipeT], overrides: Sequence[str] = ()) -> RecipeT:
    """Read a recipe and change it as ``key=value`` arguments say.

    Args:
        path: The YAML file.
        kind: The model that its content must fit.
        overrides: ``key=value`` arguments, applied in this order.

    Raises:
        RecipeError: The file cannot be read, an argument is not ``key=value``, or a field does not fit. All fields
            that do not fit are named at once.
    """
    try:
        value = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} cannot be read: {error}", hint="recipes lie in recipes/") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path} is not YAML: {error}") from error
    if not isinstance(value, dict):
        raise RecipeError(f"{path} is not a recipe: expected {', '.join(_required(kind))}")
    for override in overrides:
        _apply(value, override)
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise RecipeError(f"{path}: {_all_of(error)}", hint=_near(error, kind)) from error


def expand_path(text: str) -> Path:
    """A path of a recipe with ``${MEDGO_DATA}`` replaced.

    Raises:
        RecipeError: The variable is not set, or another one is named.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] != "MEDGO_DATA":
            raise RecipeError(f"{text}: a recipe's paths may name ${{MEDGO_DATA}} and no other variable")
        if not os.environ.get("MEDGO_DATA"):
            raise RecipeError(f"{text}: MEDGO_DATA is not set", hint="set it to the folder with the data")
        return os.environ["MEDGO_DATA"]

    return Path(re.sub(r"\$\{(\w+)\}", value, text)).expanduser()


def _required(kind: type[BaseModel]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if field.is_required()]


def _apply(value: dict[str, Any], override: str) -> None:
    key, sign, text = override.partition("=")
    if not sign or not key:
        raise RecipeError(
            f"{override!r} is not key=value", hint="for example output=results/nano or sets.stage1.rows=100"
        )
    *path, last = key.split(".")
    place: Any = value
    for step in path:
        place = _inner(place, step, override)
    try:
        new = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise RecipeError(f"{override}: the value is not YAML: {error}") from error
    if isinstance(place, list):
        place[_position(place, last, override)] = new
    elif isinstance(place, dict):
        place[last] = new
    else:
        raise RecipeError(f"{override}: there is nothing below {'.'.join(path)}")


def _inner(place: Any, step: str, override: str) -> Any:
    if isinstance(place, list):
        return place[_position(place, step, override)]
    if isinstance(place, dict):
        return place.setdefault(step, {})
    raise RecipeError(f"{override}: there is nothing below {step}")


def _position(place: list[Any], step: str, override: str) -> int:
    if not step.isdecimal() or int(step) >= len(place):
        raise RecipeError(f"{override}: expected a position from 0 to {len(place) - 1} instead of {step!r}")
    return int(step)


def _all_of(error: ValidationError) -> str:
    lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
    return "; ".join(lines)


def _near(error: ValidationError, kind: type[BaseModel]) -> str:
    """A word on the first name that is not known, where another one is like it."""
    for problem in error.errors():
        wrong = str(problem["loc"][-1]) if problem["loc"] else ""
        close = difflib.get_close_matches(wrong, sorted(_names(kind.model_json_schema())), n=1)
        if problem["type"] in ("extra_forbidden", "literal_error") and close:
            return f"did you mean {close[0]}?" if close[0] != wrong else f"{wrong} is a field of a part further in"
    return ""


def _names(schema: Any) -> set[str]:
    """Every field name and every word that a JSON schema allows, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(_names, schema))
    if not isinstance(schema, dict):
        return set()
    own = {*schema.get("properties", {}), *(word for word in schema.get("enum", []) if isinstance(word, str))}
    return own.union(*map(_names, schema.values()))
