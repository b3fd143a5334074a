"""A study built from another release of its images: the same networks, and the report names it."""

import json
import zipfile

import numpy as np
import pytest
from conftest import copy_project, shrink

from dlia.data import standins
from dlia.data.layouts.idx_files import packed
from dlia.data.unpack import Layout, decode
from dlia.study.origins import STANDIN_MARK

pytestmark = pytest.mark.slow

CLASSES = tuple("0123456789")
TRAINED = [f"results/ex1_2/sgd/{name}" for name in ("model.safetensors", "history.csv")]


def test_the_four_files_of_mnist_train_the_same_networks_as_the_folders(tmp_path):
    """The archive is a drawn one in place of the course's."""
    project = copy_project(tmp_path / "project")
    shrink(project)
    archive = project.path / "data/MNIST.zip"
    standins.draw("digits", archive, train=200, test=50, size=28, seed=3, classes=list(CLASSES))
    content = archive.read_bytes()
    archive.write_bytes(content.removesuffix(STANDIN_MARK)[:-2] + b"\0\0")
    assert zipfile.is_zipfile(archive)
    words = ["--cores", "1", "--config", "trials=1", "max_epochs=2", "studies=[mnist]"]
    built = project.run("snakemake", "train_ex1_2_sgd", *words)
    assert built.returncode == 0, built.stdout + built.stderr
    folders = [(project.path / name).read_bytes() for name in TRAINED]

    images, labels, ids = decode(archive, Layout("class_folders", (28, 28), 1, CLASSES))
    archive.unlink()
    for part, stem in (("train", "train"), ("test", "t10k")):
        rows = np.flatnonzero(ids["part"] == part)
        # The first image of each class, then the second of each, ...
        order = rows[np.argsort(ids["id"][rows].str.split("/").str[2], kind="stable")]
        for name, values in (("images-idx3", images), ("labels-idx1", labels)):
            file = project.path / f"data/{stem}-{name}-ubyte"
            file.write_bytes(packed(values[order]))
    built = project.run(
        "snakemake", "train_ex1_2_sgd", "results/reports/mnist.html", *words, "formats=[html]"
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert [(project.path / name).read_bytes() for name in TRAINED] == folders
    source = json.loads((project.path / "results/data/mnist/source.json").read_text())
    assert source["data"] == "real"
    assert source["layout"]["form"] == "the four IDX files of MNIST"
    report = (project.path / "results/reports/mnist.html").read_text(encoding="utf-8")
    assert "MNIST, the four IDX files of MNIST: 200 training images" in report
