"""Writes the tables of docs/tasks.md and docs/tasks.zh.md from the registry: what is true of a task is said once.

python scripts/task_pages.py            # write both pages
python scripts/task_pages.py --check    # exit with 1 where a page is not what it would write
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medgo.schema import Lang
from medgo.tasks.definition import Task
from medgo.tasks.layout import layout_of
from medgo.tasks.registry import all_tasks

DOCS = Path(__file__).parent.parent / "docs"
PAGES: Mapping[Lang, Path] = {"en": DOCS / "tasks.md", "zh": DOCS / "tasks.zh.md"}
_HEAD: Mapping[Lang, str] = {
    "en": "| task | what it does | sections of the output |\n|---|---|---|",
    "zh": "| 任务 | 做什么 | 输出的各项 |\n|---|---|---|",
}
_BETWEEN = re.compile(r"(?<=<!-- tasks: written by scripts/task_pages.py -->\n).*?(?=<!-- end of tasks -->)", re.DOTALL)


def page(text: str, lang: Lang) -> str:
    """A page with its table as the registry has it."""
    table = "\n".join([_HEAD[lang], *(_row(task, lang) for task in all_tasks())])
    return _BETWEEN.sub(lambda _: f"\n{table}\n\n", text)


def _row(task: Task[Any, Any], lang: Lang) -> str:
    codes = " · ".join(str(task.meta[name]) for name in ("document", "loinc") if name in task.meta)
    name = f"`{task.name}`<br>{task.titles[lang]}" + (f"<br>{codes}" if codes else "")
    titles = ("、" if lang == "zh" else " · ").join(field.titles[lang] for field in layout_of(task.output))
    return f"| {name} | {task.about[lang]} | {titles} |"


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a page is old")
    check = parser.parse_args().check
    old = []
    for lang, path in PAGES.items():
        now = path.read_text(encoding="utf-8")
        new = page(now, lang)
        if new != now:
            old.append(path.name)
            if not check:
                path.write_text(new, encoding="utf-8")
    if check and old:
        print(f"not as the registry has them: {', '.join(old)}; run python scripts/task_pages.py")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main())
