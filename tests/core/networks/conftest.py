import pytest
import torch

SIDE, PATCH, WIDTH = 32, 8, 32
TOKENS = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": SIDE,
    "patch_size": PATCH,
}
STAGES = {"embedding_size": 8, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 2, 1, 1]}
MODELS = {  # small ones of every type that is supported
    **dict.fromkeys(
        ("vit", "deit", "vit_msn", "dinov2", "clip_vision_model", "siglip_vision_model"),
        TOKENS,
    ),
    "dinov2_with_registers": {**TOKENS, "num_register_tokens": 3},
    "dinov3_vit": {**TOKENS, "num_register_tokens": 2},
    **dict.fromkeys(("resnet", "regnet", "convnext", "convnextv2"), STAGES),
    "swin": {
        "embed_dim": 8,
        "depths": [1, 2, 1, 1],
        "num_heads": [1, 1, 2, 2],
        "window_size": 2,
        "image_size": 64,
    },
}

HOSTILE = {  # what would have transformers fetch code, or read weights by it
    "attn_implementation": "someone/kernels",
    "_attn_implementation": "someone/kernels",
    "_attn_implementation_internal": "someone/kernels",
    "experts_implementation": "someone/kernels",
    "quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True},
}


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """Writes a small network of a ``model_type`` as transformers does, and gives its folder and the network."""
    from transformers import MODEL_MAPPING, AutoConfig
    from transformers.utils import logging

    logging.disable_progress_bar()

    def save(kind, folder=None, kind_of=None, **changed):
        config = AutoConfig.for_model(kind, **{**MODELS.get(kind, {}), **changed})
        torch.manual_seed(0)
        network = (kind_of or MODEL_MAPPING[type(config)])(config).eval()
        folder = folder or tmp_path_factory.mktemp(kind)
        network.save_pretrained(folder)
        return folder, network

    return save
