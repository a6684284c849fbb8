"""Resources of FHIR that are documents: compositions, references to documents, reports with their text attached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from medgo.corpus.clinical.fhir_values import Node, codes, concept, key_of, loinc, nodes, people_of, text_of, when
from medgo.corpus.clinical.sections import document_of, section_of_code, section_of_title

# HL7 table 0074, and the category of US Core.
_REPORTS = {
    **dict.fromkeys(("RAD", "RUS", "RX", "CT", "NMR", "CUS", "OUS", "VUS", "LP29684-5", "imaging"), "imaging_report"),
    **dict.fromkeys(("LAB", "HM", "CH", "MB", "laboratory"), "laboratory_report"),
    **dict.fromkeys(("SP", "CP", "PAT", "LP7839-6"), "pathology_report"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a document before its narrative is read.

    Args:
        section: Its key.
        markup: XHTML.
        text: Plain text.
        attachment: An Attachment.
        entries: Ids of the resources that say the same in codes.
    """

    section: str
    markup: str = ""
    text: str = ""
    attachment: Node | None = None
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """A document until everything it refers to was read.

    Args:
        place: Type and id.
        document: Name of the task whose document it is, or its title.
        patient: Id.
        visit: Id of the encounter; empty for none.
        date: Of the document.
        language: As it is stated.
        parts: Its sections.
        people: Key of a header, id, name of whoever is referred to.
    """

    place: str
    document: str
    patient: str
    visit: str
    date: str
    language: str
    parts: tuple[Part, ...]
    people: tuple[tuple[str, str, str], ...]


def pending_of(resource: Node, place: str) -> Pending | None:
    """The document that a resource is; None for one that is none."""
    kind = resource.get("resourceType")
    if kind == "Composition":
        parts = [part for section in nodes(resource.get("section")) for part in _section(section, "")]
    elif kind == "DocumentReference":
        found = [one.get("attachment") for one in nodes(resource.get("content"))]
        parts = [Part("text", attachment=one) for one in found if isinstance(one, dict)]
        parts += [Part("text", text=said) for said in (text_of(resource.get("description")),) if said]
    elif kind == "DiagnosticReport" and nodes(resource.get("presentedForm")):
        parts = [Part("text", attachment=one) for one in nodes(resource.get("presentedForm"))]
        said = "\n".join(filter(None, (text_of(resource.get("conclusion")), concept(resource.get("conclusionCode")))))
        parts += [Part("impression", text=said)] if said else []
    else:
        return None
    code = resource.get("type") if kind != "DiagnosticReport" else resource.get("code")
    title = concept(code) or text_of(resource.get("title"))
    categories = [one for category in nodes(resource.get("category")) for one in codes(category)]
    document = document_of(loinc(code), title) or next((_REPORTS[one] for one in categories if one in _REPORTS), "")
    context = resource.get("context")
    visits = [resource.get("encounter"), *nodes(context.get("encounter") if isinstance(context, dict) else None)]
    subjects = [one.get("subject") for one in (resource,) if isinstance(one.get("subject"), dict)]
    return Pending(
        place, document or title or str(kind), key_of(subjects[0]) if subjects else "",
        next((key_of(one) for one in visits if isinstance(one, dict)), ""),
        when(resource.get("date") or resource.get("effectiveDateTime") or resource.get("issued")),
        text_of(resource.get("language")), tuple(parts),
        tuple(people_of(resource)),
    )  # fmt: skip


def _section(section: Node, above: str) -> Iterator[Part]:
    title = text_of(section.get("title")) or concept(section.get("code"))
    own = section_of_code(loinc(section.get("code"))) or section_of_title(title)
    key = own or above or title or "text"
    narrative = section.get("text")
    markup = str(narrative.get("div", "")) if isinstance(narrative, dict) else ""
    entries = tuple(key_of(one) for one in nodes(section.get("entry")))
    if markup or entries:
        yield Part(key, markup, entries=entries)
    for inner in nodes(section.get("section")):
        yield from _section(inner, key)
