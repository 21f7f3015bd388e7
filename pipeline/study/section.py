"""What the sections of ``params.yaml`` are made of: frozen, strict models, in which an unknown key is an error."""

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

T = TypeVar("T")


def distinct(values: list[T]) -> list[T]:
    """The values; raises ValueError where one occurs twice."""
    if len(set(values)) < len(values):
        raise ValueError("each value may occur once")
    return values


Count = Annotated[int, Field(ge=1, strict=True)]
Whole = Annotated[int, Field(ge=0, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Positive = Annotated[float, Field(gt=0, strict=True)]
Weight = Annotated[float, Field(ge=0, strict=True)]
Figure = Annotated[float, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Seeds = Annotated[list[Whole], Field(min_length=1), AfterValidator(distinct)]


class Section(BaseModel):
    """A part of ``params.yaml``, or the options of a method."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Training(Section):
    """How a learner is trained.

    ``buffer`` tiles are shuffled together, shard by shard, for stores on a slow disk; without, all tiles are.
    """

    steps: Count = 10_000
    batch: Count = 1
    buffer: Count | None = None
    lr: Positive = 2e-4
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    checkpoint_every: Count = 1000
