"""Predictions of a network that normalises by the statistics of batches of test images."""

import copy

import pytest
import torch
from torch import nn

from dlia.training.batch_statistics import predict_in_batches
from dlia.training.device_data import Part
from dlia.training.measures import predict_logits

LABELS = torch.tensor([2, 0, 1, 1, 0, 2, 0])


def part():
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(0, 256, (7, 4, 4, 1), generator=generator, dtype=torch.uint8)
    return Part(images, LABELS, 255)


def network():
    torch.manual_seed(4)
    layers = (nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Dropout(0.5), nn.Flatten())
    return nn.Sequential(*layers, nn.Linear(12, 3))


def in_training(images):
    """Give what the network says of a batch in training, without its dropout."""
    own = network().train()
    own[2].eval()
    return own(images).detach()


@pytest.mark.parametrize(
    ("order", "batches"),
    [("id", [[0, 1, 2], [3, 4, 5], [6]]), ("class", [[1, 4, 6], [2, 3, 0], [5]])],
)
def test_every_batch_is_normalised_by_its_own_statistics(order, batches):
    found = predict_in_batches(network(), part(), {"size": 3, "order": order})
    for rows in batches:
        wanted = in_training(part().inputs(torch.tensor(rows)))
        assert torch.allclose(found[rows], wanted, atol=1e-6)


def test_one_batch_of_all_images_gives_the_same_in_any_order():
    by_id, by_class = (
        predict_in_batches(network(), part(), {"size": 7, "order": order})
        for order in ("id", "class")
    )
    assert torch.allclose(by_id, by_class, atol=1e-6)


def test_the_running_averages_do_not_matter():
    strange = network()
    strange[1].running_mean.fill_(100)
    options = {"size": 3, "order": "id"}
    found, wanted = (predict_in_batches(n, part(), options) for n in (strange, network()))
    assert torch.equal(found, wanted)


def test_the_statistics_of_batches_give_other_logits_than_the_running_averages():
    options = {"size": 3, "order": "id"}
    found = predict_in_batches(network(), part(), options)
    assert not torch.allclose(found, predict_logits(copy.deepcopy(network()), part()))
