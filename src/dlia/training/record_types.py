"""The parts of a run record, as its writers build them and its readers find them in run.json."""

from typing import NotRequired, TypedDict

from torch import Tensor


class Argument(TypedDict):
    """An argument of a framework's function: its value, and whether that is the default."""

    value: object
    default: bool


class LayerFacts(TypedDict):
    """A layer: its name, class and arguments, its output without the batch axis, its parameters."""

    name: str
    layer: str
    arguments: dict[str, Argument]
    output: list[int]
    parameters: int


class InitialTensor(TypedDict):
    """A tensor of weights or biases before the training: its distribution in words, and values."""

    name: str
    distribution: str
    numbers: int
    mean: float
    sd: float
    lowest: float
    highest: float


class LossFacts(TypedDict):
    """A loss, the framework's functions that it calls, and all their arguments."""

    function: str
    calls: list[str]
    arguments: dict[str, Argument]


OptimizerFacts = TypedDict(
    "OptimizerFacts",
    {"class": str, "arguments": dict[str, Argument], "groups": list[dict[str, object]]},
)
OptimizerFacts.__doc__ = "An optimizer's class and arguments, and its groups of tensors."

ScheduleFacts = TypedDict("ScheduleFacts", {"class": str, "state": dict[str, object]})
ScheduleFacts.__doc__ = "A schedule's class, and the state that it ended in."


class LearnerFacts(TypedDict):
    """What updates the weights."""

    loss: LossFacts
    optimizer: OptimizerFacts
    schedule: ScheduleFacts
    averaging: dict[str, object]
    gradient_norms_of: list[str]


class DataFacts(TypedDict):
    """How many images a training sees, and in which batches."""

    training_images: int  # with their fixed copies
    fixed_copies: list[str]
    monitored_images: int
    validation_images: int
    monitored_test_images: int
    batches_per_epoch: int
    last_batch: int
    divided_by: float


class Objects(LearnerFacts):
    """The objects of a training, read from the objects and not from the settings."""

    parameters: int
    layers: list[LayerFacts]
    computed_layers: list[str]
    multiply_adds: int
    augmentation: dict[str, list[float | str]]
    data: DataFacts
    processor: str
    peak_memory_mib: int
    threads: int
    dtypes: list[str]
    determinism: dict[str, object]


class LearnerState(TypedDict):
    """All that changes the weights, as a checkpoint holds it between two batches."""

    network: dict[str, Tensor]
    optimizer: NotRequired[dict[str, object]]
    schedule: NotRequired[dict[str, object]]
    average: NotRequired[dict[str, Tensor]]
    norms: NotRequired[dict[str, Tensor | float]]


class TrainingState(TypedDict):
    """What a checkpoint holds."""

    trials: list[dict[str, object]]
    learner: LearnerState
    batches: list[dict[str, Tensor]]


class Facts(TypedDict):
    """What a training depends on beside its job: code, data, versions, device and engine.

    ``weights`` is the file of pre-trained weights that it begins with, or ``STANDIN_WEIGHTS``.
    """

    code: str
    inputs: dict[str, str]
    versions: dict[str, str]
    device: str
    engine: str
    weights: NotRequired[str]
