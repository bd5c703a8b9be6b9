"""Which definitions a theorem reaches, and a digest of each: what its proof depends on.

A definition is a function, a class, a method or a constant of the project's own modules. From the
statement that makes the theorem it goes on to whatever is named there, and so on. Where a name can
mean several things, all of them are reached: an attribute is taken for each module, and for each
method of a class that is reached, which has that name; and so is a text that could be a name, and
each word in the text of a planted bug. So more may be reached than runs, and never less, as long as
names are written out somewhere.
"""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

OURS = ("model", "impl", "proofs", "fuzz")
"""The packages whose definitions are followed. Others count by their versions."""

WORD = re.compile(r"[A-Za-z_]\w*")


class Definition(NamedTuple):
    """What stands under one name: a digest of its code, and the names that it uses."""

    digest: str
    names: frozenset[str]
    attributes: frozenset[str]


class Source(NamedTuple):
    """A module: its definitions by name, methods as `Class.method`, and what its imports mean.

    `imports` gives for a local name a module, and the name in it or an empty text for the module
    itself. What stands in no definition is the definition with the empty name.
    """

    definitions: dict[str, Definition]
    imports: dict[str, tuple[str, str]]


Reach = dict[str, str]
"""Digests by name, as in `model.view:FlatRange.end`."""


def reach(module: str, name: str, package: str) -> Reach:
    """What the definition `name` of `module` reaches, itself included.

    `package` is the one whose modules are reached as attributes of an object, as in `package.view`.
    """
    walk = _Walk(package)
    walk.use_module(module)
    walk.use(module, name)
    walk.finish()
    return dict(sorted(walk.reached.items()))


class _Walk:
    """One search: what is reached so far, and which names it waits for."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.reached: Reach = {}
        self.modules: set[str] = set()
        self.classes: set[tuple[str, str]] = set()
        self.attributes: set[str] = set()

    def use_module(self, module: str) -> None:
        """A module is imported, or named: its statements run."""
        if module not in self.modules:
            self.modules.add(module)
            self.use(module, "")

    def use(self, module: str, name: str) -> None:
        """A definition is reached, and all that it names."""
        source = read_module(module)
        key = f"{module}:{name}"
        if key in self.reached:
            return
        definition = source.definitions.get(name)
        if definition is None:
            self.use_import(source, name)
            return
        self.reached[key] = definition.digest
        self.attributes |= definition.attributes
        if is_class(source, name):
            self.classes.add((module, name))
        for used in definition.names:
            self.use(module, used)

    def use_import(self, source: Source, name: str) -> None:
        """A name that a module has from elsewhere; what is not ours is not followed."""
        if name not in source.imports:
            return
        module, original = source.imports[name]
        if original and is_module(f"{module}.{original}"):
            module, original = f"{module}.{original}", ""
        self.use_module(module)
        if original:
            self.use(module, original)

    def finish(self) -> None:
        """Follow attributes until nothing new is reached."""
        before = -1
        while before != len(self.reached) + len(self.modules):
            before = len(self.reached) + len(self.modules)
            for module in modules_of(self.package):
                if module.rpartition(".")[2] in self.attributes:
                    self.use_module(module)
            for module in sorted(self.modules):
                source = read_module(module)
                for name in self.attributes & (source.definitions.keys() | source.imports.keys()):
                    self.use(module, name)
            for module, name in sorted(self.classes):
                for key in read_module(module).definitions:
                    owner, _, method = key.rpartition(".")
                    if owner == name and method in self.attributes:
                        self.use(module, key)


def is_class(source: Source, name: str) -> bool:
    """Whether a definition has methods of its own."""
    return any(key.startswith(f"{name}.") for key in source.definitions)


# --- Reading modules ----------------------------------------------------------------------------


@cache
def path_of(module: str) -> Path | None:
    """The file of one of our modules; None if there is none."""
    if module.partition(".")[0] not in OURS:
        return None
    package = find_spec(module.partition(".")[0])
    if package is None or not package.submodule_search_locations:
        return None
    base = Path(package.submodule_search_locations[0]).joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def is_module(name: str) -> bool:
    """Whether a dotted name is one of our modules."""
    return path_of(name) is not None


@cache
def modules_of(package: str) -> tuple[str, ...]:
    """The modules of a package."""
    path = path_of(package)
    assert path is not None
    return tuple(f"{package}.{file.stem}" for file in sorted(path.parent.glob("*.py")))


@cache
def read_module(module: str) -> Source:
    """The definitions and imports of one of our modules; none of what is not ours."""
    path = path_of(module)
    if path is None:
        return Source({}, {})
    return read_source(path.read_text(encoding="utf-8"))


def read_source(text: str) -> Source:
    """The definitions and imports of a module's text."""
    definitions: dict[str, Definition] = {}
    imports: dict[str, tuple[str, str]] = {}
    rest: list[ast.AST] = []
    for node in ast.parse(text).body:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                imports.update(imported(inner))
        if isinstance(node, ast.FunctionDef):
            definitions[node.name] = define(node)
        elif isinstance(node, ast.ClassDef):
            definitions.update(defined_by_class(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            definitions.update((name, define(node)) for name in assigned(node))
        elif not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr):
            rest.append(node)
    definitions[""] = define(*rest)
    return Source(definitions, imports)


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, tuple[str, str]]]:
    """The local names that an import makes, and what they mean."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, (node.module or "", alias.name)
        elif alias.asname:
            yield alias.asname, (alias.name, "")
        else:
            yield alias.name.partition(".")[0], (alias.name, "")


def assigned(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    """The names that an assignment gives a meaning."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        for inner in ast.walk(target):
            if isinstance(inner, ast.Name):
                yield inner.id


def defined_by_class(node: ast.ClassDef) -> Iterator[tuple[str, Definition]]:
    """A class with all that Python may call by itself, and its other methods one by one."""
    methods = [
        inner
        for inner in node.body
        if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("__")
    ]
    own = [inner for inner in node.body if inner not in methods]
    yield node.name, define(*node.bases, *node.keywords, *node.decorator_list, *own)
    for method in methods:
        yield f"{node.name}.{method.name}", define(method)


def define(*nodes: ast.AST) -> Definition:
    """One definition made of some pieces of code; documentation is no part of it."""
    names: set[str] = set()
    attributes: set[str] = set()
    for node in nodes:
        drop_documentation(node)
        for inner in runs(node):
            if isinstance(inner, ast.Name):
                names.add(inner.id)
            elif isinstance(inner, ast.Attribute):
                attributes.add(inner.attr)
            else:
                attributes.update(words(inner))
    return Definition(digest_of(map(ast.dump, nodes)), frozenset(names), frozenset(attributes))


def words(node: ast.AST) -> Iterator[str]:
    """The names in a text, if it is a single one, or the code of a planted bug."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if WORD.fullmatch(node.value):
            yield node.value
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Mutation":
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield from WORD.findall(inner.value)


def runs(node: ast.AST) -> Iterator[ast.AST]:
    """All parts of a piece of code but its type annotations, which make no objects."""
    yield node
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns"}:
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, ast.AST):
                yield from runs(inner)


def drop_documentation(node: ast.AST) -> None:
    """Take the docstrings out of a piece of code."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.ClassDef):
            inner.body = [one for one in inner.body if not is_text(one)] or [ast.Pass()]


def is_text(node: ast.stmt) -> bool:
    """Whether a statement is nothing but a text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def digest_of(texts: Iterable[str]) -> str:
    """A digest of some texts, in order."""
    joined = hashlib.sha256()
    for text in texts:
        joined.update(text.encode())
        joined.update(b"\0")
    return joined.hexdigest()[:32]
