"""An arm: what one encoder learns from."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from pipeline.core.cohort.privileged import SELF, real_stain, vector_name
from pipeline.core.files import Json
from pipeline.study.encoders import Encoder
from pipeline.study.section import Count, Positive, Section, Share, distinct

Strength = Annotated[float, Field(ge=0, le=2, strict=True)]
Text = Annotated[str, Field(min_length=1)]
REAL_COHORT = "real"  # the slides of the sheet, among the cohorts that an arm learns from


class Augment(Section):
    """See :class:`pipeline.pretrain.augment.Augment`. Strengths above 2 would leave the range of a probability."""

    preset: Literal["corrected", "released", "clip_lite"] = "corrected"
    colour: Strength = 1.0
    geometry: Strength = 1.0
    stain: Share = 0.0

    def spec(self) -> Json:
        """As jobs know it; without a strength of stain, which most have none of."""
        return self.model_dump(mode="json", exclude=set() if self.stain else {"stain"})


class Arm(Section):
    """What one encoder learns from. ``only_with`` keeps the tiles that have a real partner of that stain.

    ``pairs`` keeps those of so many training patients with such partners, of the stain of ``only_with`` or of a real
    privileged view. ``length``: as many ``steps`` as every other arm takes, or the ``epochs`` of its own tiles.
    ``privileged`` is a translator, ``real/STAIN``, ``vector/NAME`` (of ``pretrain.vectors``), or ``self``: another
    augmentation of the tile itself. ``captions`` names the sentences (of ``pretrain.captions``) that it reads.
    ``teacher`` is the encoder that a student learns from, ``start`` the one whose weights an arm starts from: another
    arm, or a folder or file of weights, whose name has a ``/``. ``encoder`` and ``lr`` replace the study's, and
    ``augment`` does as a whole: what it leaves out has the default, not the study's value. ``cohorts``: whose tiles it
    learns from, ``real`` and names of ``synthesize.cohorts``. ``against`` names arms that
    it is compared with beside those that :func:`pipeline.study.arms.compared_with` chooses.
    """

    objective: str
    loss: Text | None = None
    privileged: Text | None = None
    control: Literal["blank", "shuffled"] | None = None
    only_with: Text | None = None
    pairs: Count | None = None
    length: Literal["steps", "epochs"] = "steps"
    cohorts: Annotated[list[Text], Field(min_length=1), AfterValidator(distinct)] = [REAL_COHORT]
    against: list[Text] = []
    task: Text | None = None
    captions: Text | None = None
    teacher: Text | None = None
    start: Text | None = None
    encoder: Encoder | None = None
    lr: Positive | None = None
    augment: Augment | None = None
    options: dict[str, Any] = {}
    loss_options: dict[str, Any] = {}

    def without(self, augment: Augment | None, encoder: Encoder | None, lr: float | None) -> "Arm":
        """The same arm, less what repeats the study's."""
        repeated = {
            "augment": self.augment == augment,
            "encoder": bool(self.encoder and encoder and self.encoder.is_same(encoder)),
            "lr": self.lr == lr,
        }
        return self.model_copy(update={key: None for key, same in repeated.items() if same})

    @property
    def real(self) -> str | None:
        """The stain whose real, registered slides are the privileged view."""
        return real_stain(self.privileged)

    @property
    def vector(self) -> str | None:
        """The table of numbers that is the privileged view."""
        return vector_name(self.privileged)

    @property
    def translator(self) -> str | None:
        """What makes its privileged view; None where nothing has to."""
        return self.privileged if self.privileged != SELF and not self.real and not self.vector else None

    @property
    def painted(self) -> list[str]:
        """The synthetic cohorts that it learns from."""
        return [name for name in self.cohorts if name != REAL_COHORT]

    @property
    def sources(self) -> dict[str, str]:
        """The encoders that it needs before it can learn, by key."""
        return {key: name for key in ("teacher", "start") if (name := getattr(self, key))}

    @property
    def text(self) -> str | None:
        """The folder of the text encoder that reads its captions; None where a small one learns to."""
        folder = self.options.get("text") if self.captions else None
        return folder if isinstance(folder, str) and folder else None

    @property
    def partner(self) -> str | None:
        """The stain whose registered slides decide which tiles it learns from."""
        return self.real or self.only_with


class Vectors(Section):
    """A CSV file of numbers for every tile, or for every slide; see :mod:`pipeline.core.cohort.vectors`.

    ``width`` is that of the layers that embed them.
    """

    path: Text
    width: Count = 2048


class Projector(Section):
    """``layers`` linear maps of ``width`` channels."""

    width: Count = 8192
    layers: Count = 3
