"""TriDeNT: two views of the tile and one privileged view (Farndale et al., arXiv 2312.02111)."""

from pipeline.pretrain.joint import PRIMARY, PRIVILEGED, JointEmbedding


class TriDeNT(JointEmbedding):
    """ℓ(z₁, z₂) + ℓ(z₁, z*) + ℓ(z₂, z*): also keeps what the privileged view does not show."""

    branches = (PRIMARY, PRIMARY, PRIVILEGED)
    pairs = ((0, 1), (0, 2), (1, 2))
