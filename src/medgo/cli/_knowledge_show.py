"""How ``medgo knowledge`` shows concepts, hits and sources on a terminal of any width. Asks nothing of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from medgo.cli._errors import without_controls
from medgo.schema import Concept, KnowledgeSource, Relation

if TYPE_CHECKING:
    from medgo.knowledge import Knowledge
    from medgo.knowledge.installed import Absent
    from medgo.knowledge.knowledge import Hit

_SHOWN = 12  # relations of a kind on the screen; --json has all
_ROOM = 30  # cells for names below which a hit takes two lines


def show_hits(console: Console, hits: Sequence[Hit], concepts: Sequence[Concept]) -> None:
    """A line for each hit; two where ids leave no room for names."""
    rows = [
        (hit.id, concept.kind, _called(hit, concept), f"{hit.score:.2f}", hit.name.source)
        for hit, concept in zip(hits, concepts, strict=True)
    ]
    titles = ("id", "kind", "中文 / English", "score", "source")
    widths = [max(map(cell_len, column)) for column in zip(titles, *rows, strict=True)]
    names = widths.pop(2)
    room = console.width - sum(widths) - 2 * len(widths)
    if room >= min(names, _ROOM):
        table = _table(*titles)
        for column in table.columns:
            column.no_wrap, column.overflow = True, "ellipsis"
        # Only names are cut: an id that is not whole is none.
        table.columns[2].width = min(names, room)
        for row in rows:
            table.add_row(*map(_plain, row))
        console.print(table, highlight=False)
        return
    for curie, kind, called, score, source in rows:
        head = Text.assemble((curie, "bold"), f"  {kind}  {score}  {source}")
        console.print(head, highlight=False, soft_wrap=True)
        console.print(Padding(_plain(called), (0, 0, 0, 4)), highlight=False)


def show_sources(console: Console, knowledge: Knowledge, counts: Mapping[str, int]) -> None:
    """Two lines for each source: what it counts, what it is."""
    sources = knowledge.sources()
    wide = max(len(source.id) for source in sources) + 2
    since = max(len(source.version) for source in sources) + 2
    console.print(f"[bold]{'id':<{wide}}{'version':<{since}}statements  pass on 可分发[/]", highlight=False)
    for source in sources:
        share = ("yes", "green") if source.share else ("no", "yellow")
        version = f"{source.version:<{since}}{counts[source.id]:>10,}  "
        head = Text.assemble((f"{source.id:<{wide}}", "bold"), without_controls(version), share)
        console.print(head, highlight=False, soft_wrap=True)
        console.print(Padding(_plain(f"{source.title} · {source.licence}"), (0, 0, 0, 2)), highlight=False)


def show_absent(console: Console, missing: Sequence[Absent]) -> None:
    """Sources that are not here, and how to get them."""
    console.print(f"\n[bold]Not here 缺少的来源[/] ({len(missing)})", highlight=False)
    for item in missing:
        console.print(Text.assemble((item.id, "bold"), f"  {item.title}"), highlight=False)
        console.print(Padding(Text.assemble(("→ ", "cyan"), item.get), (0, 0, 0, 2)), highlight=False)


def show_concept(console: Console, concept: Concept) -> None:
    """Names, definition and attributes."""
    heading = (_clean(both(concept)), "bold")
    console.print(Text.assemble((concept.id, "bold cyan"), "  ", heading, f"  ({concept.kind})"))
    if concept.definition:
        console.print(_plain(concept.definition))
    table = _table("name 名称", "lang", "role", "source")
    for name in concept.names:
        table.add_row(*map(_plain, (name.text, name.lang, name.role, name.source)))
    console.print(Group(Text(""), table), highlight=False)
    if concept.attributes:
        fields = Table(box=None, show_header=False, pad_edge=False)
        for key, value in concept.attributes.items():
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            fields.add_row(Text(key, style="bold"), _plain(text))
        console.print(Group(Text(""), fields), highlight=False)


def show_relations(
    console: Console, knowledge: Knowledge, arrow: str, relations: tuple[Relation, ...]
) -> list[Concept]:
    """Print the first of each kind; returns the concepts whose names were shown."""
    groups: dict[str, list[Relation]] = {}
    for relation in relations:
        groups.setdefault(relation.predicate, []).append(relation)
    shown = []
    for predicate, group in groups.items():
        console.print(f"\n[bold]{arrow}{predicate}[/] ({len(group):,})", highlight=False)
        table = Table(box=None, show_header=False, pad_edge=False)
        for place in range(4):
            table.add_column(overflow="fold", no_wrap=place == 0)
        for relation in group[:_SHOWN]:
            other = relation.subject if arrow else relation.object
            concept = _concept(knowledge, other)
            shown += [concept] if concept else []
            called = both(concept) if concept else ""
            table.add_row(*map(_plain, (other, called, _said(relation.attributes), relation.source)))
        console.print(table, highlight=False)
        if len(group) > _SHOWN:
            console.print(f"[dim]… and {len(group) - _SHOWN:,} more; --json has all 其余见 --json[/]", highlight=False)
    return shown


def show_licences(console: Console, sources: Sequence[KnowledgeSource]) -> None:
    """Whose statements were shown, and on which terms."""
    console.print("\n[bold]Sources 来源[/]")
    for source in sources:
        said = [f"{source.id}: {source.title} {source.version}".strip(), source.licence, source.url, source.attribution]
        if not source.share:
            said.append("not to be passed on 不得再分发")
        line = " · ".join(part for part in said if part)
        console.print(Text(_clean(line), style="dim"))


def both(concept: Concept) -> str:
    """Its names in both languages, what there is."""
    return " / ".join(name for name in (concept.name("zh"), concept.name("en")) if name)


def shown_sources(concept: Concept) -> list[str]:
    """Who gave the names that :func:`both` shows."""
    shown = (concept.name("zh"), concept.name("en"))
    return [name.source for name in concept.names if name.text in shown]


def _called(hit: Hit, concept: Concept) -> str:
    """The names of a hit; the one that matched is said where it is another."""
    names = both(concept)
    known = hit.name.text in (concept.name("zh"), concept.name("en"))
    return names if known else f"{names} ({hit.name.text})"


def _concept(knowledge: Knowledge, id: str) -> Concept | None:  # noqa: A002
    """What a relation names; None for what no source defines (``STATE:pregnancy``)."""
    from medgo.errors import UnknownConceptError

    try:
        return knowledge.lookup(id)
    except UnknownConceptError:
        return None


def _said(attributes: Mapping[str, Any]) -> str:
    """What a relation carries; bounds of a probability as a share."""
    rest = dict(attributes)
    parts = ["not 否定"] if rest.pop("negated", False) else []
    frequency, low, high = rest.pop("frequency", ""), rest.pop("low", None), rest.pop("high", None)
    if low is not None and high is not None and not parts:
        share = f"{low:.0%}" if low == high else f"{low * 100:.0f}–{high:.0%}"
        parts.append(f"{share} ({frequency})" if "/" in frequency else share)
    return ", ".join([*parts, *(f"{key} {value}" for key, value in rest.items())])


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name == "score" else "left", overflow="fold")
    return table


def _plain(text: str) -> Text:
    """A cell: what a vocabulary says is neither markup nor control characters."""
    return Text(_clean(text))


def _clean(text: str) -> str:
    return without_controls(text).strip()
