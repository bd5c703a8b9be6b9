"""Finding a target by name: ours, a mutant of `impl`, or a third party's `module:factory`."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import CodeType

from fuzz.mutants import MUTANTS
from fuzz.mutation import Mutation, load_variant
from fuzz.rfc_v1 import PREFIX, UnknownDefect, defects_of
from fuzz.targets import qemu
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Settings, TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.rfc_v1.target import RfcTarget

KNOWN = "model, impl, mutant:NAME, rfc-v1, rfc-v1:DEFECT, qemu, or package.module:factory"

FITS: dict[str, Callable[[Settings], Settings]] = {"qemu": qemu.fit}
"""How the targets that have settings of their own change those of a scenario."""


class UnknownTarget(ValueError):
    """No target has this name; the message lists those that exist."""


def find_target(
    name: str, transform: Callable[[CodeType], CodeType] | None = None
) -> TargetFactory:
    """The factory of a target. Raises UnknownTarget.

    `transform` rewrites the code of `impl`, of the mutant or of RFC v1 as it is loaded, for
    instance to instrument it; it does not reach the specification or third parties.
    """
    if name == "model":
        return ModelTarget
    if name == "qemu":
        return qemu.QemuTarget
    if name == "impl":
        return ImplTarget if transform is None else _implementation(name, None, transform)
    if name.startswith("mutant:"):
        wanted = name.removeprefix("mutant:")
        for mutation in MUTANTS:
            if mutation.name == wanted:
                return _implementation(name, mutation, transform)
        known = ", ".join(mutation.name for mutation in MUTANTS)
        raise UnknownTarget(f"there is no mutant {wanted!r}; there are {known}")
    if name == PREFIX or name.startswith(f"{PREFIX}:"):
        return _rfc_v1(name, transform)
    return _third_party(name)


def _rfc_v1(name: str, transform: Callable[[CodeType], CodeType] | None) -> TargetFactory:
    try:
        defects = defects_of(name)
    except UnknownDefect as error:
        raise UnknownTarget(str(error)) from error
    if transform is None:
        return partial(RfcTarget, name=name, defects=defects)
    target = load_variant("fuzz.targets.rfc_v1", None, transform).target.RfcTarget
    package = load_variant("impl", None, transform)
    return partial(target, package=package, name=name, defects=defects)


def _implementation(
    name: str, mutation: Mutation | None, transform: Callable[[CodeType], CodeType] | None
) -> TargetFactory:
    return partial(ImplTarget, package=load_variant("impl", mutation, transform), name=name)


def _third_party(name: str) -> TargetFactory:
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        raise UnknownTarget(f"unknown target {name!r}; a target is {KNOWN}")
    try:
        factory: TargetFactory = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UnknownTarget(f"target {name!r} cannot be loaded: {error}") from error
    if not callable(factory):
        raise UnknownTarget(f"target {name!r} is not callable; it must make a target of settings")
    return factory
