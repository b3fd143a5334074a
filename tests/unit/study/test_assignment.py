"""The studies hold every exercise and variant of the assignment, as its documents have them."""

import pytest
from trainings import STUDIES, VARIANTS, network_of

ASSIGNMENT = {
    "ex1_1": "numpy_2019 numpy numpy_2024 sgd_2024 sgd adam",
    "ex1_2": "sgd sgd_2019",
    "ex1_3": "relu_pool pool_relu pool_relu_2019 tanh_pool pool_tanh sigmoid_pool pool_sigmoid"
    " sigmoid_high_lr relu_gradients sigmoid_gradients",
    "ex1_4": "adam_high_lr adam_default sgd adam_pytorch adam_sheet",
    "ex1_5": "low_lr batch_norm lr_schedule tanh dropout momentum ours",
    "ex2_1": "baseline_2024 baseline_2019",
    "ex2_2": "batch_norm batch_16 step_20 filter_3 flip dropout weight_decay",
    "ex2_3": "plain skip",
    "ex2_4": "plain_1 residual_1 plain_2 residual_2 plain_3 residual_3",
    "ex2_5": "ours",
}

# Of the pixels, which no report states; for the glands, the code of R2019 has it.
SCALE = "input.divide_by"


def differences(key, base):
    """Give the paths of the settings in which a variant differs from another."""
    values = [
        {leaf.path: leaf.value for leaf in VARIANTS[name].settings.leaves()} for name in (key, base)
    ]
    return {path for path in values[0] | values[1] if values[0].get(path) != values[1].get(path)}


def test_every_variant_is_there_in_the_order_of_the_assignment():
    found = {exercise: [] for exercise in ASSIGNMENT}
    for variant in VARIANTS.values():
        found[variant.exercise].append(variant.name)
    assert found == {exercise: names.split() for exercise, names in ASSIGNMENT.items()}


def test_every_technique_on_glands_has_a_place_for_the_opinion_that_the_sheet_asks_for():
    techniques = [variant for variant in VARIANTS.values() if variant.exercise == "ex2_2"]
    assert [variant.key for variant in techniques if not variant.comment] == []


def test_every_variant_says_where_it_comes_from():
    own = ["ex2_5/ours"]  # the sheet asks how good one can get for digits alone
    assert [key for key, variant in VARIANTS.items() if not variant.source] == own
    assert all("Our own" in VARIANTS[key].comment for key in own)


@pytest.mark.parametrize(
    ("key", "original"), [("ex1_3/relu_pool", "ex1_2/sgd"), ("ex2_4/plain_1", "ex2_3/plain")]
)
def test_what_is_the_same_is_not_trained_again(key, original):
    assert VARIANTS[key].trained_as == original


@pytest.mark.parametrize(
    ("key", "base", "paths"),
    [
        ("ex1_3/pool_relu", "ex1_2/sgd", {"model.activation_place"}),
        ("ex1_3/pool_tanh", "ex1_3/tanh_pool", {"model.activation_place"}),
        ("ex1_3/tanh_pool", "ex1_2/sgd_2019", {"model.activation"}),
        ("ex1_3/pool_sigmoid", "ex1_3/sigmoid_pool", {"model.activation_place"}),
        ("ex1_5/low_lr", "ex1_4/adam_high_lr", {"optimizer.learning_rate"}),
        ("ex1_5/batch_norm", "ex1_5/low_lr", {"model.batch_norm"}),
        ("ex1_5/tanh", "ex1_4/adam_default", {"model.activation"}),
        ("ex2_2/batch_norm", "ex2_1/baseline_2024", {"model.batch_norm"}),
        ("ex2_2/batch_16", "ex2_2/batch_norm", {"batch_size"}),
        ("ex2_2/step_20", "ex2_2/batch_16", {"schedule.step_size"}),
        ("ex2_2/flip", "ex2_1/baseline_2019", {"add_copies"}),
        ("ex2_2/dropout", "ex2_1/baseline_2019", {"model.dropout.rate"}),
        ("ex1_1/numpy", "ex1_1/sgd", {"gradients"}),
        ("ex1_1/sgd_2024", "ex1_1/numpy_2024", {"gradients"}),
        ("ex1_3/pool_relu_2019", "ex1_2/sgd_2019", {"model.activation_place"}),
        ("ex1_3/sigmoid_high_lr", "ex1_3/pool_sigmoid", {"optimizer.learning_rate"}),
        ("ex1_3/sigmoid_gradients", "ex1_3/relu_gradients", {"model.activation"}),
        ("ex2_2/filter_3", "ex2_2/step_20", {"model.upsampling_filter"}),
        ("ex2_4/residual_1", "ex2_4/plain_1", {"model.residual"}),
        ("ex1_4/sgd", "ex1_2/sgd", {"fit", "monitor"}),
        ("ex2_3/plain", "ex2_2/step_20", {"fit", "monitor"}),
        ("ex2_3/skip", "ex2_3/plain", {"model.skip"}),
        ("ex2_4/residual_2", "ex2_4/plain_2", {"model.residual"}),
        ("ex2_4/plain_3", "ex2_4/plain_2", {"model.convolutions"}),
        ("ex2_4/residual_3", "ex2_4/plain_3", {"model.residual"}),
    ],
)
def test_a_variant_differs_from_its_neighbour_in_what_it_is_about(key, base, paths):
    assert differences(key, base) == paths


@pytest.mark.parametrize(
    ("key", "paths"),
    [
        (
            "ex1_1/numpy_2019",
            f"model loss optimizer optimizer.learning_rate initialization {SCALE}",
        ),
        ("ex1_1/numpy_2024", f"model.activation loss optimizer initialization {SCALE}"),
        ("ex1_1/sgd", SCALE),
        ("ex1_2/sgd", f"optimizer.learning_rate batch_size initialization {SCALE}"),
        ("ex1_3/pool_relu", f"optimizer.learning_rate batch_size initialization {SCALE}"),
        (
            "ex1_3/pool_sigmoid",
            f"optimizer.learning_rate batch_size epochs initialization {SCALE}",
        ),
        ("ex1_4/adam_high_lr", f"optimizer.learning_rate batch_size initialization {SCALE}"),
        ("ex1_5/low_lr", f"batch_size initialization epochs {SCALE}"),
        ("ex1_5/dropout", f"optimizer model.dropout.of model.dropout.place {SCALE}"),
        ("ex2_1/baseline_2019", ""),
        (
            "ex2_2/step_20",
            f"model initialization loss optimizer.name model.batch_norm schedule.step_size {SCALE}",
        ),
        ("ex2_2/weight_decay", "optimizer.weight_decay optimizer.weight_decay_on"),
        (
            "ex2_4/residual_3",
            "model initialization loss optimizer.name model.batch_norm schedule.step_size"
            f" {SCALE} model.convolutions model.residual",
        ),
    ],
)
def test_what_a_source_leaves_open_is_said_to_be_assumed(key, paths):
    assert VARIANTS[key].assumed.keys() == set(paths.split())


@pytest.mark.parametrize(
    ("study", "claim"),
    [("mnist", "cnn_98_78"), ("mnist", "sigmoid_85_17"), ("warwick", "step_20_0_88")],
)
def test_every_open_setting_behind_a_disputed_value_has_readings(study, claim):
    judged = STUDIES[study].claims[claim]
    variant = VARIANTS[judged.of[0]]
    assert judged.may_be_read
    assert len(variant.readings) >= len(judged.open_settings)
    assert variant.unread == ()


def test_readings_are_stated_only_of_variants_with_a_reported_number():
    read = [variant for variant in VARIANTS.values() if variant.readings]
    numbers = {v.key: [r.value for r in v.reported.values() if r.value is not None] for v in read}
    assert all(numbers.values())


def test_our_own_network_for_digits_has_at_most_25_000_weights():
    network = network_of(VARIANTS["ex1_5/ours"].settings)
    assert (
        sum(weights.numel() for weights in network.parameters() if weights.requires_grad) <= 25_000
    )


@pytest.mark.parametrize(
    ("key", "count"),
    [
        ("ex1_1/sgd", 79_510),
        ("ex1_1/numpy_2019", 79_510),
        ("ex1_2/sgd", 21_578),
        ("ex2_1/baseline_2019", 8_625),
    ],
)
def test_a_network_has_the_number_of_weights_that_its_report_counts(key, count):
    network = network_of(VARIANTS[key].settings)
    assert sum(parameter.numel() for parameter in network.parameters()) == count
