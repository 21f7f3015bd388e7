"""The options of distillation: how a student learns from its teacher."""

from typing import Literal

from pydantic import model_validator

from pipeline.study.section import Count, Positive, Section, Share, Weight


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
