"""HoVer maps: how far across and down each pixel of an object lies from its middle. Graham et al. 2019."""

import torch


def hover_maps(instance: torch.Tensor) -> torch.Tensor:
    """Distances to the centre of mass, across and down: float32 (B, 2, y, x) in [-1, 1], 0 for background.

    In each object they go from -1 at its leftmost (uppermost) pixels to 1 at its rightmost (lowest) ones, and are 0 at
    the centre, which need not be half-way.

    Args:
        instance: Ids of objects, int64 (B, y, x), 0 for background. Pixels of one id in one image are an object.
    """
    count, height, width = instance.shape
    device = instance.device
    image = torch.arange(count, device=device).view(-1, 1, 1)
    _, cell = torch.unique(instance + image * (instance.max() + 1), return_inverse=True)
    y, x = torch.meshgrid(torch.arange(height, device=device), torch.arange(width, device=device), indexing="ij")
    place = torch.stack([x, y]).unsqueeze(1).expand(-1, count, -1, -1).flatten(1)  # (2, pixels), whole numbers
    cells = cell.flatten().expand(2, -1)
    sums = place.new_zeros(2, int(cells.max()) + 1)
    pixels = sums.scatter_add(1, cells, torch.ones_like(place))
    centre = sums.scatter_add(1, cells, place) / pixels  # the sums are exact, in whatever order
    distance = place - centre.gather(1, cells)
    low, high = (torch.zeros_like(centre).scatter_reduce(1, cells, distance, way) for way in ("amin", "amax"))
    reach = torch.where(distance < 0, -low.gather(1, cells), high.gather(1, cells))
    scaled = torch.where(reach > 0, distance / reach, 0.0).view(2, count, height, width)
    return torch.where(instance > 0, scaled, 0.0).transpose(0, 1).contiguous()
