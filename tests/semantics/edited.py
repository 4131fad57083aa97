"""`checkers.cloud` with an edit in the source of one of its modules.

A rule is switched off in the source, not by replacing a name: names are imported from module to module and
results are cached, so that a replaced one would still be in force here and there.
"""

from __future__ import annotations

import ast
import importlib
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.util import spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

PACKAGE = "checkers.cloud"
FOLDER = Path(__file__).resolve().parent.parent.parent / "checkers" / "cloud"


@dataclass(frozen=True, slots=True)
class Edit:
    """A text that stands once in a module of `checkers.cloud`, and what is put in its place."""

    module: str
    old: str
    new: str

    def source(self) -> str:
        """The source of the module."""
        return (FOLDER / f"{self.module}.py").read_text(encoding="utf-8")

    def edited(self) -> str:
        """The source of the module with the edit made."""
        source = self.source()
        found = source.count(self.old)
        assert found == 1, (
            f"{self.old!r} stands {found} times in {self.module}.py; an edit needs a text that is there once"
        )
        return source.replace(self.old, self.new)

    def place(self) -> str:
        """The function, or the constant, that has the text."""
        source = self.source()
        before, _, _ = source.partition(self.old)
        skipped = len(self.old) - len(self.old.lstrip())
        return _named(ast.parse(source), source[: len(before) + skipped].count("\n") + 1)


def _named(tree: ast.AST, line: int) -> str:
    """The name of the innermost definition that has the line."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or line):
            name = _name_of(node)
            if isinstance(node, ast.ClassDef):
                inner = _named(node, line)
                return f"{name}.{inner}" if inner else name
            return name
    return ""


def _name_of(node: ast.stmt) -> str:
    match node:
        case ast.ClassDef() | ast.FunctionDef():
            return node.name
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return ast.unparse(target).strip("()")
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class Cloud:
    """The modules that decide a case."""

    claims: ModuleType
    control: ModuleType
    inventory: ModuleType
    request: ModuleType
    snapshot: ModuleType
    targets: ModuleType


def load(edit: Edit | None = None) -> Cloud:
    """The package, with the edit if there is one."""
    if edit is None:
        return _modules()
    with _apart(edit):
        return _modules()


def _modules() -> Cloud:
    return Cloud(**{name: importlib.import_module(f"{PACKAGE}.{name}") for name in Cloud.__slots__})


@contextmanager
def _apart(edit: Edit) -> Generator[None]:
    """While this lasts, what rests on the module is imported anew, with the edit; after it all is as before."""
    package = importlib.import_module(PACKAGE)
    stale = {f"{PACKAGE}.{name}" for name in resting_on(edit.module)}
    before = {name: sys.modules.pop(name) for name in stale & sys.modules.keys()}
    finder = _Finder(edit)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in stale & sys.modules.keys():
            del sys.modules[name]
            delattr(package, name.rpartition(".")[2])
        sys.modules.update(before)
        for name, module in before.items():
            setattr(package, name.rpartition(".")[2], module)


@cache
def resting_on(module: str) -> frozenset[str]:
    """The module, and the modules of the package that import it, directly or not."""
    found, before = {module}, set[str]()
    while found != before:
        before = set(found)
        found |= {name for name, imports in _imports().items() if imports & found}
    return frozenset(found)


@cache
def _imports() -> dict[str, set[str]]:
    """Which modules of the package each of them imports, anywhere in it."""
    found: dict[str, set[str]] = {}
    for path in sorted(FOLDER.glob("*.py")):
        names = found.setdefault(path.stem, set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}."):
                names.add(str(node.module).removeprefix(f"{PACKAGE}."))
    return found


class _Finder(MetaPathFinder):
    """Finds what rests on the edited module. Whoever measures coverage does not take it for the package itself."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        if package != PACKAGE or name not in resting_on(self.edit.module):
            return None
        return spec_from_loader(fullname, _Loader(self.edit if name == self.edit.module else Edit(name, "", "")))


class _Loader(Loader):
    def __init__(self, edit: Edit) -> None:
        self.edit = edit

    def exec_module(self, module: ModuleType) -> None:
        exec(_code(self.edit), module.__dict__)  # noqa: S102 the project's own source


def _code(edit: Edit) -> CodeType:
    return compile(edit.edited(), f"<edited {edit.module}.py>", "exec") if edit.old else _as_it_is(edit.module)


@cache
def _as_it_is(module: str) -> CodeType:
    return compile(Edit(module, "", "").source(), f"<{module}.py>", "exec")
