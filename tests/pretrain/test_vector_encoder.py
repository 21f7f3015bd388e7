import torch

from pipeline.pretrain.vector_encoder import VectorEncoder, draw_vectors


def test_three_layers_as_the_gene_counts_have_them():
    encoder = VectorEncoder([0.0] * 5020, [1.0] * 5020, width=2048)
    assert [m.out_features for m in encoder.body if isinstance(m, torch.nn.Linear)] == [2048] * 3
    assert encoder(torch.zeros(2, 5020)).shape == (2, 2048)


def test_numbers_are_standardised_one_by_one():
    encoder = VectorEncoder([1.0, 10.0], [2.0, 5.0], width=3)
    assert encoder.standardised(torch.tensor([[3.0, 0.0]])).tolist() == [[1.0, -2.0]]


def test_a_view_leaves_out_a_tenth_of_the_numbers_and_adds_noise_of_a_tenth():
    torch.manual_seed(0)
    drawn = draw_vectors(torch.full((400, 100), 5.0), 1.0)
    left_out = drawn < 2.5
    assert abs(left_out.float().mean() - 0.1) < 0.01
    assert abs(drawn[~left_out].std() - 0.1) < 0.002


def test_no_strength_changes_nothing():
    vectors = torch.rand(3, 4)
    assert torch.equal(draw_vectors(vectors, 0.0), vectors)
