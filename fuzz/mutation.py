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
    """A copy of a package; its modules are attributes, as in `variant.view`, loaded when asked."""

    def __init__(self, package: str, finder: "_MutatingFinder") -> None:
        self.package = package
        self._finder = finder
        self._modules: dict[str, ModuleType] = {}

    def __getattr__(self, name: str) -> Any:
        module = f"{self.package}.{name}"
        if module not in self._modules:
            self._load(module)
        return self._modules[module]

    def load_all(self) -> None:
        """Load all modules, so that none is loaded while the copy runs."""
        for path in sorted(Path(import_module(self.package).__path__[0]).glob("*.py")):
            if path.stem != "__init__":
                getattr(self, path.stem)

    def _load(self, name: str) -> None:
        """Load a module of the copy, with those that it imports; sys.modules is left as it was."""
        sound = {one: sys.modules.pop(one) for one in list(sys.modules) if self._has(one)}
        sys.modules.update(self._modules)
        sys.meta_path.insert(0, self._finder)
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise AttributeError(f"package {self.package} has no module {name}") from None
        finally:
            sys.meta_path.remove(self._finder)
            self._modules = {one: module for one, module in sys.modules.items() if self._has(one)}
            for one in self._modules:
                del sys.modules[one]
            sys.modules.update(sound)

    def _has(self, module: str) -> bool:
        return within(self.package, module)


def load_variant(
    package: str,
    mutation: Mutation | None = None,
    transform: Callable[[CodeType], CodeType] | None = None,
) -> Variant:
    """A fresh copy of a package, mutated if asked; sys.modules is left as it was.

    `transform` may rewrite each module's code, for instance to instrument it: then all modules are
    loaded at once. Raises MutationError unless the mutation's original text stands exactly once in
    its module, and what loading that module raises.
    """
    variant = Variant(package, _MutatingFinder(package, mutation, transform))
    if transform is not None:
        variant.load_all()
    if mutation is not None:
        try:
            getattr(variant, mutation.module.removeprefix(f"{package}."))
        except AttributeError as error:
            raise MutationError(f"mutation {mutation.name}: {error}") from None
    return variant


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
