"""Depths of residual networks (He et al. 2016)."""

RESNETS: dict[int, tuple[str, list[int], int]] = {  # depth: kind of block, blocks per stage, expansion
    18: ("basic", [2, 2, 2, 2], 1),
    34: ("basic", [3, 4, 6, 3], 1),
    50: ("bottleneck", [3, 4, 6, 3], 4),
}
