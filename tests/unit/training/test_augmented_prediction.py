"""Views: what a network says of several views of an image is averaged as probabilities."""

import pytest
import torch
from torch import nn

from dlia.training.augmented_prediction import VIEWS, mean_logits, predict_views
from dlia.training.device_data import Part
from dlia.training.measures import predict_logits

SYMMETRIC = ["horizontal_flip", "flips", "dihedral"]
SIZE = 6


def part(n=5, height=SIZE, width=SIZE):
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(0, 256, (n, height, width, 1), generator=generator, dtype=torch.uint8)
    return Part(images, torch.zeros(n, dtype=torch.long), 255)


def seeded(*layers):
    """Build a network whose weights are large enough to make its answers differ."""
    network = nn.Sequential(*layers)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for weights in network.parameters():
            weights.normal_(generator=generator)
    return network


def classifier():
    return seeded(nn.Flatten(), nn.Dropout(0.5), nn.Linear(SIZE * SIZE, 3))


def segmenter(outputs=1):
    return seeded(nn.Conv2d(1, outputs, 3, padding=1))


def shown(name, data=None):
    """Give the images of all views, (views, n, 1, H, W)."""
    images = (data or part()).inputs(torch.arange(5))
    return torch.stack([view.show(images) for view in VIEWS[name]])


class Constant(nn.Module):
    """Says the same of every view but the first."""

    def __init__(self, first, others):
        super().__init__()
        self.answers = [first]
        self.others = others

    def forward(self, images):
        value = self.answers.pop() if self.answers else self.others
        return torch.full((len(images), 1, *images.shape[2:]), value)


@pytest.mark.parametrize("make", [classifier, segmenter])
def test_without_views_the_logits_are_those_of_the_measures(make):
    network = make()
    assert torch.equal(predict_views(network, part(), "none"), predict_logits(network, part()))


@pytest.mark.parametrize(
    ("name", "number"),
    [("none", 1), ("horizontal_flip", 2), ("flips", 4), ("dihedral", 8), ("shifts", 5)],
)
def test_all_views_of_a_name_are_different(name, number):
    assert len(shown(name).flatten(1).unique(dim=0)) == number


@pytest.mark.parametrize("name", VIEWS)
def test_the_image_itself_is_the_first_view(name):
    assert torch.equal(shown(name)[0], shown("none")[0])


def test_flips_are_those_from_left_to_right_and_from_top_to_bottom():
    images = shown("none")[0]
    expected = [images, images.flip(-1), images.flip(-2), images.flip(-1, -2)]
    seen = shown("flips")
    assert all(any(torch.equal(view, other) for view in seen) for other in expected)


def test_zeros_enter_a_shifted_view():
    ones = Part(torch.full((5, SIZE, SIZE, 1), 255, dtype=torch.uint8), torch.zeros(5).long(), 255)
    zeros = (shown("shifts", ones) == 0).sum((1, 2, 3, 4)) / 5
    assert zeros.tolist() == [0, SIZE, SIZE, SIZE, SIZE]


def test_shifted_views_are_moved_by_one_pixel_to_each_side():
    images = torch.zeros(1, 1, 3, 3)
    images[..., 1, 1] = 1
    places = {tuple(view.show(images)[0, 0].nonzero()[0].tolist()) for view in VIEWS["shifts"]}
    assert places == {(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_maps_are_brought_back_to_their_place(name):
    images = shown("none", part(height=4))[0]
    for view in VIEWS[name]:
        assert torch.equal(view.undo(view.show(images)), images)


@pytest.mark.parametrize("name", [*SYMMETRIC, "shifts"])
def test_class_probabilities_are_averaged(name):
    network = classifier().eval()
    expected = torch.stack([network(images).softmax(1) for images in shown(name)]).mean(0)
    averaged = predict_views(network, part(), name)
    torch.testing.assert_close(averaged.softmax(1), expected)


@pytest.mark.parametrize("name", [*SYMMETRIC, "shifts"])
def test_averaged_classes_are_logarithms_of_probabilities(name):
    averaged = predict_views(classifier(), part(), name)
    torch.testing.assert_close(averaged.exp().sum(1), torch.ones(5))


@pytest.mark.parametrize("name", SYMMETRIC)
@pytest.mark.parametrize("outputs", [1, 2])
def test_pixel_probabilities_are_averaged_in_their_place(name, outputs):
    network = segmenter(outputs)

    def probabilities(logits):
        return logits.sigmoid() if outputs == 1 else logits.softmax(1)

    views = zip(VIEWS[name], shown(name), strict=True)
    expected = torch.stack([view.undo(probabilities(network(x))) for view, x in views]).mean(0)
    averaged = predict_views(network, part(), name)
    torch.testing.assert_close(probabilities(averaged), expected)


@pytest.mark.parametrize("name", SYMMETRIC)
def test_views_change_nothing_for_an_equivariant_segmenter(name):
    network = seeded(nn.Conv2d(1, 1, 1), nn.AvgPool2d(3, stride=1, padding=1))
    torch.testing.assert_close(
        predict_views(network, part(), name), predict_views(network, part(), "none")
    )


@pytest.mark.parametrize("name", SYMMETRIC)
def test_views_change_no_probability_of_an_invariant_classifier(name):
    network = seeded(nn.Conv2d(1, 4, 1), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    torch.testing.assert_close(
        predict_views(network, part(), name).softmax(1),
        predict_views(network, part(), "none").softmax(1),
    )


def test_views_change_the_answers_of_a_network_that_is_not_equivariant():
    network = segmenter()
    averaged = predict_views(network, part(), "dihedral")
    assert (averaged - predict_views(network, part(), "none")).abs().max() > 0.1


@pytest.mark.parametrize("value", [-100.0, 100.0])
def test_a_sigmoid_that_is_sure_stays_as_sure(value):
    averaged = predict_views(Constant(value, value), part(), "dihedral")
    assert averaged.unique().tolist() == pytest.approx([value])


def test_a_sigmoid_that_is_sure_of_both_is_undecided():
    averaged = predict_views(Constant(100.0, -100.0), part(), "horizontal_flip")
    assert averaged.unique().tolist() == pytest.approx([0.0], abs=1e-6)


def test_one_view_that_is_sure_decides_its_share():
    averaged = predict_views(Constant(100.0, -100.0), part(), "dihedral").sigmoid()
    assert averaged.unique().tolist() == pytest.approx([1 / 8])


def test_a_softmax_that_is_sure_gives_finite_logarithms():
    logits = torch.tensor([[[200.0, -200.0]], [[190.0, -190.0]]])
    averaged = mean_logits(logits)
    # (exp(-400) + exp(-380)) / 2, of which no float knows.
    assert averaged[0, 1] == pytest.approx(-380 - 0.6931, abs=1e-3)


def test_pixel_maps_keep_their_shape_when_images_are_not_square():
    averaged = predict_views(segmenter(2), part(height=4), "dihedral")
    assert averaged.shape == (5, 2, 4, SIZE)


def test_the_network_is_in_eval_mode():
    network = classifier().train()
    first = predict_views(network, part(), "flips")
    assert torch.equal(first, predict_views(network, part(), "flips"))


def test_no_gradient_is_kept():
    assert not predict_views(classifier(), part(), "flips").requires_grad


def test_more_images_than_a_batch_are_all_predicted():
    assert len(predict_views(classifier(), part(n=501), "horizontal_flip")) == 501


def test_pixel_maps_refuse_shifted_views():
    with pytest.raises(ValueError, match="lack an edge"):
        predict_views(segmenter(), part(), "shifts")
