"""Files that are written whole or not at all."""

import hashlib
import os
from pathlib import Path


def content_name(data: bytes) -> str:
    """What a file is named by that is named by its content: 12 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:12]


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file so that it is there whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
