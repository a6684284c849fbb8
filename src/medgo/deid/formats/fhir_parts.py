"""The parts of a FHIR resource: a walk that knows datatypes by their keys. Everything it does not know is searched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from medgo.deid.classes import IdentifierClass
from medgo.deid.formats import fhir_fields as fields
from medgo.deid.formats.fhir_attachments import content_parts
from medgo.deid.formats.fhir_masking import MASKED, is_masked, mask
from medgo.deid.formats.json_tree import Number, setter
from medgo.deid.formats.markup import html_parts
from medgo.deid.formats.protocol import CORPUS, HeldBackError, Part
from medgo.deid.formats.values import birth_part, date_part, field_part, has_han, is_nothing, old_births
from medgo.deid.replacing.protocol import Replaced
from medgo.text.person_names import compose, decompose

_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?)?)?")
# ``[base/]Type/id[/_history/1]``, ``urn:uuid:id``, ``#id``.
_REFERENCE = re.compile(
    r"(?P<base>https?://[^|?#]*?/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})(?P<rest>/_history/.*)?"
)
_TOKEN = re.compile(r"(?P<before>.*?[?&]?identifier=(?P<system>[^|&]*)\|)(?P<value>[^&]+)")
_BASE = "http://example.org/fhir/"
_KEY = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
_ENDS = ("start", "end")


@dataclass
class ResourceParts:
    """Collects the parts of one resource and of all in it; fields that must go are taken out of the tree at once.

    Args:
        where: How to call the record in messages.
        parts: Found so far.
        births: Objects with a ``birthDate``, or with one that is masked.
        coded: Names beside codes.
    """

    where: str
    parts: list[Part] = field(default_factory=list)
    births: list[dict[str, Any]] = field(default_factory=list)
    coded: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, resource: dict[str, Any], where: str) -> ResourceParts:
        """The parts of a resource, in document order.

        Raises:
            HeldBackError: A narrative or an attachment cannot be read, or a key is none of FHIR's.
        """
        found = cls(where)
        found._object(resource, "", "")
        found._births()
        return found

    def _object(self, node: dict[str, Any], key: str, owner: str) -> None:
        """Walk an object.

        Args:
            node: The object.
            key: Its key.
            owner: Type of the resource that it stands in.
        """
        owner = str(node.get("resourceType", owner))
        if not all(map(_KEY.fullmatch, node)):
            raise HeldBackError("malformed", f"{self.where} has a key that FHIR does not know")
        for name in fields.DROPPED & set(node):
            del node[name]
        if "_birthDate" in node:
            if is_masked(node, "birthDate"):
                self.births.append(node)
            else:  # the time of the birth
                del node["_birthDate"]
        if _is_geolocation(node):
            node.pop("extension", None)
        if _is_name(node, key, owner):
            self._human_name(node, key, owner)
            return
        if isinstance(node.get("div"), str):
            self.parts += html_parts(node["div"], setter(node, "div"), "text.div", self.where)
        if isinstance(node.get("reference"), str):
            self._reference(node, "reference")
        self.parts += content_parts(node, key, self.where)
        if isinstance(node.get("url"), str) and ("contentType" in node or key in ("attachment", "valueAttachment")):
            self._reference(node, "url")
        self._rest(node, (), key, owner)

    def _rest(self, node: dict[str, Any], done: Iterable[str], key: str, owner: str) -> None:
        """Walk what is in an object but for what has been dealt with."""
        for name in list(node):
            if name not in done:
                self._value(node, name, key, owner)

    def _value(self, node: dict[str, Any], name: str, key: str, owner: str) -> None:
        value = node[name]
        if value == MASKED:
            return
        inside = f"{key}.{name}" if key == "contact" and name == "name" else name
        if isinstance(value, dict):
            self._typed(value, inside, owner)
        elif isinstance(value, list):
            for at, one in enumerate(value):
                if isinstance(one, dict):
                    self._typed(one, inside, owner)
                elif isinstance(one, str) and not isinstance(one, Number):
                    self._string(value, at, name, node, key, owner)
        elif isinstance(value, str) and not isinstance(value, Number):
            self._string(node, name, name, node, key, owner)

    def _typed(self, node: dict[str, Any], name: str, owner: str) -> None:
        if name in ("address", "valueAddress"):
            self._address(node, name, owner)
        elif name in ("telecom", "valueContactPoint") and isinstance(node.get("value"), str):
            label = fields.TELECOM.get(str(node.get("system", "")), "phone")
            self._add(node, "value", "email" if "@" in node["value"] else label, "telecom")
            self._rest(node, ("value",), name, owner)
        elif name in fields.IDENTIFIER_KEYS and isinstance(node.get("value"), str):
            self._add(node, "value", _identifier_class(node, owner), "identifier")
            self._rest(node, ("value",), name, owner)
        else:
            self._object(node, name, owner)

    def _string(self, place: Any, at: Any, name: str, node: dict[str, Any], key: str, owner: str) -> None:
        text = place[at]
        put = setter(place, at)
        if name == "id":
            if place is node and "resourceType" in node:
                self._id(place, at, 0, len(text))
            else:
                self._add(place, at, None, name)
        elif name == "fullUrl" or (name in ("url", "ifNoneExist") and key == "request"):
            self._reference(place, at)
        elif place is node and name in ("reference", "div", "data"):  # dealt with
            return
        elif name == "birthDate":
            if not any(one is node for one in self.births):
                self.births.append(node)
        elif name == "display" and ("system" in node or "code" in node):
            self.coded.append(text)
        elif name == "display":
            self._add(place, at, _referenced(node, key), name)
        elif name in fields.THINGS:
            self._add(place, at, fields.THINGS[name], name)
        elif name == "name" and owner in fields.NAMED_PLACES:
            self._add(place, at, "hospital", name)
        elif (extension := _extension(node)) is not None and name.startswith("value"):
            self._add(place, at, extension, name)
        elif _DATE.fullmatch(text) and (date := self._date(text, put, name, key, owner)) is not None:
            self.parts.append(date)
        elif name not in fields.CODES:
            self._add(place, at, None, name)

    def _date(self, text: str, put: Callable[[str], None], name: str, key: str, owner: str) -> Part | None:
        is_instant = name in fields.INSTANTS or (key in ("", "resource") and owner in fields.TIMED and name in _ENDS)
        return date_part(text, put, name, typed=True, to_the_day=is_instant)

    def _address(self, node: dict[str, Any], key: str, owner: str) -> None:
        # Extensions of an address hold places on the map and parts of the street.
        for extra in [name for name in node if name == "extension" or name.startswith("_")]:
            del node[extra]
        for name, label in fields.ADDRESS.items():
            value = node.get(name)
            if isinstance(value, list):
                for at in range(len(value)):
                    self._add(value, at, label, name)
            elif isinstance(value, str) and (name != "state" or has_han(value)):
                self._add(node, name, label, name)
        self._rest(node, fields.ADDRESS, key, owner)

    def _human_name(self, node: dict[str, Any], key: str, owner: str) -> None:
        label = _person(key, owner)
        given = [one for one in node.get("given", ()) if isinstance(one, str)]
        family = node["family"] if isinstance(node.get("family"), str) else ""
        for extra in [name for name in node if name == "extension" or name.startswith("_")]:
            del node[extra]
        whole = compose(family, given)
        if whole and not is_nothing(whole):

            def put(new: Replaced) -> None:
                if new.text == whole:
                    return
                new_family, new_given = decompose(new.text, len(given))
                if family:
                    node["family"] = new_family
                if given:
                    node["given"] = [one for one in new_given if one]
                    if not node["given"]:
                        del node["given"]
                        node.setdefault("family", new_family)

            self.parts.append(Part(whole, put, label, "name"))
        if isinstance(node.get("text"), str):
            self._add(node, "text", label, "name")
        self._rest(node, ("family", "given", "text"), key, owner)

    def _reference(self, node: Any, key: Any) -> None:
        """Replace the id in a reference, as the id of the resource itself is."""
        text = node[key]
        if text.startswith(("urn:uuid:", "#")):
            at = 1 if text.startswith("#") else len("urn:uuid:")
            if text[at:]:
                self._id(node, key, at, len(text))
        elif token := _TOKEN.fullmatch(text):
            label = _identifier_class({"system": token["system"]}, text.partition("?")[0])
            before, put = token["before"], setter(node, key)
            self.parts.append(Part(token["value"], lambda new: put(before + new.text), label, "reference"))
        elif match := _REFERENCE.fullmatch(text):
            node[key] = f"{_BASE if match['base'] else ''}{match['type']}/{match['id']}"
            self._id(node, key, len(node[key]) - len(match["id"]), len(node[key]))
        elif "/" in text or ":" in text:
            self._add(node, key, "url", "reference")

    def _id(self, node: Any, key: Any, start: int, end: int) -> None:
        text, put = node[key], setter(node, key)
        self.parts.append(
            Part(text[start:end], lambda new: put(text[:start] + new.text + text[end:]), "other_id", "id", CORPUS)
        )

    def _add(self, node: Any, key: Any, label: IdentifierClass | None, name: str) -> None:
        text = node[key]
        if not isinstance(text, str) or not text.strip():
            return
        self.parts.append(field_part(text, setter(node, key), label, name))

    def _births(self) -> None:
        """Births as dates; those of people over 89 are masked, year and all (45 CFR 164.514(b)(2)(i)(C))."""
        births = [
            birth_part(
                str(node.get("birthDate", "")), setter(node, "birthDate"), partial(mask, node, "birthDate"), "birthDate"
            )
            for node in self.births
        ]
        self.parts = old_births([*self.parts, *births], lambda name: name == "birthDate")


def _is_name(node: dict[str, Any], key: str, owner: str) -> bool:
    if "family" in node or "given" in node or key == "valueHumanName":
        return True
    return key == "contact.name" or (key == "name" and owner in fields.PEOPLE)


def _person(key: str, owner: str) -> IdentifierClass:
    return "name_relative" if key == "contact.name" and owner == "Patient" else fields.PEOPLE.get(owner, "name")


def _referenced(node: dict[str, Any], key: str) -> IdentifierClass | None:
    """What the display of a reference is: by what it refers to, or else by its key."""
    reference = str(node.get("reference", ""))
    match = re.search(r"([A-Z][A-Za-z]+)[/?]", reference)
    referred = fields.REFERENCED.get(str(node.get("type", "")) or (match[1] if match else ""))
    return referred or fields.REFERRING.get(key)


def _identifier_class(node: dict[str, Any], owner: str) -> IdentifierClass:
    kind, system = node.get("type"), str(node.get("system", "")).lower()
    coding = kind.get("coding", ()) if isinstance(kind, dict) else ()
    for one in coding:
        if isinstance(one, dict) and one.get("code") in fields.IDENTIFIER_TYPES:
            return fields.IDENTIFIER_TYPES[one["code"]]
    for part, label in fields.IDENTIFIER_SYSTEMS:
        if part in system:
            return label
    if owner == "Practitioner":
        return "licence"
    return "medical_record_number" if owner in ("Patient", "Encounter") else "other_id"


def _extension(node: dict[str, Any]) -> IdentifierClass | None:
    return fields.EXTENSIONS.get(str(node.get("url", "")).rpartition("/")[2])


def _is_geolocation(node: dict[str, Any]) -> bool:
    return str(node.get("url", "")).endswith("/geolocation")
