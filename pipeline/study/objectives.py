"""The tables of ``pretrain``: objectives, and the losses of those that compare embeddings."""

from dataclasses import dataclass
from typing import Literal

from pipeline.study.method import Method
from pipeline.study.section import Positive, Section


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

    @property
    def trains(self) -> bool:
        """Whether it takes steps at all."""
        return self.role not in ("floor", "pretrained")


TRAINED = frozenset({"only_with", "pairs", "length", "augment", "start", "encoder"})  # of whatever learns from tiles
JOINT = TRAINED | {"loss", "loss_options"}
VIEW = frozenset({"privileged"})
PRIVILEGED = JOINT | VIEW | {"control"}
LABELLED = TRAINED | {"task"}
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
}
LOSSES = {
    "vicreg": Method(f"{HOME}.vicreg:VICReg", "VICReg", VICRegOptions),
    "infonce": Method(f"{HOME}.infonce:InfoNCE", "InfoNCE", ContrastOptions),
    "nt_xent": Method(f"{HOME}.nt_xent:NTXent", "NT-Xent", ContrastOptions),
    "barlow": Method(f"{HOME}.barlow:BarlowTwins", "Barlow Twins", BarlowOptions),
}
