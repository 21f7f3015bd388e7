"""Networks by name, so that exported weights can be rebuilt from their ``config.json`` alone."""

from importlib import import_module

from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.files import Json

# name -> module:class. A translator's network maps (B, C, H, W) in [-1, 1] to the same; a sampler
# (diffusion) is one too: it draws its noise from torch's generator, which the caller seeds.
NETWORKS = {
    "resnet": "pipeline.core.networks.generators:ResNetGenerator",
    "unet": "pipeline.core.networks.generators:UNetGenerator",
}


def build_network(config: Json) -> nn.Module:
    """Builds ``{"network": name, "arguments": {...}}``; raises ProductError that lists the known names."""
    name = config.get("network")
    if name not in NETWORKS:
        known = ", ".join(sorted(NETWORKS))
        raise ProductError(f"unknown network {name!r}", where="config.json", fix=f"known: {known}; train it again")
    module, _, attribute = NETWORKS[name].partition(":")
    network: nn.Module = getattr(import_module(module), attribute)(**config["arguments"])
    return network
