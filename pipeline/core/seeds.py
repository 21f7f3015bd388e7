"""One seed per purpose, derived from the study's seed."""

import hashlib


def derive(seed: int, *purpose: str | int) -> int:
    """Returns a 63-bit seed that depends on the study's seed and on every part of ``purpose``."""
    text = "\x1f".join([str(seed), *map(str, purpose)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1
