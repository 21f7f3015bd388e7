"""The tables of ``pretrain``: objectives, and the losses of those that compare embeddings."""

from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from pipeline.study.method import Method
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


@dataclass(frozen=True)
class Objective(Method):
    """A way to train an encoder.

    Args:
        takes: The keys of an arm that act on it, beside its options.
        needs: Those of them that it cannot do without.
        role: Of its arms, where that is always the same: ``floor``, ``pretrained`` or ``supervised``.
        separable: Its loss is a mean over samples, none of which acts on another's.
    """

    takes: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    role: str = ""
    separable: bool = False


TRAINED = frozenset({"only_with", "pairs", "length", "augment", "start", "encoder"})  # of whatever learns from tiles
JOINT = TRAINED | {"loss", "loss_options"}
VIEW = frozenset({"privileged"})
PRIVILEGED = JOINT | VIEW | {"control"}
LABELLED = TRAINED | {"task"}
TAUGHT = LABELLED | {"teacher"}
HOME = "pipeline.pretrain"
OBJECTIVES = {
    "untrained": Objective(f"{HOME}.untrained:Untrained", "random weights", takes=frozenset({"encoder"}), role="floor"),
    "pretrained": Objective(
        f"{HOME}.pretrained:Pretrained",
        "weights that were there",
        takes=frozenset({"start"}),
        needs=frozenset({"start"}),
        role="pretrained",
    ),
    "supervised": Objective(
        f"{HOME}.supervised:Supervised",
        "trained with all labels",
        takes=LABELLED,
        needs=frozenset({"task"}),
        role="supervised",
        separable=True,
    ),
    "unprivileged": Objective(f"{HOME}.siamese:Unprivileged", "two views of the slide", takes=JOINT),
    "siamese": Objective(f"{HOME}.siamese:PrivilegedSiamese", "privileged Siamese", takes=PRIVILEGED, needs=VIEW),
    "trident": Objective(f"{HOME}.trident:TriDeNT", "TriDeNT", TriDeNTOptions, takes=PRIVILEGED, needs=VIEW),
    "mimkd": Objective(
        f"{HOME}.mimkd:MIMKD", "MIMKD", MIMKDOptions, takes=TAUGHT, needs=frozenset({"teacher"}), role="distilled"
    ),
    "kd": Objective(
        f"{HOME}.kd:KD",
        "knowledge distillation",
        KDOptions,
        takes=TAUGHT,
        needs=frozenset({"teacher", "task"}),
        role="distilled",
        separable=True,
    ),
    "attention_transfer": Objective(
        f"{HOME}.attention_transfer:AttentionTransfer",
        "attention transfer",
        AttentionOptions,
        takes=TAUGHT,
        needs=frozenset({"teacher"}),
        role="distilled",
        separable=True,
    ),
    "feature_regression": Objective(
        f"{HOME}.feature_regression:FeatureRegression",
        "feature regression",
        RegressionOptions,
        takes=TAUGHT,
        needs=frozenset({"teacher"}),
        role="distilled",
        separable=True,
    ),
}
LOSSES = {
    "vicreg": Method(f"{HOME}.vicreg:VICReg", "VICReg", VICRegOptions),
    "infonce": Method(f"{HOME}.infonce:InfoNCE", "InfoNCE", ContrastOptions),
    "nt_xent": Method(f"{HOME}.nt_xent:NTXent", "NT-Xent", ContrastOptions),
    "barlow": Method(f"{HOME}.barlow:BarlowTwins", "Barlow Twins", BarlowOptions),
}
