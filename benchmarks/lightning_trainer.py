"""Lightning's Trainer on tensors in memory, with all switched off that costs time beside it."""

import logging
import warnings
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from contestant import (
    Clock,
    Task,
    measure_of,
    metric_of,
    network_of,
    read_task,
    say_begin,
    say_epoch,
    say_result,
)
from dlia.data.arrays import Arrays
from dlia.training.losses import build_loss
from dlia.training.optimizers import build_optimizer, build_schedule


class Module(LightningModule):
    """The network of a task, as Lightning wants it.

    Args:
        task: What is trained.
        steps: Batches of an epoch.
    """

    def __init__(self, task: Task, steps: int) -> None:
        super().__init__()
        self.task, self.steps = task, steps
        self.network = network_of(task)
        self.criterion = build_loss(task.settings["loss"])
        self.measure = measure_of(task)

    def training_step(self, batch: list[Tensor], _index: int) -> Tensor:
        """Give the loss of a batch."""
        images, targets = batch
        loss: Tensor = self.criterion(self.network(images), targets)
        return loss

    def validation_step(self, batch: list[Tensor], _index: int) -> None:
        """Let Lightning average what the batches show, weighted by their sizes."""
        images, targets = batch
        value = self.measure(self.network(images), targets).mean()
        self.log("validation", value, batch_size=len(images))

    def configure_optimizers(self) -> Any:
        """Give the optimizer, and its schedule by the step."""
        settings = self.task.settings
        optimizer = build_optimizer(self, settings["optimizer"])
        schedule = build_schedule(optimizer, settings["schedule"], settings["epochs"], self.steps)
        scheduler = {"scheduler": schedule, "interval": "step"}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


class Reports(Callback):
    """Prints a line an epoch, and keeps the time of the steps alone."""

    def __init__(self, task: Task) -> None:
        self.metric, self.clock, self.value = metric_of(task), Clock(task.device), 0.0

    def on_train_start(self, *_: Any) -> None:
        """Say that the first epoch begins."""
        say_begin()

    def on_train_epoch_start(self, *_: Any) -> None:
        """Begin to count."""
        self.clock.start()

    def on_validation_start(self, *_: Any) -> None:
        """Lightning validates before it calls the epoch of training done."""
        self.clock.stop()

    def on_validation_end(self, trainer: Trainer, *_: Any) -> None:
        """Say how right the network is."""
        self.value = float(trainer.callback_metrics["validation"])
        say_epoch(trainer.current_epoch + 1, self.metric, self.value)


def loader(task: Task, arrays: Arrays, part: str) -> DataLoader[Any]:
    """Give a part of the data, decoded and scaled once: all that an epoch does is to take rows."""
    rows = arrays.rows(part)
    pixels = torch.from_numpy(arrays.images_at(rows)).permute(0, 3, 1, 2).contiguous()
    images = pixels.float() / task.settings["input"]["divide_by"]
    data = TensorDataset(images, torch.from_numpy(arrays.targets_at(rows)))
    return DataLoader(data, batch_size=task.settings["batch_size"], shuffle=part == "train")


def main() -> None:
    """Train one network, validating after every epoch."""
    task = read_task()
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.manual_seed(task.seed)
    arrays = Arrays.open(task.inputs["images"], task.inputs["targets"], task.inputs["split"])
    training, validation = (loader(task, arrays, part) for part in ("train", "validation"))
    reports = Reports(task)
    trainer = Trainer(
        max_epochs=task.settings["epochs"],
        accelerator=task.device,
        devices=1,
        callbacks=[reports],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=task.scratch,
    )
    trainer.fit(Module(task, len(training)), training, validation)
    clock, threads = reports.clock, torch.get_num_threads()
    say_result({"learning_seconds": clock.seconds, "values": [reports.value], "threads": threads})


if __name__ == "__main__":
    main()
