"""FHIR in XML as the tree that FHIR in JSON is, and back. What has no place in that tree is refused, not passed over.

Source: HL7 FHIR R4 (4.0.1), XML and JSON representations. The schema is not known here: a child that stands once is a
value and not a list of one, but for those in :data:`_LISTS`, which those who read the tree expect to be lists.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

from medgo.deid.formats.json_tree import Number
from medgo.deid.formats.markup import Element, etree, local_name, parse_xml
from medgo.deid.formats.protocol import HeldBackError

_FHIR, _XHTML = "http://hl7.org/fhir", "http://www.w3.org/1999/xhtml"
_LISTS = frozenset(("entry", "coding", "given", "line", "extension", "modifierExtension", "contained", "photo"))
_EXTENSIONS = frozenset(("extension", "modifierExtension"))
_ATTRIBUTES = frozenset(("id", "url", "value"))
# A number where FHIR in JSON would have one; a longer one may be somebody's.
_NUMERIC = re.compile(r"value(?:Decimal|Integer|PositiveInt|UnsignedInt)?")
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?")
_TINY = re.compile(r"\d{1,3}|true|false")
_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


def is_xml(text: str) -> bool:
    """Whether a resource is in XML."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def read_resource(data: bytes, where: str) -> dict[str, Any]:
    """Read a resource, a Bundle mostly, as the tree of its JSON.

    Raises:
        HeldBackError: It is no FHIR, or holds something that the tree has no place for.
    """
    root = parse_xml(data, where)
    root.attrib.pop(_SCHEMA, None)
    return _resource(root, where)


def write_resource(resource: dict[str, Any]) -> bytes:
    """The XML of a tree, UTF-8."""
    library = etree()
    root = library.Element(f"{{{_FHIR}}}{resource['resourceType']}", nsmap={None: _FHIR})
    _fill(root, resource)
    return bytes(library.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _resource(element: Element, where: str) -> dict[str, Any]:
    if element.attrib:
        raise _odd(where)
    return {"resourceType": local_name(element), **_content(element, where)}


def _content(element: Element, where: str) -> dict[str, Any]:
    """Attributes and children of an element that is no value itself."""
    if element.tag != f"{{{_FHIR}}}{local_name(element)}" or set(element.attrib) - _ATTRIBUTES:
        raise _odd(where)
    if any(text and text.strip() for text in (element.text, *(child.tail for child in element))):
        raise _odd(where)
    found: dict[str, list[tuple[Any, Any]]] = {}
    for child in element:
        if isinstance(child.tag, str):
            found.setdefault(local_name(child), []).append(_child(child, where))
    content: dict[str, Any] = {name: element.get(name) for name in ("id", "url") if name in element.attrib}
    for name, pairs in found.items():
        if name in content:
            raise _odd(where)
        many = len(pairs) > 1 or name in _LISTS
        values, beside = [value for value, _ in pairs], [extra for _, extra in pairs]
        if any(value is not None for value in values):
            content[name] = values if many else values[0]
        if any(extra is not None for extra in beside):
            content["_" + name] = beside if many else beside[0]
    return content


def _child(child: Element, where: str) -> tuple[Any, Any]:
    """What stands under a key, and what under the key with a line before it (ids and extensions of a value)."""
    name = local_name(child)
    if child.tag == f"{{{_XHTML}}}div":
        return str(etree().tostring(child, encoding="unicode", with_tail=False)), None
    inner = _content(child, where)
    if "value" in child.attrib:
        if set(inner) - {"id", *_EXTENSIONS}:
            raise _odd(where)
        text = child.get("value")
        is_number = _TINY.fullmatch(text) or (_NUMERIC.fullmatch(name) and _NUMBER.fullmatch(text))
        return Number(text) if is_number else text, inner or None
    if len(child) == 1 and isinstance(child[0].tag, str) and local_name(child[0])[:1].isupper():
        return _resource(child[0], where), None
    if name not in _EXTENSIONS and inner and not set(inner) - {"id", *_EXTENSIONS}:
        return None, inner  # a value that is left out, and why
    return inner, None


def _fill(element: Element, node: dict[str, Any]) -> None:
    for key, value in node.items():
        name = key.removeprefix("_")
        if key == "resourceType" or (key != name and name in node):
            continue
        if (name == "url" and local_name(element) in _EXTENSIONS) or (name == "id" and "resourceType" not in node):
            element.set(name, value)
            continue
        for one, beside in zip_longest(_many(value if key == name else None), _many(node.get("_" + name))):
            _add(element, name, one, beside)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _add(element: Element, name: str, value: Any, beside: Any) -> None:
    library = etree()
    if name == "div" and isinstance(value, str):
        element.append(parse_xml(value.encode(), "a narrative"))
        return
    if not value and not beside and value != "":
        return
    child = library.SubElement(element, f"{{{_FHIR}}}{name}")
    if isinstance(value, dict):
        inner = library.SubElement(child, f"{{{_FHIR}}}{value['resourceType']}") if "resourceType" in value else child
        _fill(inner, value)
    elif value is not None:
        child.set("value", value)
    if beside:
        _fill(child, beside)


def _odd(where: str) -> HeldBackError:
    return HeldBackError("malformed", f"{where} is no FHIR in XML: it holds text or attributes where FHIR has none")
