"""Deliberately broken copies of a package: what a proof, a replay or a fuzzer must notice.

A mutation is a change of source text. The whole package is loaded anew with it, beside the real
one, so that a broken copy never leaks into the code it was made from.
"""

import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple


class Mutation(NamedTuple):
    """One bug: in `module`, the text `original`, which stands there once, becomes `replacement`.

    `rules` are those that the bug breaks, where they do not follow from what the mutation is for.
    """

    name: str
    module: str
    original: str
    replacement: str
    rules: tuple[str, ...] = ()


class MutationError(ValueError):
    """A mutation that does not fit the source it was written for."""


class Variant:
    """One loaded copy of a package; its modules are attributes, as in `variant.view`."""

    def __init__(self, package: str, modules: dict[str, ModuleType]) -> None:
        self.package = package
        self._modules = modules

    def __getattr__(self, name: str) -> Any:
        try:
            return self._modules[f"{self.package}.{name}"]
        except KeyError:
            raise AttributeError(f"package {self.package} has no module {name}") from None


def load_variant(
    package: str,
    mutation: Mutation | None = None,
    transform: Callable[[CodeType], CodeType] | None = None,
) -> Variant:
    """Load a fresh copy of a package, mutated if asked; sys.modules is left as it was.

    `transform` may rewrite each module's code, for instance to instrument it. Raises MutationError
    unless the mutation's original text stands exactly once in its module.
    """
    ours = {name: sys.modules.pop(name) for name in list(sys.modules) if within(package, name)}
    finder = _MutatingFinder(package, mutation, transform)
    sys.meta_path.insert(0, finder)
    try:
        folder = import_module(package).__path__[0]
        for path in sorted(Path(folder).glob("*.py")):
            if path.stem != "__init__":
                import_module(f"{package}.{path.stem}")
        loaded = {name: module for name, module in sys.modules.items() if within(package, name)}
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if within(package, name)]:
            del sys.modules[name]
        sys.modules.update(ours)
    if mutation is not None and mutation.module not in loaded:
        raise MutationError(f"mutation {mutation.name}: there is no module {mutation.module}")
    return Variant(package, loaded)


def within(package: str, module: str) -> bool:
    """Whether a module name is the package's own or below it."""
    return module == package or module.startswith(f"{package}.")


def mutate(source: str, mutation: Mutation) -> str:
    """The source with the mutation made; MutationError unless its text stands there once."""
    count = source.count(mutation.original)
    if count != 1:
        raise MutationError(
            f"mutation {mutation.name}: its text stands {count} times in {mutation.module}"
        )
    return source.replace(mutation.original, mutation.replacement)


class _MutatingFinder:
    """Finds the package's modules where Python would, and has `_MutatingLoader` load them."""

    def __init__(
        self,
        package: str,
        mutation: Mutation | None,
        transform: Callable[[CodeType], CodeType] | None,
    ) -> None:
        self.package = package
        self.mutation = mutation
        self.transform = transform

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not within(self.package, name):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None:
            return spec
        spec.loader = _MutatingLoader(name, spec.origin, self.mutation, self.transform)
        return spec


@cache
def compiled(source: str, path: str) -> CodeType:
    """The code of a module's source, which most copies of a package have in common."""
    return compile(source, path, "exec", dont_inherit=True)


class _MutatingLoader(SourceFileLoader):
    """Compiles from source: Python's own cache of bytecode has that of the unbroken module."""

    def __init__(
        self,
        name: str,
        path: str,
        mutation: Mutation | None,
        transform: Callable[[CodeType], CodeType] | None,
    ) -> None:
        super().__init__(name, path)
        self.mutation = mutation
        self.transform = transform

    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path).read_text(encoding="utf-8")
        if self.mutation is not None and self.mutation.module == fullname:
            source = mutate(source, self.mutation)
        code = compiled(source, self.path)
        return code if self.transform is None else self.transform(code)
