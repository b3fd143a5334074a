"""The loop that tutorials teach: a data set of files, ToTensor, a DataLoader, a for statement."""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.datasets import ImageFolder

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
from dlia.training.losses import build_loss
from dlia.training.optimizers import build_optimizer, build_schedule


class Pairs(Dataset[tuple[Tensor, Tensor]]):
    """Images ``image_<number>.png`` of a folder, each with its mask ``label_<number>.png``."""

    def __init__(self, folder: Path) -> None:
        self.images = sorted(folder.glob("image_*.png"))
        self.to_tensor = transforms.ToTensor()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Give an image (3, H, W) and its mask (H, W) of 0 and 1."""
        path = self.images[index]
        mask = Image.open(path.with_name(path.name.replace("image", "label")))
        image = self.to_tensor(Image.open(path).convert("RGB"))
        return image, (self.to_tensor(mask)[0] > 0).long()


def dataset(task: Task, part: str) -> Dataset[tuple[Tensor, Tensor]]:
    """Give a part of the data as a tutorial would read it."""
    folder = Path(task.pictures) / part
    if task.task == "segmentation":
        return Pairs(folder)
    steps = [transforms.Grayscale(), transforms.ToTensor()]
    return ImageFolder(str(folder), transform=transforms.Compose(steps))


def main() -> None:
    """Train one network, validating after every epoch."""
    task = read_task()
    settings = task.settings
    torch.manual_seed(task.seed)
    size = settings["batch_size"]
    training = DataLoader(dataset(task, "train"), batch_size=size, shuffle=True, num_workers=2)
    validation = DataLoader(dataset(task, "validation"), batch_size=size, num_workers=2)
    network = network_of(task).to(task.device)
    criterion = build_loss(settings["loss"])
    optimizer = build_optimizer(network, settings["optimizer"])
    schedule = build_schedule(optimizer, settings["schedule"], settings["epochs"], len(training))
    measure, clock, value = measure_of(task), Clock(task.device), 0.0

    say_begin()
    for epoch in range(1, settings["epochs"] + 1):
        clock.start()
        network.train()
        running_loss = 0.0
        for images, targets in training:
            images, targets = images.to(task.device), targets.to(task.device)
            optimizer.zero_grad()
            loss = criterion(network(images), targets)
            loss.backward()
            optimizer.step()
            schedule.step()
            running_loss += loss.item()
        clock.stop()

        network.eval()
        values = []
        with torch.no_grad():
            for images, targets in validation:
                logits = network(images.to(task.device))
                values.append(measure(logits, targets.to(task.device)))
        value = torch.cat(values).double().mean().item()
        say_epoch(epoch, metric_of(task), value)
    threads = torch.get_num_threads()
    say_result({"learning_seconds": clock.seconds, "values": [value], "threads": threads})


if __name__ == "__main__":
    main()
