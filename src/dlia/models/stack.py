"""Networks of the same layers as one network."""

import copy
from functools import partial

from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap


class Stack(nn.Module):
    """The networks of K trials as one.

    Attributes:
        layers: Those of one network, whose weights and buffers have a leading axis of K.
        masks: What dropout multiplies values by while training, by the names of the buffers.
    """

    def __init__(self, networks: list[nn.Module]) -> None:
        super().__init__()
        self.layers = copy.deepcopy(networks[0])
        self.masks: dict[str, Tensor] = {}
        parameters, buffers = stack_module_state(networks)
        for name, tensor in {**parameters, **buffers}.items():
            path, _, leaf = name.rpartition(".")
            own = nn.Parameter(tensor.detach()) if name in parameters else tensor
            setattr(self.layers.get_submodule(path), leaf, own)

    def forward(self, images: Tensor) -> Tensor:
        """Map images to logits, (K, N, outputs[, H, W]).

        Args:
            images: (K, N, C, H, W), or (N, C, H, W) if all trials see the same.
        """
        state = {**dict(self.layers.named_parameters()), **dict(self.layers.named_buffers())}
        own = 0 if images.dim() == 5 else None
        network = vmap(partial(functional_call, self.layers), in_dims=(0, own))
        logits: Tensor = network({**state, **self.masks}, images)
        return logits

    def load_weights(self, trial: int, weights: dict[str, Tensor]) -> None:
        """Take up what ``weights`` gave."""
        for name, tensor in self.layers.state_dict().items():
            tensor[trial].copy_(weights[name])

    def weights(self, trial: int) -> dict[str, Tensor]:
        """Copy a trial's weights and buffers, by the names that they have in its own network."""
        return {name: t[trial].detach().clone() for name, t in self.layers.state_dict().items()}
