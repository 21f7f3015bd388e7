"""Two branches: two views of the tile, or the tile and its privileged view."""

from pipeline.pretrain.joint import PRIMARY, PRIVILEGED, JointEmbedding


class Unprivileged(JointEmbedding):
    """ℓ(z₁, z₂): two augmentations of the same tile."""

    branches = (PRIMARY, PRIMARY)
    pairs = ((0, 1),)


class PrivilegedSiamese(JointEmbedding):
    """ℓ(z₁, z*): keeps only what tile and privileged view have in common."""

    branches = (PRIMARY, PRIVILEGED)
    pairs = ((0, 1),)
