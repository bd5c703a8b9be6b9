"""The reference specification of QEMU's FlatView: pure functions over immutable values.

Reading order, by rule group:
- regions and rendering (M, R): `address_range`, `region`, `view`, `render`, `meaning`;
- transactions and listeners (T): `coalesced`, `ioeventfds`, `events`, `listeners`, `topology`, then
  the operations in `changes` and `write_changes`;
- dispatch (D): `radix`, `subpage`, `dispatch`;
- translation and access (X, A): `memtx`, `memory`, `device`, `iommu`, `system`, `translate`,
  `access`, `guard`, `step`, `read_write`, `address_space`, `load_store`, `map`, `find`;
- lifecycle (L): `rcu`, `references`, `lifecycle`, `lifecycle_steps`, `lifecycle_programs`,
  `lifecycle_invariant`;
- guest memory as Rust sees it (V): `guest_contract`, `guest_errors`, `dirty_bitmap`,
  `guest_streams`, `volatile_slice`, `slice_streams`, `guest_provider`, `guest_region`,
  `guest_memory`, `guest_by_regions`, `guest_by_slices`, `guest_bytes`, `guest_regions`,
  `guest_maps`, `guest_atomic`, `iotlb`, `guest_iommu`;
- a FlatView as Rust sees it (G, F): `guest_flatview`, `guest_flat_bytes`, `guest_flat_streams`,
  `guest_guard`.

`flavour` says which QEMU is spoken of, and `rules.toml` lists the rules. Addresses are integers mod
2^64; sizes and everything computed while rendering are mathematical integers, which is what QEMU's
128-bit arithmetic stands for (P5).
"""
