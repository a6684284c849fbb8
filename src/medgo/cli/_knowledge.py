"""``medgo knowledge``: look up, search, see and add what medicine knows. No logic of its own."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from medgo.cli._errors import code_of, without_controls
from medgo.cli._knowledge_show import (
    show_absent,
    show_concept,
    show_hits,
    show_licences,
    show_relations,
    show_sources,
    shown_sources,
)
from medgo.errors import InputError, MedGoError
from medgo.schema import ConceptKind, KnowledgeSource, Lang

if TYPE_CHECKING:
    from medgo.knowledge import Knowledge
    from medgo.knowledge.knowledge import Hit

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON. 输出 JSON。")]


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
    id: Annotated[  # noqa: A002
        str, typer.Argument(help="HP:0001250, a code (E11.9), or a whole name. 概念编号、编码或全名。")
    ],
    as_json: AsJson = False,
) -> None:
    """Show a concept: names, definition, relations, and who says so. 查询概念：名称、定义、关系及其来源。"""
    with _told(as_json):
        _lookup(id, as_json)


def _lookup(text: str, as_json: bool) -> None:
    from medgo.knowledge.resolve import resolve

    knowledge = _open()
    found = resolve(knowledge, text)
    concept = found.concept
    stated = knowledge.relations(concept.id)
    about = knowledge.relations(concept.id, inverse=True)
    sources = _used(
        knowledge, [concept.source, *(n.source for n in concept.names), *(r.source for r in stated + about)]
    )
    if as_json:
        value = asdict(concept) | {"relations": [asdict(r) for r in stated], "inverse": [asdict(r) for r in about]}
        same = {"same_code": list(found.others)} if found.others else {}
        _print_json(value | same | {"sources": [asdict(source) for source in sources]})
        return
    console = Console()
    show_concept(console, concept)
    if found.others:
        console.print(Text(f"\nthe same code 同一编码: {', '.join(found.others)}", style="dim"))
    others = show_relations(console, knowledge, "", stated) + show_relations(console, knowledge, "← ", about)
    named = [source for other in others for source in shown_sources(other)]
    show_licences(console, _used(knowledge, [*(source.id for source in sources), *named]))


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
    with _told(as_json):
        if not text.strip():
            raise InputError("no name was given", hint="give a name, some of its words, or a code 请输入名称")
        knowledge = _open()
        hits = knowledge.search(text, kind=kind, lang=lang, limit=limit)
        _show_found(knowledge, text, hits, as_json)
    raise typer.Exit(0 if hits else 1)


def _show_found(knowledge: Knowledge, text: str, hits: list[Hit], as_json: bool) -> None:
    concepts = [knowledge.lookup(hit.id) for hit in hits]
    shown = [source for concept in concepts for source in (concept.source, *shown_sources(concept))]
    sources = _used(knowledge, [*(hit.name.source for hit in hits), *shown])
    if as_json:
        pairs = zip(hits, concepts, strict=True)
        rows = [asdict(hit) | {"kind": c.kind, "zh": c.name("zh"), "en": c.name("en")} for hit, c in pairs]
        _print_json({"hits": rows, "sources": [asdict(source) for source in sources]})
        return
    console = Console()
    if not hits:
        from medgo.knowledge.resolve import shortened

        console.print(Text(f"nothing is called so: {shortened(without_controls(text))}  没有找到"))
        return
    show_hits(console, hits, concepts)
    show_licences(console, sources)


def sources_command(as_json: AsJson = False) -> None:
    """Show what the index is made from, under which licence, and what is absent. 列出知识来源、许可证与缺少的来源。"""
    from medgo.knowledge.installed import absent

    with _told(as_json):
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
    show_sources(console, knowledge, counts)
    size = knowledge.path.stat().st_size / 1e6
    console.print(f"\n[dim]{knowledge.path} ({size:.0f} MB)[/]", highlight=False, soft_wrap=True)
    for source_id, count in knowledge.meta["orphans"].items():
        console.print(f"[dim]{source_id}: {count:,} names left out, of concepts that no source here defines[/]")
    if missing:
        show_absent(console, missing)


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
    from medgo.knowledge.installed import elsewhere, remove

    item = remove(path)
    console = Console(stderr=True)
    console.print(Text(f"removed {item.path}  已移除"), soft_wrap=True)
    for file in elsewhere(item):
        console.print(Text(f"still read through MEDGO_DATA 仍由 MEDGO_DATA 提供: {file}", "yellow"), soft_wrap=True)


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


@contextmanager
def _told(as_json: bool) -> Iterator[None]:
    """Errors of a command that was asked for JSON are JSON too; the exit code is the same."""
    try:
        yield
    except MedGoError as error:
        if not as_json:
            raise
        _print_json({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        raise typer.Exit(code_of(error)) from None


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
