"""Small DICOM files, written byte by byte: explicit lengths, little-endian, one frame."""

import struct

import numpy as np

WSI, SEGMENTATION = "1.2.840.10008.5.1.4.1.1.77.1.6", "1.2.840.10008.5.1.4.1.1.66.4"
PLAIN = "1.2.840.10008.1.2.1"  # the transfer syntax
LONG = ("OB", "SQ", "UT")  # whose length has four bytes


def element(tag, kind, value):
    """An element: text, a number by its kind, bytes, or the items of a sequence."""
    if kind == "SQ":
        value = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item for item in value)
    elif kind in ("US", "UL"):
        value = struct.pack("<H" if kind == "US" else "<I", value)
    elif isinstance(value, str):
        value = value.encode()
        value += (b"\0" if kind == "UI" else b" ") * (len(value) % 2)
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + kind.encode()
    size = struct.pack("<HI", 0, len(value)) if kind in LONG else struct.pack("<H", len(value))
    return head + size + value


def substance(name):
    """A step of preparation that used a substance."""
    code = element(0x00080100, "SH", "1") + element(0x00080102, "SH", "SCT") + element(0x00080104, "LO", name)
    item = element(0x0040A040, "CS", "CODE") + element(0x0040A168, "SQ", [code])
    return element(0x00400612, "SQ", [item])


def write_dicom(path, uid, *, patient="P1", series="1.2.3", container="S1", stains=(), side=512, modality="SM"):
    """Writes a slide of one level, or a file of another modality; ``uid`` is the file's own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = WSI if modality == "SM" else SEGMENTATION
    rng = np.random.default_rng(len(patient) + side)
    pixels = np.clip(np.array([170, 90, 160]) + rng.integers(-40, 40, (side, side, 1)), 0, 255).astype(np.uint8)
    spacing = element(0x00280030, "DS", "0.0005\\0.0005")
    specimen = element(0x00400551, "LO", container) + element(0x00400610, "SQ", [substance(name) for name in stains])
    body = b"".join(
        [
            element(0x00080008, "CS", "ORIGINAL\\PRIMARY\\VOLUME\\NONE"),
            element(0x00080016, "UI", kind),
            element(0x00080018, "UI", uid),
            element(0x00080060, "CS", modality),
            element(0x00100020, "LO", patient),
            element(0x0020000D, "UI", "1.2.9"),
            element(0x0020000E, "UI", series),
            element(0x00209311, "CS", "TILED_FULL"),
            element(0x00280002, "US", 3),
            element(0x00280004, "CS", "RGB"),
            element(0x00280006, "US", 0),
            element(0x00280008, "IS", "1"),
            element(0x00280010, "US", side),
            element(0x00280011, "US", side),
            element(0x00280100, "US", 8),
            element(0x00280101, "US", 8),
            element(0x00280102, "US", 7),
            element(0x00280103, "US", 0),
            element(0x00400512, "LO", container),
            element(0x00400560, "SQ", [specimen]),
            element(0x00480006, "UL", side),
            element(0x00480007, "UL", side),
            element(0x00480303, "UL", 1),
            element(0x52009229, "SQ", [element(0x00289110, "SQ", [spacing])]),
            element(0x7FE00010, "OB", pixels.tobytes()),
        ]
    )
    meta = b"".join(
        [
            element(0x00020001, "OB", b"\0\1"),
            element(0x00020002, "UI", kind),
            element(0x00020003, "UI", uid),
            element(0x00020010, "UI", PLAIN),
        ]
    )
    path.write_bytes(bytes(128) + b"DICM" + element(0x00020000, "UL", len(meta)) + meta + body)
    return path
