"""Vectors: single accesses of guest memory with what rust-vmm's crate was seen to do, as JSON."""
