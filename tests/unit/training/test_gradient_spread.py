"""How much the gradients of a layer's units differ, as a training records it."""

import pytest
from trainings import run

from dlia.evaluation.gradient_flow import flow_of
from dlia.training.run_record import history_of

DENSE = {"channels": [4, 6], "pooled_levels": [1, 2], "hidden": [8]}


def recorded(folder, **changes):
    own = {"gradient_norms": True, "epochs": 2, **changes}
    result, _ = run(
        "ex1_2/sgd",
        folder,
        model={**DENSE, **changes.get("model", {})},
        **{key: value for key, value in own.items() if key != "model"},
    )
    return history_of([result])


def test_zeros_leave_all_weights_without_gradient(tmp_path):
    history = recorded(tmp_path, initialization={"name": "zeros"})
    # The last layer has biases that learn; its weights are given zeros by the layer before it.
    assert flow_of(history) == "the weights of all layers have a gradient of exactly 0"


def test_a_constant_gives_all_units_of_a_layer_the_same_gradient(tmp_path):
    history = recorded(tmp_path, initialization={"name": "constant", "value": 0.05})
    assert flow_of(history).startswith("all units of a layer before the last have the same")
    norms = history[history["metric"] == "gradient_norm.encoder.block1.conv1"]
    assert (norms[norms["epoch"] == 1]["value"] > 0).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"initialization": {"name": "he_normal"}},
        {
            "initialization": {"name": "constant", "value": 0.05},
            "model": {"dropout": {"rate": 0.3, "place": "everywhere"}},
        },
    ],
    ids=["random", "constant with dropout"],
)
def test_random_weights_and_dropout_give_units_gradients_of_their_own(tmp_path, changes):
    assert flow_of(recorded(tmp_path, **changes)) == ""
