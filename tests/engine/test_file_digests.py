"""A file is read once, and again as soon as anything about it differs."""

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from pipeline.core.digests import digest_file
from pipeline.engine import file_digests
from pipeline.engine.file_digests import LARGE, MEMORY, file_digest

FILE = Path("slide.tif")


@pytest.fixture
def read(tmp_path, monkeypatch):
    """The files that were read; ``slide.tif`` is large and there for a while."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(file_digests, "SETTLED", 0)
    files = []

    def count(path):
        files.append(path)
        return digest_file(path)

    monkeypatch.setattr(file_digests, "digest_file", count)
    FILE.write_bytes(bytes(LARGE))
    return files


def test_a_large_file_is_read_once(read):
    assert [file_digest(FILE) for _ in range(3)] == [digest_file(FILE)] * 3
    assert read == [FILE]


def test_a_small_file_is_not_remembered(read):
    FILE.write_bytes(b"small")
    assert file_digest(FILE) == digest_file(FILE)
    assert not MEMORY.exists()


def other_bytes():
    stamp = FILE.stat()
    FILE.write_bytes(b"x" * LARGE)
    os.utime(FILE, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # same inode, size and date


def other_file():
    stamp = FILE.stat()
    FILE.with_suffix(".new").write_bytes(b"x" * LARGE)
    FILE.with_suffix(".new").replace(FILE)
    os.utime(FILE, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def longer():
    with FILE.open("ab") as file:
        file.write(b"x")


def touched():
    FILE.touch()


def unreadable_memory():
    for path in MEMORY.iterdir():
        path.write_bytes(b"\xff{")


@pytest.mark.parametrize("change", [other_bytes, other_file, longer, touched, unreadable_memory])
def test_it_is_read_again_when_anything_differs(read, change):
    file_digest(FILE)
    change()
    assert file_digest(FILE) == digest_file(FILE)
    assert read == [FILE, FILE]


def test_what_was_written_a_moment_ago_is_not_trusted(read, monkeypatch):
    monkeypatch.setattr(file_digests, "SETTLED", 60 * 10**9)
    file_digest(FILE)
    file_digest(FILE)
    assert read == [FILE, FILE]


def test_another_file_of_the_same_bytes_is_another_file(read):
    file_digest(FILE)
    other = Path("other.tif")
    os.link(FILE, other)
    assert file_digest(other) == digest_file(FILE)
    assert read == [FILE, other]


def test_processes_share_it(read):
    with ProcessPoolExecutor(4) as pool:
        assert set(pool.map(file_digest, [FILE] * 40)) == {digest_file(FILE)}
    assert file_digest(FILE) == digest_file(FILE)
    assert read == []
    assert len(list(MEMORY.iterdir())) == 1
