"""Options of adversarial networks, of translators and of normalisers, and the tiles that fit them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from pipeline.core.errors import StudyError
from pipeline.study.method import Method
from pipeline.study.section import Count, Section, Switch, Weight, Whole

LEAST_SIZE = 32  # pixels; less leaves the five convolutions of a discriminator nothing to see


class CycleOptions(Section):
    """See :class:`pipeline.core.translation.cyclegan.CycleGAN`."""

    ngf: Count = 64
    blocks: Count = 9
    ndf: Count = 64
    lambda_cycle: Weight = 10.0
    identity: Weight = 0.5
    pool: Whole = 50

    @property
    def multiple(self) -> int:
        """What the side of a tile is a multiple of: two halvings."""
        return 4


class CycleGANOptions(CycleOptions):
    """Of the translator, which may change polarity as well."""

    negative: Switch = False


class UNetOptions(Section):
    """Widths of a U-Net and its discriminator, and the U-Net's levels."""

    ngf: Count = 64
    downs: Annotated[int, Field(ge=2, le=12, strict=True)] = 8
    ndf: Count = 64

    @property
    def multiple(self) -> int:
        """What the side of a tile is a multiple of: it is halved ``downs`` times."""
        return int(2**self.downs)


class Pix2PixOptions(UNetOptions):
    """See :class:`pipeline.translate.pix2pix.Pix2Pix`. Without ``norm``: ``instance`` at batch 1, else ``batch``."""

    lambda_l1: Weight = 100.0
    norm: Literal["batch", "instance"] | None = None


def check_size(method: Method | None, given: Mapping[str, Any], size: int, where: str) -> Iterator[StudyError]:
    """The mistake of tiles that do not fit a method's networks; methods that do not say take any.

    Args:
        method: None, or with wrong options, it is told by ``check_method``.
        given: Its options, as ``params.yaml`` has them.
        size: Side of a tile, pixels.
        where: Key of the options.
    """
    options = method.read(given) if method else None
    multiple = getattr(options, "multiple", None)
    if multiple and (size % multiple or size < LEAST_SIZE):
        yield StudyError(
            f"tiles of {size} px (tile.size) do not fit these networks",
            where=where,
            fix=f"set tile.size to a multiple of {multiple}"
            + (f", at least {LEAST_SIZE}" if multiple < LEAST_SIZE else "")
            + (", or options.downs to fewer" if isinstance(options, UNetOptions) else ""),
        )
