"""What is raised where an operation is impossible."""


class MemoryMapError(ValueError):
    """An operation that no memory map allows. Nothing has changed."""
