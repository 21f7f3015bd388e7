"""OPTiML: the dense maps of two views agree where optimal transport says that they show the same.

After arXiv 2404.11868 (OTCXR), of whose loss no more than the form is known to us: α transport + β variance + η
covariance. Our reading: a cost of 1 - cosine where the text fills the matrix with the cosine and yet minimises it; the
tokens of :mod:`pipeline.pretrain.infusion`; VICReg's variance and covariance; every number.
"""

from dataclasses import dataclass
from typing import Literal

import torch

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, unit
from pipeline.core.train.batches import Batch
from pipeline.core.train.distribution import gathered
from pipeline.core.train.learner import Losses
from pipeline.pretrain.infusion import CrossViewInfusion, gap_relevance, mixed
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.projector import projector
from pipeline.pretrain.samples import Samples
from pipeline.pretrain.sinkhorn import cosine_cost, entropy, sinkhorn, transport_cost
from pipeline.pretrain.vicreg import covariance, variance

EPSILON, DDOF = 1e-4, 1  # of variance and covariance, as VICReg's paper has them


@dataclass(frozen=True)
class Transport:
    """What is chosen about the loss.

    Args:
        marginals: What the masses of positions come of: attention between the views' tokens (``cvsim``), what a
            position has in common with the other view's mean (``gap_relevance``), or nothing (``uniform``).
        alpha: Weight of the transport.
        beta: Weight of the variance.
        eta: Weight of the covariance.
        d_tok: Width of a token; the expander gives one for each position.
        heads: Of the attention.
        floor: Share of the mass that is spread evenly: positions that match already would take it all.
        epsilon: Weight of the plan's entropy, in units of the cost, which lies in [0, 2].
        iterations: Of Sinkhorn's algorithm.
    """

    marginals: Literal["cvsim", "gap_relevance", "uniform"] = "cvsim"
    alpha: float = 25.0
    beta: float = 25.0
    eta: float = 1.0
    d_tok: int = 64
    heads: int = 4
    floor: float = 0.1
    epsilon: float = 0.05
    iterations: int = 50


class OPTiML(Objective):
    """Two views of the tile, compared position by position of the encoder's last map.

    Args:
        encoder: Of the image.
        settings: Common to all arms.
        positions: Of the encoder's last map.
        transport: What is chosen about the loss.
    """

    def __init__(self, encoder: Encoder, settings: Settings, *, positions: int, transport: Transport) -> None:
        super().__init__(encoder, settings)
        self.transport = transport
        self.expander = projector(encoder.features, **settings.projector, out=positions * transport.d_tok)
        self.infusion: CrossViewInfusion | None = None
        if transport.marginals == "cvsim":
            self.infusion = CrossViewInfusion(transport.d_tok, transport.heads)

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "OPTiML":
        """With the options of the job's arm, for maps of its tiles."""
        positions = count_positions(encoder, unit(torch.from_numpy(samples.arrays["image"][:1])))
        return cls(encoder, settings, positions=positions, transport=Transport(**job.spec["arm"]["options"]))

    def losses(self, batch: Batch) -> Losses:
        views = [self.augment(unit(batch["image"]), self.settings.primary_kind) for _ in range(2)]
        seen = [self.encoder.outputs(view) for view in views]
        expanded = [self.expander(outputs.features).float() for outputs in seen]  # (B, positions * d_tok)
        maps = [outputs.maps[-1].float().flatten(2).mT for outputs in seen]  # (B, positions, c)
        with torch.autocast(maps[0].device.type, enabled=False):
            return self._compared(maps, expanded)

    def _compared(self, maps: list[torch.Tensor], expanded: list[torch.Tensor]) -> Losses:
        chosen = self.transport
        masses = self.masses(maps, expanded)
        cost = cosine_cost(*maps)
        plan = sinkhorn(cost, *masses, epsilon=chosen.epsilon, iterations=chosen.iterations)
        whole = [gathered(z) for z in expanded]
        terms = {
            "transport": transport_cost(plan, cost).mean(),
            "variance": torch.stack([variance(z, EPSILON, DDOF) for z in whole]).sum(),
            "covariance": torch.stack([covariance(z, DDOF) for z in whole]).sum(),
        }
        weights = (chosen.alpha, chosen.beta, chosen.eta)
        total = torch.stack([w * term for w, term in zip(weights, terms.values(), strict=True)]).sum()
        return {**terms, "entropy": entropy(torch.stack(masses)).detach().mean(), "total": total}

    def masses(self, maps: list[torch.Tensor], expanded: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """Of the positions of both views, (B, positions) each.

        Args:
            maps: Float32 (B, positions, c) of each view.
            expanded: Float32 (B, positions * d_tok) of each view.
        """
        if self.infusion is not None:
            tokens = [z.unflatten(1, (-1, self.transport.d_tok)) for z in expanded]
            found = self.infusion(tokens[0], tokens[1]), self.infusion(tokens[1], tokens[0])
        elif self.transport.marginals == "gap_relevance":
            found = gap_relevance(maps[0], maps[1]), gap_relevance(maps[1], maps[0])
        else:
            found = tuple(torch.full_like(m[..., 0], 1 / m.shape[1]) for m in maps)
        return mixed(found[0], self.transport.floor), mixed(found[1], self.transport.floor)


@torch.no_grad()
def count_positions(encoder: Encoder, images: torch.Tensor) -> int:
    """Of the encoder's last map of such images (B, c, y, x); the encoder stays as it is."""
    training = encoder.training
    last = encoder.eval().outputs(images).maps[-1]
    encoder.train(training)
    return last.shape[2] * last.shape[3]
