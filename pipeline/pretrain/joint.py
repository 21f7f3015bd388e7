"""Joint embedding: branches, heads and a table of pairs. Every privileged objective is such a table."""

from collections.abc import Callable, Sequence
from typing import ClassVar

import torch
from torch import nn

from pipeline.core.job import Job
from pipeline.core.kinds import Kind
from pipeline.core.networks.encoder import Encoder, unit
from pipeline.core.train.batches import Batch
from pipeline.core.train.distribution import gathered
from pipeline.core.train.learner import Losses
from pipeline.pretrain.controls import Control, controlled
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.projector import projector
from pipeline.pretrain.samples import Samples
from pipeline.pretrain.sources import new_encoder
from pipeline.pretrain.vector_encoder import VectorEncoder, draw_vectors

Loss = Callable[[Sequence[torch.Tensor], Sequence[tuple[int, int]]], Losses]
PRIMARY, PRIVILEGED = "image", "privileged"


class JointEmbedding(Objective):
    """The loss of every pair in ``pairs`` between the ``branches``.

    Each branch is an augmentation, an encoder and a head of its own forward pass, so that batch norm
    sees one branch at a time. The primary branches share one encoder.

    Args:
        encoder: Of the primary image.
        settings: Common to all arms.
        loss: Of embeddings and pairs, over the whole batch of all ranks.
        privileged: Encoder of the privileged view, a picture or a vector; None where no branch takes one.
        view_kind: What the privileged picture shows.
        control: Shows instead what says nothing of the tile: see :func:`pipeline.pretrain.controls.controlled`.
        heads: ``per_encoder``: all pairs meet in one space. ``per_pair``: each pair has heads, and so
            a space, of its own.
    """

    branches: ClassVar[tuple[str, ...]]
    pairs: ClassVar[tuple[tuple[int, int], ...]]

    def __init__(
        self,
        encoder: Encoder,
        settings: Settings,
        *,
        loss: Loss,
        privileged: Encoder | VectorEncoder | None = None,
        view_kind: Kind = "light",
        control: Control = None,
        heads: str = "per_encoder",
    ) -> None:
        super().__init__(encoder, settings)
        self.loss, self.view_kind, self.control = loss, view_kind, control
        self.privileged_encoder = privileged
        self.slots = list(range(len(self.branches))) if heads == "per_encoder" else [b for p in self.pairs for b in p]
        self.table = self.pairs if heads == "per_encoder" else [(2 * i, 2 * i + 1) for i in range(len(self.pairs))]
        self.keys = [self._key(slot, heads) for slot in range(len(self.slots))]
        self.heads = nn.ModuleDict()
        for key, branch in zip(self.keys, self.slots, strict=True):
            if key not in self.heads:
                self.heads[key] = projector(self._encoder(self.branches[branch]).features, **settings.projector)

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "JointEmbedding":
        """The objective of a job whose code names the ``loss``, and whose arm has its options and the control."""
        arm = job.spec["arm"]
        return cls(
            encoder,
            settings,
            loss=job.load("loss")(**arm["loss_options"]),
            privileged=privileged_encoder(samples, job) if PRIVILEGED in cls.branches else None,
            view_kind=job.spec["view_kind"] or "light",
            control=arm["control"],
            **arm["options"],
        )

    def losses(self, batch: Batch) -> Losses:
        batch = {**batch, PRIMARY: unit(batch[PRIMARY])}  # once for all views of it
        features = [self._features(batch, name) for name in self.branches]
        embedded = [self.heads[k](features[b]) for k, b in zip(self.keys, self.slots, strict=True)]
        with torch.autocast(embedded[0].device.type, enabled=False):
            return self.loss([gathered(z.float()) for z in embedded], self.table)

    def _features(self, batch: Batch, name: str) -> torch.Tensor:
        """Features (B, f) of a fresh view of the batch's images called ``name``."""
        if name == PRIMARY:
            primary: torch.Tensor = self.encoder(self.augment(batch[name], self.settings.primary_kind))
            return primary
        encoder = self._encoder(name)
        features: torch.Tensor = encoder(self._view(encoder, batch[name]))
        return features

    def _view(self, encoder: Encoder | VectorEncoder, rows: torch.Tensor) -> torch.Tensor:
        """A fresh view of the privileged pictures (B, y, x, c) or vectors (B, d), or what the control shows instead."""
        if isinstance(encoder, VectorEncoder):
            numbers = encoder.standardised(rows)
            return controlled(numbers, self.control, lambda given: draw_vectors(given, self.augment.colour))
        return controlled(unit(rows), self.control, lambda images: self.augment(images, self.view_kind))

    def _encoder(self, name: str) -> Encoder | VectorEncoder:
        if name == PRIMARY:
            return self.encoder
        if self.privileged_encoder is None:
            raise TypeError(f"{type(self).__name__} needs a privileged encoder")
        return self.privileged_encoder

    def _key(self, slot: int, heads: str) -> str:
        """Slots with the same key share a head: by encoder, and by pair where ``heads`` says so."""
        name = self.branches[self.slots[slot]]
        return name if heads == "per_encoder" else f"{name}_{slot // 2}"


def privileged_encoder(samples: Samples, job: Job) -> Encoder | VectorEncoder:
    """A new encoder of the arm's privileged view: of its family for pictures, of layers for vectors."""
    colours = samples.colours[PRIVILEGED]
    return VectorEncoder(*colours, **job.spec["vectors"]) if job.spec["vectors"] else new_encoder(job, colours)
