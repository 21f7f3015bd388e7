"""What a JPEG or JPEG 2000 stream says of itself, read before it is decoded.

Decoders allocate what the header asks for, and fill a stream that was cut off with grey and say nothing.
"""

import struct

END = b"\xff\xd9"  # of JPEG 2000 as well
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers that hold the size
SCAN = 0xDA
PADDING = 64  # bytes after the end that some writers leave, beside zeros
SIZE_2000 = b"\xff\x4f\xff\x51"


def jpeg_size(data: bytes) -> tuple[int, int, int]:
    """Height, width and components of a JPEG.

    Raises:
        ValueError: It is no JPEG of 8 bits, or it was cut off.
    """
    if data[:2] != b"\xff\xd8":
        raise ValueError("a segment is no JPEG")
    place, size = 2, (0, 0, 0)
    try:
        while True:
            if data[place] != 0xFF:
                raise ValueError("a JPEG segment is damaged in its header")
            marker = data[place + 1]
            if marker == 0xFF:  # a filling byte
                place += 1
                continue
            if marker in FRAMES:
                bits, height, width, components = struct.unpack_from(">BHHB", data, place + 4)
                if bits != 8:
                    raise ValueError(f"a JPEG segment of {bits} bits, expected 8")
                size = (height, width, components)
            if marker == SCAN:
                break
            place += 2 + (data[place + 2] << 8 | data[place + 3])
    except (IndexError, struct.error) as error:
        raise ValueError("a JPEG segment is cut off in its header") from error
    if not _ends(data):
        raise ValueError("a JPEG segment has no end: it is cut off")
    return size


def jpeg2000_size(data: bytes) -> tuple[int, int, int]:
    """Height, width and components of a JPEG 2000 codestream, bare or in a JP2 file.

    Raises:
        ValueError: It is none, or it was cut off.
    """
    start = data.find(SIZE_2000, 0, 4096)
    if start < 0 or len(data) < start + 42:
        raise ValueError("a segment is no JPEG 2000")
    right, lower, left, upper = struct.unpack_from(">4I", data, start + 8)
    if not _ends(data):
        raise ValueError("a JPEG 2000 segment has no end: it is cut off")
    return lower - upper, right - left, struct.unpack_from(">H", data, start + 40)[0]


def _ends(data: bytes) -> bool:
    return data.endswith(END) or data.rstrip(b"\0").endswith(END) or data.find(END, max(0, len(data) - PADDING)) >= 0
