"""What sentences teach: images and their captions meet in one space."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

import torch

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, unit
from pipeline.core.networks.language import NAME, Language
from pipeline.core.networks.text import read_text_encoder, small_model
from pipeline.core.text.tokens import Tokens, word_tokenizer
from pipeline.core.train.batches import Batch
from pipeline.core.train.distribution import gathered
from pipeline.core.train.learner import Exports, Losses
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.optimizers import make_optimizer
from pipeline.pretrain.samples import Samples


class Captioned(Objective):
    """Compares tiles with captions; a tile's captions take turns, one of them in each step, the same in all ranks.

    Two tiles that are said to be the same, word by word, are no negatives of one another.

    Args:
        encoder: Of the image.
        settings: Common to all arms.
        language: The text encoder and both projections.
        captions: int64 (caption, length), the tokens of every caption.
        text_rate: Factor on the learning rate of the text encoder.
    """

    step: torch.Tensor
    captions: torch.Tensor

    def __init__(
        self,
        encoder: Encoder,
        settings: Settings,
        *,
        language: Language,
        captions: torch.Tensor,
        text_rate: float = 1.0,
    ) -> None:
        super().__init__(encoder, settings)
        self.language, self.text_rate = language, text_rate
        self.register_buffer("step", torch.zeros((), dtype=torch.int64))
        self.register_buffer("captions", captions, persistent=False)

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "Captioned":
        """With the text encoder of the folder that its options name, or a small one with the captions' own words."""
        options = dict(job.spec["arm"]["options"])
        given = {key: options.pop(key) for key in ("width", "text", "layers", "text_width", "heads")}
        language = language_of(encoder.features, samples.captions, **given)
        return cls(encoder, settings, language=language, captions=language.text.tokens(samples.captions), **options)

    @abstractmethod
    def compare(self, images: torch.Tensor, texts: torch.Tensor, said: torch.Tensor) -> Losses:
        """The loss of the whole batch; ``total`` and whatever else is to be told.

        Args:
            images: Unit vectors (B, d), float32.
            texts: Likewise; row *i* is the caption of image *i*.
            said: int64 (B,), which caption each is; equal ones have the same number.
        """

    def losses(self, batch: Batch) -> Losses:
        said = self.turn(batch["caption"])
        view = self.augment(unit(batch["image"]), self.settings.primary_kind)
        features = self.encoder(view)
        distinct, place = torch.unique(said, return_inverse=True)  # few captions in many tiles are read once
        read = self.language.text(self.captions[distinct])[place]
        images, texts = self.language.images(features), self.language.sentences(read)
        with torch.autocast(images.device.type, enabled=False):
            losses = self.compare(gathered(images), gathered(texts), gathered(said))
        return self.regularised(losses, features, read)

    def regularised(self, losses: Losses, images: torch.Tensor, texts: torch.Tensor) -> Losses:
        """The losses, and what else is asked of the features (B, f) of both encoders; by default nothing."""
        return losses

    def turn(self, captions: torch.Tensor) -> torch.Tensor:
        """The caption (B,) whose turn it is of every tile's, int64 (B, turn)."""
        return captions.index_select(1, (self.step % captions.shape[1]).view(1))[:, 0]

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """The study's, with a learning rate of its own for the text encoder."""
        chosen, text = self.settings, list(self.language.text.parameters())
        others = [parameter for parameter in self.parameters() if not any(parameter is own for own in text)]
        rates = ((others, chosen.lr), (text, chosen.lr * self.text_rate))
        optimizer, beside = (make_optimizer(chosen.optimizer, p, lr, chosen.optimizer_options) for p, lr in rates)
        for group in beside.param_groups:
            optimizer.add_param_group(group)
        return {"model": optimizer}

    def after_step(self, step: int) -> None:
        super().after_step(step)
        self.step.fill_(step)

    def exports(self) -> Exports:
        return {**super().exports(), NAME: (self.language, self.language.config)}


def language_of(
    features: int,
    captions: Sequence[str],
    *,
    width: int,
    text: str | None,
    layers: int,
    text_width: int,
    heads: int,
) -> Language:
    """The text encoder and both projections, before training.

    Args:
        features: Of the image encoder.
        captions: Of the training tiles, whose words a small tokeniser knows.
        width: Of the common space.
        text: Folder of a text encoder; None for a small one with random weights.
        layers: Of the small one.
        text_width: Of its features.
        heads: Of its attention.
    """
    if text:
        read = read_text_encoder(Path(text))
        language = Language(features=features, width=width, **read.config["arguments"])
        language.text = read
        return language
    tokenizer = word_tokenizer(captions)
    model = small_model(len(Tokens(tokenizer, 0)), layers=layers, width=text_width, heads=heads)
    return Language(features=features, width=width, model=model, tokenizer=tokenizer)
