"""What a scenario can be run on: one interface, and an adapter for each implementation."""
