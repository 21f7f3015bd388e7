"""The encoders of an arm: new ones, and those that are there already, of another arm or in files."""

from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.networks.encoder import Encoder, load_encoder
from pipeline.pretrain.colours import Colours
from pipeline.pretrain.frozen import Frozen

RGB = 3


def primary_encoder(job: Job, colours: Colours) -> Encoder:
    """The encoder of the tiles: that of the arm's ``start``, which keeps its own colours, or a new one.

    Args:
        job: Of an arm.
        colours: Mean and standard deviation per channel of the training tiles.

    Raises:
        ProductError: The encoder that it starts from cannot be loaded, or is not of RGB.
    """
    return read_encoder(job, "start") if job.spec["arm"]["start"] else new_encoder(job, colours)


def new_encoder(job: Job, colours: Colours) -> Encoder:
    """An encoder of the arm's family with random weights, for pictures of as many channels as ``colours`` has."""
    mean, std = colours
    encoder: Encoder = job.load("encoder")(**job.spec["encoder"], mean=mean, std=std)
    return encoder


def read_teacher(job: Job) -> Frozen:
    """What the arm's ``teacher`` names; raises ProductError as :func:`primary_encoder` does."""
    return Frozen(read_encoder(job, "teacher"))


def read_encoder(job: Job, key: str) -> Encoder:
    """The encoder that an arm names by ``key``, on the CPU: another arm's of the same repeat, or that of a place."""
    name: str = job.spec["arm"][key]
    place = EncoderManifest.read(job.inputs[key]).folder if key in job.inputs else Path(name)
    encoder = load_encoder(place).cpu()
    if len(encoder.mean) != RGB:
        raise ProductError(
            f"expected an encoder of RGB pictures, found one of {len(encoder.mean)} channels",
            where=f"{key}: {name}",
            fix="name another",
        )
    return encoder
