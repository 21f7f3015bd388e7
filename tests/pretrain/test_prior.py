import torch

from pipeline.pretrain.prior import Prior


def test_what_it_learns_the_features_learn_the_opposite_of():
    torch.manual_seed(0)
    prior, features = Prior(2), torch.full((256, 2), 3.0, requires_grad=True)
    loss = prior(features)
    loss.backward()
    inside, outside = (features.detach() - sign * 100 * features.grad for sign in (1, -1))
    torch.manual_seed(1)
    after_descent = prior(inside)  # what an optimiser makes of them
    torch.manual_seed(1)
    assert after_descent > prior(outside)


def test_features_become_uniform():
    torch.manual_seed(0)
    prior, features = Prior(1), torch.nn.Parameter(2 + 0.3 * torch.randn(256, 1))
    optimizer = torch.optim.Adam([{"params": prior.parameters(), "lr": 1e-3}, {"params": [features], "lr": 0.02}])
    for _ in range(200):
        optimizer.zero_grad()
        prior(features).backward()
        optimizer.step()
    uniform = features.detach().sigmoid().sort(0).values.flatten()
    assert float((uniform - torch.linspace(0, 1, 256)).abs().max()) < 0.25  # 0.82 before
