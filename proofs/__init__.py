"""Symbolic execution of the specification's own code, and the theorems proved about it."""
