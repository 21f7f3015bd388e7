"""The tables of ``pretrain``: objectives, and the losses of those that compare embeddings."""

from dataclasses import dataclass

from pipeline.study.method import Method
from pipeline.study.objective_options import (
    AttentionOptions,
    BarlowOptions,
    BYOLOptions,
    CaptionOptions,
    CLIPLiteOptions,
    ContrastOptions,
    KDOptions,
    MIMKDOptions,
    OPTiMLOptions,
    PredictOptions,
    RegressionOptions,
    TriDeNTOptions,
    VICRegOptions,
)


@dataclass(frozen=True)
class Objective(Method):
    """A way to train an encoder.

    Args:
        takes: The keys of an arm that act on it, beside its options.
        needs: Those of them that it cannot do without.
        role: Of its arms, where that is always the same: ``floor``, ``pretrained``, ``distilled``, ``captioned``
            or ``supervised``.
        separable: Its loss is a mean over samples, none of which acts on another's.
        pictures: Its privileged view is a picture: it has no use for a table of numbers.
    """

    takes: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    role: str = ""
    separable: bool = False
    pictures: bool = False

    @property
    def trains(self) -> bool:
        """Whether it takes steps at all."""
        return self.role not in ("floor", "pretrained")


# of whatever learns from tiles
TRAINED = frozenset({"only_with", "pairs", "length", "augment", "start", "encoder", "lr", "cohorts"})
JOINT = TRAINED | {"loss", "loss_options"}
VIEW = frozenset({"privileged"})
PRIVILEGED = JOINT | VIEW | {"control"}
SEEN = TRAINED | VIEW | {"control"}  # of what has a loss of its own
LABELLED = TRAINED | {"task"}
TOLD = frozenset({"captions"})
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
    "byol": Objective(f"{HOME}.byol:BYOL", "BYOL", BYOLOptions, takes=TRAINED, separable=True),
    "optiml": Objective(f"{HOME}.optiml:OPTiML", "OPTiML", OPTiMLOptions, takes=SEEN, pictures=True),
    "predict": Objective(
        f"{HOME}.predict:Predict", "predicts the view", PredictOptions, takes=SEEN, needs=VIEW, separable=True
    ),
    "clip": Objective(f"{HOME}.clip:CLIP", "CLIP", CaptionOptions, takes=TRAINED | TOLD, needs=TOLD, role="captioned"),
    "clip_lite": Objective(
        f"{HOME}.clip_lite:CLIPLite", "CLIP-Lite", CLIPLiteOptions, takes=TRAINED | TOLD, needs=TOLD, role="captioned"
    ),
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
