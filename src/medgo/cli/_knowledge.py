"""``medgo knowledge``: look up, search, see and add what medicine knows. No logic of its own."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from medgo.cli._errors import without_controls
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Lang, Relation

if TYPE_CHECKING:
    from medgo.knowledge import Knowledge

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output. 输出 JSON。")]
_SHOWN = 12  # relations of a kind on the screen; --json has all


def build_knowledge() -> typer.Typer:
    """The commands of ``medgo knowledge``."""
    app = typer.Typer(no_args_is_help=True, help="What medicine knows: look up, search, add. 医学知识库。")
    app.command("lookup")(lookup_command)
    app.command("search")(search_command)
    app.command("sources")(sources_command)
    app.command("add")(add_command)
    app.command("remove")(remove_command)
    return app


def lookup_command(
    id: Annotated[str, typer.Argument(help="Identifier, such as HP:0001250 or ICD10CM:E11.9. 概念编号。")],  # noqa: A002
    as_json: AsJson = False,
) -> None:
    """Show a concept: names, definition, relations, and who says so. 查询概念：名称、定义、关系及其来源。"""
    knowledge = _open()
    concept = knowledge.lookup(id)
    stated = knowledge.relations(concept.id)
    about = knowledge.relations(concept.id, inverse=True)
    sources = _used(
        knowledge, [concept.source, *(n.source for n in concept.names), *(r.source for r in stated + about)]
    )
    if as_json:
        value = asdict(concept) | {"relations": [asdict(r) for r in stated], "inverse": [asdict(r) for r in about]}
        _print_json(value | {"sources": [asdict(source) for source in sources]})
        return
    console = Console()
    _show_concept(console, concept)
    others = _show_relations(console, knowledge, "", stated) + _show_relations(console, knowledge, "← ", about)
    named = [source for other in others for source in _shown_sources(other)]
    _show_licences(console, _used(knowledge, [*(source.id for source in sources), *named]))


def search_command(
    text: Annotated[
        str, typer.Argument(help="A name, its beginning, some of its words, or a code. 名称、关键词或编码。")
    ],
    kind: Annotated[ConceptKind | None, typer.Option(help="Only this kind. 概念类别。")] = None,
    lang: Annotated[Lang | None, typer.Option(help="Only names in this language. 名称语言。")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many. 最多条数。")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find concepts by name, best first; exit code 1 where there is none. 按名称查找概念（支持中英文、错拼）。"""
    knowledge = _open()
    hits = knowledge.search(text, kind=kind, lang=lang, limit=limit)
    concepts = [knowledge.lookup(hit.id) for hit in hits]
    shown = [source for concept in concepts for source in (concept.source, *_shown_sources(concept))]
    sources = _used(knowledge, [*(hit.name.source for hit in hits), *shown])
    if as_json:
        pairs = zip(hits, concepts, strict=True)
        rows = [asdict(hit) | {"kind": c.kind, "zh": c.name("zh"), "en": c.name("en")} for hit, c in pairs]
        _print_json({"hits": rows, "sources": [asdict(source) for source in sources]})
        raise typer.Exit(0 if hits else 1)
    console = Console()
    if not hits:
        console.print(Text(f"nothing is called so: {without_controls(text)}  没有找到"))
        raise typer.Exit(1)
    table = _table("id", "name 名称", "score", "kind", "中文 / English", "source")
    for hit, concept in zip(hits, concepts, strict=True):
        cells = (hit.id, hit.name.text, f"{hit.score:.2f}", concept.kind, _both(concept), hit.name.source)
        table.add_row(*map(_plain, cells))
    console.print(table, highlight=False)
    _show_licences(console, sources)


def sources_command(as_json: AsJson = False) -> None:
    """Show what the index is made from, under which licence, and what is absent. 列出知识来源、许可证与缺少的来源。"""
    from medgo.knowledge.installed import absent

    knowledge = _open()
    missing = absent()
    counts = defaultdict(int, knowledge.meta["counts"])
    if as_json:
        rows = [asdict(source) | {"statements": counts[source.id]} for source in knowledge.sources()]
        _print_json(
            {
                "index": str(knowledge.path),
                "fingerprint": knowledge.fingerprint,
                "sources": rows,
                "names_left_out": knowledge.meta["orphans"],
                "absent": [asdict(item) for item in missing],
            }
        )
        return
    console = Console()
    table = _table("id", "version", "statements", "pass on 可分发", "is, and its licence 来源与许可证")
    for source in knowledge.sources():
        share = Text("yes", "green") if source.share else Text("no", "yellow")
        cells = [_plain(cell) for cell in (source.id, source.version, f"{counts[source.id]:,}")]
        table.add_row(*cells, share, _plain(f"{source.title} · {source.licence}"))
    console.print(table, highlight=False)
    size = knowledge.path.stat().st_size / 1e6
    console.print(f"\n[dim]{knowledge.path} ({size:.0f} MB)[/]", highlight=False, soft_wrap=True)
    for source_id, count in knowledge.meta["orphans"].items():
        console.print(f"[dim]{source_id}: {count:,} names left out, of concepts that no source here defines[/]")
    if missing:
        console.print(f"\n[bold]Not here 缺少的来源[/] ({len(missing)})", highlight=False)
        rows_of_missing = Table(box=None, show_header=False, pad_edge=False)
        for item in missing:
            rows_of_missing.add_row(Text(item.id, style="bold"), Text(item.title))
            rows_of_missing.add_row("", Text.assemble(("→ ", "cyan"), item.get))
        console.print(rows_of_missing, highlight=False)


def add_command(
    path: Annotated[Path, typer.Argument(help="File or folder of a vocabulary that you may use. 术语文件或目录。")],
    type_: Annotated[
        str | None, typer.Option("--as", help="What it is, where its content does not say. 文件类型。")
    ] = None,
) -> None:
    """Add a vocabulary; it is checked, read in place and never copied. 添加自有术语库（原地读取，先行校验）。"""
    from medgo.knowledge.installed import add

    console = Console(stderr=True)
    with console.status("reading 正在读取") as status:
        item = add(path, type_, lambda title: status.update(f"reading {title} 正在读取"))
    console.print(Text.assemble(("added ", "green"), f"{item.path} as {item.type}  已添加"), soft_wrap=True)


def remove_command(
    path: Annotated[Path, typer.Argument(help="What was added. 先前添加的文件或目录。")],
) -> None:
    """Take an added vocabulary out again; the file stays. 移除已添加的术语库（不删除文件）。"""
    from medgo.knowledge.installed import remove

    item = remove(path)
    Console(stderr=True).print(Text(f"removed {item.path}  已移除"), soft_wrap=True)


def _open() -> Knowledge:
    """The index; the first call builds it, and says so."""
    from medgo.knowledge import Knowledge
    from medgo.knowledge.build import ensure, is_whole, plan
    from medgo.knowledge.installed import present_readers

    wanted = plan(present_readers())
    if is_whole(wanted.path):
        return Knowledge(wanted.path)
    with Console(stderr=True).status("building the index, once 首次建立索引") as status:
        return Knowledge(ensure(wanted, lambda title: status.update(f"building the index, once 首次建立索引: {title}")))


def _used(knowledge: Knowledge, ids: Iterable[str]) -> list[KnowledgeSource]:
    wanted = set(ids)
    return [source for source in knowledge.sources() if source.id in wanted]


def _show_concept(console: Console, concept: Concept) -> None:
    heading = (_clean(_both(concept)), "bold")
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


def _show_relations(
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
        for _ in range(4):
            table.add_column(overflow="fold")
        for relation in group[:_SHOWN]:
            other = relation.subject if arrow else relation.object
            concept = _concept(knowledge, other)
            shown += [concept] if concept else []
            called = _both(concept) if concept else ""
            table.add_row(*map(_plain, (other, called, _said(relation.attributes), relation.source)))
        console.print(table, highlight=False)
        if len(group) > _SHOWN:
            console.print(f"[dim]… and {len(group) - _SHOWN:,} more; --json has all 其余见 --json[/]", highlight=False)
    return shown


def _concept(knowledge: Knowledge, id: str) -> Concept | None:  # noqa: A002
    """What a relation names; None for what no source defines (``STATE:pregnancy``)."""
    from medgo.errors import UnknownConceptError

    try:
        return knowledge.lookup(id)
    except UnknownConceptError:
        return None


def _both(concept: Concept) -> str:
    return " / ".join(name for name in (concept.name("zh"), concept.name("en")) if name)


def _shown_sources(concept: Concept) -> list[str]:
    """Who gave the names that :func:`_both` shows."""
    shown = (concept.name("zh"), concept.name("en"))
    return [name.source for name in concept.names if name.text in shown]


def _said(attributes: Mapping[str, Any]) -> str:
    """What a relation carries; bounds of a probability as a share."""
    rest = dict(attributes)
    parts = ["not 否定"] if rest.pop("negated", False) else []
    frequency, low, high = rest.pop("frequency", ""), rest.pop("low", None), rest.pop("high", None)
    if low is not None and high is not None and not parts:
        share = f"{low:.0%}" if low == high else f"{low * 100:.0f}–{high:.0%}"
        parts.append(f"{share} ({frequency})" if "/" in frequency else share)
    return ", ".join([*parts, *(f"{key} {value}" for key, value in rest.items())])


def _show_licences(console: Console, sources: list[KnowledgeSource]) -> None:
    console.print("\n[bold]Sources 来源[/]")
    for source in sources:
        said = [f"{source.id}: {source.title} {source.version}".strip(), source.licence, source.url, source.attribution]
        if not source.share:
            said.append("not to be passed on 不得再分发")
        line = " · ".join(part for part in said if part)
        console.print(Text(_clean(line), style="dim"))


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        right = name in ("score", "statements")
        table.add_column(
            name, justify="right" if right else "left", overflow="fold", no_wrap=name in ("id", "version") or right
        )
    return table


def _plain(text: str) -> Text:
    """A cell: what a vocabulary says is neither markup nor control characters."""
    return Text(_clean(text))


def _clean(text: str) -> str:
    return without_controls(text).strip()


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
