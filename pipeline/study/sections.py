"""The sections of ``params.yaml`` as frozen, strict models: an unknown key is an error."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.study.registry import Option

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Options = dict[str, Option]


def _distinct(values: list[int]) -> list[int]:
    if len(set(values)) < len(values):
        raise ValueError("each value may occur once")
    return values


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Phantom(Section):
    """The simulated cohort: ``size`` is the side of a slide in level-0 pixels of 0.5 µm."""

    size: Count = 2048
    noise: Share = 0.02


class Tile(Section):
    """``mpp`` µm per stored pixel; ``size`` and ``stride`` stored pixels; shares of tile or of patients.

    ``within``: classes of annotated regions outside which no tile is kept. ``pens``: ink is no tissue.
    ``coordinates``: a folder of coordinates by TRIDENT or CLAM; their tiles are cut, not those of the own grid.
    """

    mpp: Positive = 0.5
    size: Count = 256
    stride: Count = 256
    min_tissue: Share = 0.5
    max_tissue: Share = 1.0
    within: list[str] = []
    pens: bool = True
    min_label: Share = 0.5
    test_share: Share = 0.3
    channels: dict[str, list[int]] = {}
    coordinates: str = ""
    phantom: Phantom | None = None


class Normalize(Section):
    """Slides of ``stains`` are normalised to ``reference``: ``auto`` or a slide_id."""

    method: str = "macenko"
    reference: str = "auto"
    stains: list[str] = ["HE"]
    options: Options = {}


class Translator(Section):
    """One image-to-image translator from stain ``source`` to stain ``target``; ``buffer`` as in pretrain."""

    method: str
    source: str = "HE"
    target: str
    pairing: Literal["paired", "unpaired"]
    steps: Count = 10_000
    batch: Count = 1
    buffer: Count | None = None
    lr: Positive = 2e-4
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    checkpoint_every: Count = 1000
    options: Options = {}


class Gates(Section):
    """Least figures of a translator that is worth learning from; measured outside the test split."""

    min_agreement: float = 0.1
    max_cycle_jump: Positive = 0.05
    min_nuclei: float = 0.1


class Synthesize(Section):
    batch: Count = 64
    gates: Gates = Gates()


class Arm(Section):
    """What one encoder learns from. ``only_with`` keeps the tiles that have a real partner of that stain.

    ``against`` names the arm that it is compared with; without, :func:`pipeline.study.arms.baseline_of` chooses.
    """

    objective: str
    loss: str | None = None
    privileged: str | None = None
    control: Literal["blank", "shuffled"] | None = None
    only_with: str | None = None
    against: str | None = None
    task: str | None = None
    options: Options = {}
    loss_options: Options = {}


class Encoder(Section):
    """ResNet basic blocks (18) or bottlenecks (50); ``width`` channels after the stem (64 in the papers)."""

    depth: Literal[18, 50] = 50
    width: Count = 64


class Projector(Section):
    width: Count = 8192
    layers: Count = 3


class Pretrain(Section):
    """Every arm takes ``epochs`` x (training tiles of the cohort / ``batch``) steps, whatever its sample count.

    ``buffer`` tiles are shuffled together, shard by shard, for stores on a slow disk; without, all tiles are.
    """

    arms: Annotated[dict[Name, Arm], Field(min_length=1)]
    seeds: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1), AfterValidator(_distinct)] = [0, 1, 2]
    epochs: Count = 100
    batch: Annotated[int, Field(ge=2)] = 256
    buffer: Count | None = None
    lr: Positive = 1e-4
    warmup: Share = 0.1
    clip_norm: Positive = 1.0
    clip_per: Literal["global", "tensor"] = "global"
    reduction: Literal["mean", "sum"] = "mean"
    augment: Literal["released", "corrected"] = "released"
    encoder: Encoder = Encoder()
    projector: Projector = Projector()
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    checkpoint_every: Count = 1000


class Task(Section):
    """What a probe is asked.

    ``annotation``: the tile's label. ``stain``: whether ``channel`` of the registered ``stain`` is above
    ``threshold`` (of 255) in more than ``fraction`` of the tile.
    """

    kind: Literal["annotation", "stain"]
    stain: str | None = None
    channel: Annotated[int, Field(ge=0, le=2)] = 0
    threshold: Annotated[int, Field(ge=0, le=255)] = 128
    fraction: Share = 0.05


class Evaluate(Section):
    """``few`` labels per class, drawn ``draws`` times; ``bootstrap`` resamples of the test patients."""

    tasks: Annotated[dict[Name, Task], Field(min_length=1)]
    baseline: str
    few: Count = 50
    draws: Count = 10
    neighbours: Count = 20
    bootstrap: Count = 1000
    batch: Count = 256


class Report(Section):
    title: str = "SynPriv"
    tiles: Count = 6
