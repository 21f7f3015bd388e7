"""Digests of files, remembered as long as a file stays what it was: a slide of gigabytes is read once.

A digest is trusted only where inode, size, date of content and date of change are all those of the reading, and
where these dates lay far enough back then that no later writing could bear the same ones. One small file per
digest, written aside and renamed, so that any number of processes, on any number of machines, may share them.
"""

import os
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.core.digests import digest_bytes, digest_file
from pipeline.core.files import PARTIAL

MEMORY = Path("scratch/digests")  # of the study
LARGE = 1 << 20  # bytes; smaller files are read as fast as what is remembered of them
SETTLED = 2 * 10**9  # ns; more than the steps in which any file system keeps its dates


class Known(BaseModel):
    """A file as it was when it was read: path, inode, size, dates in ns, and the digest of its bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    stamp: tuple[int, int, int, int]
    digest: str


def file_digest(path: Path) -> str:
    """BLAKE2b of a file's bytes, 32 hex digits; the file is read only where that is not known."""
    before = _stamp(path)
    if before[1] < LARGE:
        return digest_file(path)
    memory = MEMORY / f"{digest_bytes(path.as_posix().encode())}.json"
    known = _read(memory)
    if known and (known.path, known.stamp) == (path.as_posix(), before):
        return known.digest
    now = time.time_ns()
    digest = digest_file(path)
    if _stamp(path) == before and now - max(before[2:]) > SETTLED:
        _write(memory, Known(path=path.as_posix(), stamp=before, digest=digest))
    return digest


def _stamp(path: Path) -> tuple[int, int, int, int]:
    found: os.stat_result = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(memory: Path) -> Known | None:
    """None where nothing is known, or where it cannot be read: the file itself is read then."""
    try:
        return Known.model_validate_json(memory.read_text())
    except (OSError, ValidationError, UnicodeDecodeError):
        return None


def _write(memory: Path, known: Known) -> None:
    """Several processes may write the same at once: each aside under a name of its own."""
    memory.parent.mkdir(parents=True, exist_ok=True)
    partial = memory.with_name(f"{memory.stem}.{os.getpid()}{PARTIAL}")
    partial.write_text(known.model_dump_json())
    partial.replace(memory)
