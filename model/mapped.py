"""Being mapped: whether a region is part of anything, and whom that keeps alive."""

from collections import Counter
from collections.abc import Mapping

from model.flavour import Flavour
from model.region import RegionId, Regions
from model.topology import Topology, get_region


def alias_chain(regions: Regions, name: RegionId) -> tuple[RegionId, ...]:
    """What an alias stands for, and what that stands for, to the end; nothing for others.

    Rules: M7.
    """
    found: list[RegionId] = []
    target = regions[name].alias
    while target is not None:
        found.append(target)
        target = regions[target].alias
    return tuple(found)


def is_mapped(topology: Topology, name: RegionId) -> bool:
    """Whether a region has a container, or an alias that has one leads to it.

    (QEMU counts such aliases as they are added and deleted.) It need not be visible anywhere.
    Raises TopologyError. Rules: M6, M7.
    """
    if get_region(topology, name).container is not None:
        return True
    regions = topology.regions
    return any(
        one.container is not None and name in alias_chain(regions, alias)
        for alias, one in regions.items()
    )


def references_of_mapping(
    flavour: Flavour, regions: Regions, owners: Mapping[RegionId, str]
) -> Counter[str]:
    """How often each owner is referenced because regions of its lie in containers.

    Once for each; but a region in a container of the same owner counts in QEMU 7.2 alone.
    Rules: M7, L4.
    """
    return Counter(
        owners[name]
        for name, one in regions.items()
        if one.container is not None
        and name in owners
        and (flavour.references_owner_of_container or owners[name] != owners.get(one.container))
    )
