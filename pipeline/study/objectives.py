"""The tables of ``pretrain``: objectives, and the losses of those that compare embeddings."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

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


class CaptionOptions(Section):
    """See :func:`pipeline.pretrain.language.language_of`; ``text`` is the folder of a text encoder."""

    width: Count = 512
    text: Annotated[str, Field(min_length=1)] | None = None
    layers: Count = 2
    text_width: Count = 128
    heads: Count = 4

    @field_validator("layers", "text_width", "heads")
    @classmethod
    def _small(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("text"):
            raise ValueError("it is of the small text encoder, and 'text' names one that is there")
        if info.field_name == "heads" and info.data.get("text_width", value) % value:
            raise ValueError(f"it does not divide text_width, {info.data['text_width']}")
        return value


class CLIPLiteOptions(CaptionOptions):
    """See :class:`pipeline.pretrain.clip_lite.CLIPLite`."""

    prior: Share = 0.0


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
    heads: Count = 4
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


@dataclass(frozen=True)
class Objective(Method):
    """A way to train an encoder.

    Args:
        takes: The keys of an arm that act on it, beside its options.
        needs: Those of them that it cannot do without.
        role: Of its arms, where that is always the same: ``floor``, ``pretrained``, ``captioned`` or ``supervised``.
        separable: Its loss is a mean over samples, none of which acts on another's.
        pictures: Its privileged view is a picture: it has no use for a table of numbers.
    """

    takes: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    role: str = ""
    separable: bool = False
    pictures: bool = False


TRAINED = frozenset({"only_with", "pairs", "length", "augment", "start", "encoder"})  # of whatever learns from tiles
JOINT = TRAINED | {"loss", "loss_options"}
VIEW = frozenset({"privileged"})
PRIVILEGED = JOINT | VIEW | {"control"}
SEEN = TRAINED | VIEW | {"control"}  # of what has a loss of its own
LABELLED = TRAINED | {"task"}
TOLD = frozenset({"captions"})
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
}
LOSSES = {
    "vicreg": Method(f"{HOME}.vicreg:VICReg", "VICReg", VICRegOptions),
    "infonce": Method(f"{HOME}.infonce:InfoNCE", "InfoNCE", ContrastOptions),
    "nt_xent": Method(f"{HOME}.nt_xent:NTXent", "NT-Xent", ContrastOptions),
    "barlow": Method(f"{HOME}.barlow:BarlowTwins", "Barlow Twins", BarlowOptions),
}
