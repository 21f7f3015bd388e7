import torch

from pipeline.core.networks.framing import framed


def test_an_image_of_that_size_stays_as_it_is():
    images = torch.rand(2, 4, 8, 8)
    assert framed(images, (8, 8), None, "bicubic") is images
    assert framed(images, None, None, "bicubic") is images


def test_halved_it_is_smoothed():
    """A chessboard becomes grey, as by the triangle of Pillow's filter, and not one of its colours."""
    board = (torch.arange(8).view(8, 1) + torch.arange(8)).remainder(2).float()[None, None]
    assert torch.allclose(framed(board, (4, 4), None, "bilinear"), torch.full((1, 1, 4, 4), 0.5), atol=0.15)


def test_bicubic_values_do_not_leave_their_range():
    edge = torch.zeros(1, 1, 8, 8)
    edge[..., 4:] = 1
    made = framed(edge, (16, 16), None, "bicubic")
    assert made.min() == 0
    assert made.max() == 1


def test_the_centre_is_kept():
    image = torch.arange(36.0).view(1, 1, 6, 6)
    assert framed(image, None, (2, 4), "bilinear")[0, 0].tolist() == [[13, 14, 15, 16], [19, 20, 21, 22]]


def test_a_smaller_image_gets_a_margin():
    made = framed(torch.ones(1, 1, 2, 2), None, (4, 4), "bilinear")
    assert made[0, 0].tolist() == [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
