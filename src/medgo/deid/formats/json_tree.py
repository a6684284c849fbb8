"""JSON as a tree that can be written back without touching what was not changed: numbers keep their digits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from json.encoder import encode_basestring
from typing import Any, NoReturn

from medgo.deid.formats.protocol import HeldBackError


class Number(str):
    """A number as the file has it: ``1.10`` is another dose than ``1.1`` to whoever reads it."""

    __slots__ = ()


def read_tree(text: str, where: str) -> Any:
    """Parse JSON strictly.

    Returns:
        dicts, lists, strings, :class:`Number`, booleans and None.

    Raises:
        HeldBackError: It is no JSON, or an object has a key twice, so that a reader would miss one of the values.
    """
    try:
        value = json.loads(
            text, parse_float=Number, parse_int=Number, parse_constant=_refuse, object_pairs_hook=_only_once
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise HeldBackError("malformed", f"{where} holds half of a surrogate pair, which is no character") from error
    except (ValueError, RecursionError) as error:
        # The parser's own message ends in a position and quotes nothing, but a subclass may: only its kind is named.
        raise HeldBackError("malformed", f"{where} is no valid JSON ({type(error).__name__})") from error
    return value


def write_tree(value: Any, indent: int = 0) -> str:
    """Write a tree as JSON.

    Args:
        value: As :func:`read_tree` gives it.
        indent: Spaces a level; 0 for one line.
    """
    pieces: list[str] = []
    _write(value, pieces.append, " " * indent, "\n" if indent else "")
    return "".join(pieces)


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any, tuple[str, ...]]]:
    """Every string and number below a dict or list.

    Yields:
        The container, the key or position in it, and the keys that lead to it; positions in lists are left out.
    """
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        here = (*path, key) if isinstance(key, str) else path
        if isinstance(inner, str):
            yield value, key, here
        elif isinstance(inner, dict | list):
            yield from leaves(inner, here)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a tree, those above before those in them."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from objects(inner)


def renamed(value: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """An object with other keys; of two that would be the same, the later one gets a number.

    Args:
        value: The object.
        names: New name by old one; keys that are not among them stay.
    """
    new = {key: one for key, one in value.items() if key not in names}
    pairs = []
    for key, one in value.items():
        name, number = names.get(key, key), 1
        while key in names and name in new:
            number += 1
            name = f"{names[key]} ({number})"
        new[name] = one
        pairs.append((name, one))
    return dict(pairs)


def setter(container: Any, key: Any) -> Callable[[str], None]:
    """A function that puts a text where another one stands; a number stays one as long as its text is one."""

    def put(text: str) -> None:
        old = container[key]
        container[key] = Number(text) if isinstance(old, Number) and _is_number(text) else text

    return put


def _write(value: Any, add: Callable[[str], None], step: str, margin: str) -> None:
    if isinstance(value, Number):
        add(value)
    elif isinstance(value, str):
        add(_quoted(value))
    elif isinstance(value, dict | list) and value:
        inner = margin + step
        between = "," + inner if margin else ", "
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        add(opening + inner)
        for number, key in enumerate(value):
            if number:
                add(between)
            if isinstance(value, dict):
                add(_quoted(key) + ": ")
                _write(value[key], add, step, inner)
            else:
                _write(key, add, step, inner)
        add(margin + closing)
    else:
        add(json.dumps(value))


# Legal inside JSON strings, yet other readers take them for ends of lines.
_LINE_BREAKS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def _quoted(text: str) -> str:
    # The pure encoder of the standard library's two: the accelerated one has no name to import it by.
    return encode_basestring(text).translate(_LINE_BREAKS)


def _is_number(text: str) -> bool:
    try:
        return isinstance(json.loads(text), int | float)
    except ValueError:
        return False


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
