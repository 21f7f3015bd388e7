"""The options of objectives and losses: what params.yaml may say of each, and what it is otherwise."""

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pipeline.study.section import Count, Positive, Section, Share, Weight


class TriDeNTOptions(Section):
    """See :class:`pipeline.pretrain.joint.JointEmbedding`."""

    heads: Literal["per_encoder", "per_pair"] = "per_encoder"


class VICRegOptions(Section):
    """See :data:`pipeline.pretrain.vicreg.FORMS`."""

    mode: Literal["released", "pairwise", "paper"] = "released"


class ContrastOptions(Section):
    """See :class:`pipeline.pretrain.contrast.Contrast`."""

    temperature: Positive = 0.5


class BarlowOptions(Section):
    """See :class:`pipeline.pretrain.barlow.BarlowTwins`."""

    redundancy: Positive = 5e-3


class BYOLOptions(Section):
    """See :class:`pipeline.pretrain.byol.BYOL`."""

    momentum: Annotated[float, Field(ge=0, lt=1, strict=True)] = 0.996


class OPTiMLOptions(Section):
    """See :class:`pipeline.pretrain.transport.TransportLoss`."""

    marginals: Literal["cvsim", "gap_relevance", "uniform"] = "cvsim"
    alpha: Weight = 25.0
    beta: Weight = 25.0
    eta: Weight = 1.0
    d_tok: Count = 64
    heads: Annotated[int, Field(ge=1, strict=True, validate_default=True)] = 4
    floor: Annotated[float, Field(gt=0, le=1, strict=True)] = 0.1
    epsilon: Positive = 0.05
    iterations: Count = 50

    @field_validator("heads")
    @classmethod
    def _divides(cls, heads: int, info: ValidationInfo) -> int:
        if (width := info.data.get("d_tok")) and width % heads:
            raise ValueError(f"it does not divide d_tok, {width}")
        return heads


class PredictOptions(Section):
    """See :class:`pipeline.pretrain.predict.Predict`."""

    side: Count = 4


class DistillationOptions(Section):
    """See :class:`pipeline.pretrain.distillation.Distillation`."""

    alpha: Weight = 1.0


class BankOptions(Section):
    """See :class:`pipeline.pretrain.recalled_bound.RecalledBound`."""

    negatives: Count = 4096
    width: Count = 128
    temperature: Positive = 0.07
    momentum: Share = 0.5


class MIMKDOptions(DistillationOptions):
    """See :class:`pipeline.pretrain.mimkd.MIMKD`."""

    lambda_global: Weight = 1.0
    lambda_local: Weight = 0.75
    lambda_feature: Weight = 1.0
    width: Count = 512
    bound: Literal["jsd", "infonce"] = "jsd"
    bank: BankOptions = BankOptions()

    @model_validator(mode="after")
    def _something(self) -> "MIMKDOptions":
        if not (self.lambda_global or self.lambda_local or self.lambda_feature):
            raise ValueError("one of lambda_global, lambda_local and lambda_feature has to be above 0")
        if self.bound == "jsd" and "bank" in self.model_fields_set:
            raise ValueError("a bank is of bound: infonce; remove it")
        return self


class KDOptions(Section):
    """See :class:`pipeline.pretrain.kd.KD`."""

    alpha: Share = 0.1
    temperature: Positive = 4.0


class AttentionOptions(DistillationOptions):
    """See :class:`pipeline.pretrain.attention_transfer.AttentionTransfer`."""

    beta: Positive = 1000.0


class RegressionOptions(DistillationOptions):
    """See :class:`pipeline.pretrain.feature_regression.FeatureRegression`."""

    distance: Literal["mse", "cosine"] = "mse"


class CaptionOptions(Section):
    """See :func:`pipeline.pretrain.language.language_of`; ``text`` is the folder of a text encoder.

    ``text_rate``: see :class:`pipeline.pretrain.language.Captioned`.
    """

    width: Count = 512
    text: Annotated[str, Field(min_length=1)] | None = None
    text_rate: Positive = 1.0
    layers: Count = 2
    text_width: Count = 128
    heads: Count = 4

    @field_validator("layers", "text_width", "heads")
    @classmethod
    def _small(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("text"):
            raise ValueError("it is of the small text encoder, and 'text' names one that is there")
        return value

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if not self.text and self.text_width % self.heads:
            raise ValueError(f"heads, {self.heads}, does not divide text_width, {self.text_width}")
        return self


class CLIPLiteOptions(CaptionOptions):
    """See :class:`pipeline.pretrain.clip_lite.CLIPLite`."""

    prior: Share = 0.0
