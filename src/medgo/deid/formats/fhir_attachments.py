"""Contents of FHIR attachments: texts are searched, what nobody can search is masked and counted."""

from __future__ import annotations

import re
from typing import Any

from medgo.deid.formats.encapsulated import encapsulated_parts, is_text
from medgo.deid.formats.fhir_masking import is_masked, mask
from medgo.deid.formats.json_tree import setter
from medgo.deid.formats.protocol import Part
from medgo.deid.formats.values import field_part, picture_part

# Fields that hold bytes, whatever these are. ``data`` is a text where its attachment says so.
_BINARY = ("carrierAIDC", "valueBase64Binary", "data")
# Of SampledData: measurements, and E, U, L for those that lie outside.
_SAMPLES = re.compile(r"(?:[EUL]|[+-]?[\d.]{1,8})(?: (?:[EUL]|[+-]?[\d.]{1,8}))*")


def content_parts(node: dict[str, Any], key: str, where: str) -> list[Part]:
    """The parts of everything in an object that is bytes; what is masked is masked at once.

    Args:
        node: The object.
        key: Its key.
        where: How to call the record in messages.

    Raises:
        HeldBackError: A text attachment is no base64, or no text.
    """
    found: list[Part] = []
    names = (*_BINARY, "url") if key == "photo" else _BINARY
    for name in names:
        value = node.get(name)
        if is_masked(node, name):
            found.append(picture_part(name, is_there=False))
        elif isinstance(value, str) and name == "data" and key != "photo":
            found += _data(node, value, where)
        elif isinstance(value, str):
            mask(node, name)
            found.append(picture_part(name, is_there=True))
    return found


def _data(node: dict[str, Any], data: str, where: str) -> list[Part]:
    kind = str(node.get("contentType", ""))
    if is_text(kind):
        return encapsulated_parts(data, kind, setter(node, "data"), f"an attachment of {where}")
    if "contentType" not in node and "origin" in node:
        put = setter(node, "data")
        return [] if _SAMPLES.fullmatch(data) else [field_part(data, put, None, "data")]
    mask(node, "data")
    return [picture_part("data", is_there=True)]
