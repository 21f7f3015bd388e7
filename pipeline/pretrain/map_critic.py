"""Map critic: how well two maps belong together at every position; a vector is a map of a single position."""

import torch
from torch import nn


class MapCritic(nn.Module):
    """1x1 convolutions, two hidden layers and one output, of two maps concatenated along their channels.

    The first layer has a part for each map, for a linear map of a concatenation is a sum: so a vector is tiled over the
    other map only after it, and the concatenation is never made.

    Args:
        student: Channels of the student's map.
        teacher: Channels of the teacher's.
        width: Of the hidden layers.
    """

    def __init__(self, student: int, teacher: int, width: int) -> None:
        super().__init__()
        self.student, self.teacher = nn.Conv2d(student, width, 1), nn.Conv2d(teacher, width, 1, bias=False)
        self.rest = nn.Sequential(
            nn.ReLU(inplace=True), nn.Conv2d(width, width, 1), nn.ReLU(inplace=True), nn.Conv2d(width, 1, 1)
        )

    def forward(self, student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
        """Scores (B, y, x) of a student's maps (B, c, y, x) with a teacher's, (B, d, y, x) or (B, d, 1, 1)."""
        scores: torch.Tensor = self.rest(self.student(student) + self.teacher(teacher))
        return scores[:, 0]
