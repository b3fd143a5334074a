"""Updates of the weights with PyTorch's autograd, optimizers and schedules."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from dlia.study.settings import Ema, Settings
from dlia.training import loop
from dlia.training.introspection import loss_of, optimizer_of, schedule_of
from dlia.training.losses import build_loss
from dlia.training.optimizers import build_optimizer, kernels
from dlia.training.record_types import LearnerFacts, LearnerState
from dlia.training.schedules import build_schedule


class Learner(loop.Learner):
    """A network, and all that changes its weights.

    Attributes:
        units: The axis of a layer's weights that counts its units.

    Args:
        network: On the device, with its initial weights.
        settings: Every hyperparameter of the training.
        steps: Batches of an epoch.
    """

    units = 0

    def __init__(self, network: nn.Module, settings: Settings, steps: int) -> None:
        self.network, self.steps = network, steps
        self.loss = build_loss(settings.loss)
        self.optimizer = build_optimizer(network, settings.optimizer)
        self.schedule = build_schedule(self.optimizer, settings.schedule, settings.epochs, steps)
        self.averaging = averaging = settings.averaging
        self.average = (
            AveragedModel(
                network, multi_avg_fn=get_ema_multi_avg_fn(averaging.decay), use_buffers=True
            )
            if isinstance(averaging, Ema)
            else None
        )
        self.watched = kernels(network) if settings.gradient_norms else {}
        self.norms = self._nothing()

    def step(self, images: Tensor, targets: Tensor) -> Tensor:
        """Train on one batch; return the loss before the update."""
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.network(images), targets)
        loss.backward()
        self.update()
        return loss.detach()

    def update(self) -> None:
        """Update the weights by their current gradients."""
        for name, kernel in self.watched.items():
            assert kernel.grad is not None
            apart = kernel.grad - kernel.grad.mean(self.units, keepdim=True)
            for measure, values in (("norm", kernel.grad), ("spread", apart)):
                place = f"gradient_{measure}.{name}"
                self.norms[place] = self.norms[place] + self.norm(values)
        self.optimizer.step()
        self.schedule.step()
        if self.average:
            self.average.update_parameters(self.network)

    def norm(self, gradient: Tensor) -> Tensor:
        """Return the L2 norm of a layer's gradient."""
        return gradient.norm()

    @property
    def judged(self) -> nn.Module:
        """The network that is evaluated and saved: the averaged one, if there is one."""
        return self.average.module if self.average else self.network

    def gradient_norms(self) -> dict[str, list[float]]:
        """Give each layer's gradient norm in each trial, averaged over an epoch; start anew.

        The spread beside it is the norm of what the gradients of a layer's units differ by from
        their mean: 0 if all units have the same gradient.
        """
        totals = {name: torch.as_tensor(n).flatten().tolist() for name, n in self.norms.items()}
        self.norms = self._nothing()
        return {name: [n / self.steps for n in trials] for name, trials in totals.items()}

    def _nothing(self) -> dict[str, Tensor | float]:
        return {f"gradient_{m}.{name}": 0.0 for m in ("norm", "spread") for name in self.watched}

    def described(self) -> LearnerFacts:
        """Say what updates the weights, with every default of the framework."""
        averaged = self.average.n_averaged.item() if self.average else 0
        return {
            "loss": loss_of(self.loss),
            "optimizer": optimizer_of(self.optimizer),
            "schedule": schedule_of(self.schedule),
            "averaging": {"steps": averaged, **self.averaging.plain()},
            "gradient_norms_of": list(self.watched),
        }

    def state_dict(self) -> LearnerState:
        """Return the state that is needed to resume training between two batches."""
        state: LearnerState = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "norms": self.norms,
        }
        if self.average:
            state["average"] = self.average.state_dict()
        return state

    def load_state_dict(self, state: LearnerState) -> None:
        """Restore a state from ``state_dict``."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        if self.average:
            self.average.load_state_dict(state["average"])
        device = next(self.network.parameters()).device
        self.norms = {name: torch.as_tensor(n, device=device) for name, n in state["norms"].items()}
