"""Schemas for tests of constrained JSON, and a small check of values against them; knows no engine."""

from __future__ import annotations

import json
from typing import Any

VERDICT = json.dumps(
    {
        "type": "object",
        "properties": {
            "grade": {"enum": ["好", "中等", "差"]},
            "score": {"type": "integer", "minimum": 0, "maximum": 10},
            "criteria": {
                "type": "array",
                "minItems": 1,
                "maxItems": 2,
                "items": {
                    "type": "object",
                    "properties": {"id": {"enum": ["a", "b"]}, "met": {"type": "boolean"}},
                    "required": ["id", "met"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["grade", "score", "criteria"],
        "additionalProperties": False,
    },
    ensure_ascii=False,
)
LETTER = json.dumps({"enum": ["A", "B", "C", "D"]})
TREE = json.dumps(
    {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "side": {"enum": ["left", "right"]},
                    "below": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 1},
                },
                "required": ["side", "below"],
                "additionalProperties": False,
            }
        },
    }
)
# What each is wrong in: no JSON, no schema, a type that does not exist, nothing can satisfy it.
BAD_SCHEMAS = ("{", "[]", '{"type": "number of beds"}', '{"allOf": [{"type": "string"}, {"type": "integer"}]}')


def parse(text: str, schema: str) -> Any:
    """Read a reply, which must be compact JSON that satisfies the schema."""
    value = json.loads(text)
    assert text == json.dumps(value, ensure_ascii=False, separators=(",", ":")), text
    root = json.loads(schema)
    _check(value, root, root)
    return value


def _check(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> None:
    """The keywords that the schemas above use, and no others."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if "enum" in schema:
        assert value in schema["enum"], (value, schema)
        return
    kind = {"object": dict, "array": list, "integer": int, "boolean": bool}[schema["type"]]
    assert type(value) is kind, (value, schema)
    if kind is dict:
        assert list(value) == schema["required"], (value, schema)
        for name, part in value.items():
            _check(part, schema["properties"][name], root)
    elif kind is list:
        assert schema.get("minItems", 0) <= len(value) <= schema["maxItems"], (value, schema)
        for part in value:
            _check(part, schema["items"], root)
    elif kind is int:
        assert schema["minimum"] <= value <= schema["maximum"], (value, schema)
