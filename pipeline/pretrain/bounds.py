"""Bounds on what student and teacher know of one another: of their features, of maps and features, of their maps."""

from collections.abc import Callable

import torch
from torch import nn

from pipeline.core.networks.encoder import Outputs
from pipeline.pretrain.jsd import jsd_bound
from pipeline.pretrain.map_critic import MapCritic
from pipeline.pretrain.map_pairs import paired
from pipeline.pretrain.project_dot import ProjectAndDot


class GlobalBound(nn.Module):
    """Between both features.

    Args:
        student: Its number of features.
        teacher: Likewise.
        width: Of the critic.
    """

    def __init__(self, student: int, teacher: int, width: int) -> None:
        super().__init__()
        self.critic = ProjectAndDot(student, teacher, width)

    def forward(self, student: Outputs, teacher: Outputs, stranger: Outputs, tiles: torch.Tensor) -> torch.Tensor:
        """Between ``student`` and ``teacher``, both of ``tiles``; the ``stranger`` is the teacher on others."""
        return _bound(self.critic, student.features, teacher.features, stranger.features)


class LocalBound(nn.Module):
    """Between the student's last map, at every position, and the teacher's features.

    Args:
        student: Channels of its last map.
        teacher: Its number of features.
        width: Of the critic.
    """

    def __init__(self, student: int, teacher: int, width: int) -> None:
        super().__init__()
        self.critic = MapCritic(student, teacher, width)

    def forward(self, student: Outputs, teacher: Outputs, stranger: Outputs, tiles: torch.Tensor) -> torch.Tensor:
        """As that of :class:`GlobalBound`."""
        own, others = (outputs.features[:, :, None, None] for outputs in (teacher, stranger))
        return _bound(self.critic, student.maps[-1], own, others)


class FeatureBound(nn.Module):
    """Between the maps of both, see :func:`pipeline.pretrain.map_pairs.paired`: a critic for each pair.

    Args:
        student: Channels of its maps.
        teacher: Likewise.
        width: Of the critics.
    """

    def __init__(self, student: tuple[int, ...], teacher: tuple[int, ...], width: int) -> None:
        super().__init__()
        count = min(len(student), len(teacher))
        pairs = zip(student[-count:], teacher[-count:], strict=True)
        self.critics = nn.ModuleList(MapCritic(a, b, width) for a, b in pairs)

    def forward(self, student: Outputs, teacher: Outputs, stranger: Outputs, tiles: torch.Tensor) -> torch.Tensor:
        """As that of :class:`GlobalBound`: the mean over the pairs."""
        own, others = paired(student.maps, teacher.maps), paired(student.maps, stranger.maps)
        bounds = [_bound(c, a, b, d) for c, (a, b), (_, d) in zip(self.critics, own, others, strict=True)]
        return torch.stack(bounds).mean()


def _bound(
    critic: Callable[..., torch.Tensor], student: torch.Tensor, teacher: torch.Tensor, stranger: torch.Tensor
) -> torch.Tensor:
    """That of Jensen and Shannon, in full precision."""
    return jsd_bound(critic(student, teacher).float(), critic(student, stranger).float())
