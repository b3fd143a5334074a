"""The contestants: dlia, Lightning's Trainer and the loop that tutorials teach.

Each imports its own library when it starts, so that it does not wait for those of the others.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, TensorDataset

from dlia.runtime.files import write_json
from dlia.tasks import curves_of
from dlia.training.losses import build_loss
from dlia.training.optimizers import build_optimizer
from dlia.training.schedules import build_schedule
from task import Reporter, Task


def run_dlia(task: Task) -> None:
    """Train all trials as the workflow does."""
    import pandas as pd

    from dlia.training.train_variant import train_variant
    from dlia.training.training_job import TrainingJob

    folder = Path(task.folder)
    same = ("classes", "trials", "seed", "device", "inputs", "workers")
    fields = {name: getattr(task, name) for name in same}
    checkpoints, curves = folder / "checkpoints", curves_of(task.task)
    fields["settings"] = task.chosen
    job = TrainingJob(**fields, curves=curves, code="benchmark", checkpoints=checkpoints)
    files = {"model": "model.safetensors", "history": "history.csv", "record": "run.json"}
    train_variant(job, **{name: str(folder / file) for name, file in files.items()})
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    table = pd.read_csv(folder / "history.csv").sort_values("epoch")
    validation = table[(table["part"] == "validation") & (table["metric"] == task.metric)]
    said = {
        "learning_seconds": sum(t["seconds_per_epoch"] * t["epochs"] for t in run["trials"]),
        "seconds": sum(trial["seconds"] for trial in run["trials"]),
        "values": validation.groupby("trial")["value"].last().tolist(),
    }
    write_json(folder / "said.json", said)


def run_lightning(task: Task) -> None:
    """Train on tensors in memory, without all of Lightning's options that take time."""
    from lightning.pytorch import LightningModule, Trainer

    from dlia.data.arrays import Arrays

    settings, arrays, reporter = task.chosen, Arrays.open(**task.inputs), Reporter(task)

    def batches(part: str) -> DataLoader[Any]:
        rows = arrays.rows(part)
        pixels = torch.from_numpy(arrays.images_at(rows)).permute(0, 3, 1, 2).contiguous()
        images = pixels.float() / settings.input.divide_by
        data = TensorDataset(images, torch.from_numpy(arrays.targets_at(rows)))
        return DataLoader(data, batch_size=settings.batch_size, shuffle=part == "train")

    training, validation = batches("train"), batches("validation")

    class Module(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network, self.criterion = task.network(), build_loss(settings.loss)

        def training_step(self, batch: list[Tensor], _index: int) -> Tensor:
            images, targets = batch
            loss: Tensor = self.criterion(self.network(images), targets)
            return loss

        def validation_step(self, batch: list[Tensor], _index: int) -> None:
            images, targets = batch
            # Lightning averages over the batches, weighted by their sizes.
            self.log("score", task.score(self.network(images), targets), batch_size=len(images))

        def configure_optimizers(self) -> Any:
            optimizer, epochs = build_optimizer(self, settings.optimizer), settings.epochs
            schedule = build_schedule(optimizer, settings.schedule, epochs, len(training))
            scheduler = {"scheduler": schedule, "interval": "step"}
            return {"optimizer": optimizer, "lr_scheduler": scheduler}

        def on_train_epoch_start(self) -> None:
            reporter.start_steps()

        def on_validation_start(self) -> None:  # before Lightning ends the epoch of training
            reporter.stop_steps()

        def on_validation_end(self) -> None:
            reporter.end_epoch(float(self.trainer.callback_metrics["score"]))

    trainer = Trainer(
        max_epochs=settings.epochs,
        accelerator=task.device,
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(Module(), training, validation)


class Pairs(Dataset[tuple[Tensor, Tensor]]):
    """Images image_<number>.png (3, H, W), each with its mask label_<number>.png (H, W) of 0, 1."""

    def __init__(self, folder: Path, to_tensor: Any) -> None:
        self.images, self.to_tensor = sorted(folder.glob("image_*.png")), to_tensor

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        from PIL import Image

        path = self.images[index]
        mask = Image.open(path.with_name(path.name.replace("image", "label")))
        image = self.to_tensor(Image.open(path).convert("RGB"))
        return image, (self.to_tensor(mask)[0] > 0).long()


def run_tutorial(task: Task) -> None:
    """Train on a folder of PNG files with ToTensor, a DataLoader and a for statement."""
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    def batches(part: str) -> DataLoader[Any]:
        folder = Path(task.inputs["images"]).parent / "pictures" / part
        grey = transforms.Compose([transforms.Grayscale(), transforms.ToTensor()])
        masked = task.task == "segmentation"
        data = Pairs(folder, transforms.ToTensor()) if masked else ImageFolder(folder, grey)
        size, shuffle = task.chosen.batch_size, part == "train"
        return DataLoader(data, batch_size=size, shuffle=shuffle, num_workers=2)

    settings, device = task.chosen, task.device
    training, validation = batches("train"), batches("validation")
    network = task.network().to(device)
    criterion = build_loss(settings.loss)
    optimizer = build_optimizer(network, settings.optimizer)
    schedule = build_schedule(optimizer, settings.schedule, settings.epochs, len(training))
    reporter = Reporter(task)
    for _ in range(settings.epochs):
        reporter.start_steps()
        network.train()
        running_loss = 0.0
        for images, targets in training:
            images, targets = images.to(device), targets.to(device)
            optimizer.zero_grad()
            loss = criterion(network(images), targets)
            loss.backward()
            optimizer.step()
            schedule.step()
            running_loss += loss.item()
        reporter.stop_steps()

        network.eval()
        with torch.no_grad():
            shown = [(network(images.to(device)), targets) for images, targets in validation]
        logits, truth = (torch.cat(parts) for parts in zip(*shown, strict=True))
        reporter.end_epoch(task.score(logits, truth.to(device)))


# Processes that train trials in parallel import this file again.
if __name__ == "__main__":
    given = Task(**json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    torch.manual_seed(given.seed)
    globals()[f"run_{sys.argv[1]}"](given)
