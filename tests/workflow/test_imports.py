"""What a job has to import before it begins: a variant passes through several jobs."""

import ast
import json
import subprocess
import sys

import pytest
from conftest import ROOT

SCRIPTS = sorted((ROOT / "workflow" / "scripts").glob("*.py"))
TABLES, PICTURES = {"pandas"}, {"pandas", "matplotlib"}
STATISTICS = {"scipy", "scipy.stats"}
# What every script may import of those that take long, and none of the others.
HEAVY = {
    "agree": PICTURES | {"scipy"},  # what it compares are probabilities
    "choose": TABLES,
    "collect_numbers": TABLES,
    "collect_tables": TABLES,
    "collect_timing": PICTURES,
    "compare": TABLES | STATISTICS,  # exact tests
    "describe_data": PICTURES,
    "draw_headline": PICTURES,
    "draw_figures": PICTURES | {"scipy"},  # what it draws are probabilities, and distances
    "draw_readings": PICTURES,
    "draw_standin": {"scipy", "matplotlib"},  # letters of a font, blurred and turned
    "evaluate": TABLES | STATISTICS,  # intervals, distances of contours
    "judge_claims": TABLES | STATISTICS,  # intervals
    "list_hyperparameters": TABLES,
    "measure_speed": TABLES,
    "pack": set(),
    "predict": TABLES | {"torch", "scipy"},  # distances of the surfaces of volumes
    "pretrain": TABLES | {"torch", "torchvision", "scipy"},  # operations on boxes
    "report_copy": set(),
    "report_front": TABLES | STATISTICS,
    "report_html": TABLES | STATISTICS,  # the rules of verdicts, which it prints
    "report_outline": TABLES,
    "report_pdf": set(),
    "report_tex": TABLES | STATISTICS,
    "show_balance": PICTURES,
    "show_layers": TABLES | {"torch"},
    "show_patches": PICTURES,
    "show_samples": PICTURES,
    "show_test_labels": PICTURES,
    "show_tsne": PICTURES | STATISTICS | {"sklearn"},  # the map itself
    "split": TABLES | STATISTICS | {"sklearn"},  # stratified parts
    "train": TABLES | {"torch"},
    "unpack": TABLES,
}
NAMES = (
    "torch",
    "torch._dynamo",
    "torch._inductor",
    "torchvision",
    "sympy",
    "pandas",
    "matplotlib",
    "scipy",
    "scipy.stats",
    "sklearn",
    "statsmodels",
    "medpy",
    "snakemake",
)
DESCRIBING = [
    "dlia.evaluation.balance",
    "dlia.figures.samples",
    "dlia.tasks.volume_segmentation.describe",
]
# Modules that scripts find by their names when they run.
FOUND = {
    "agree": ["dlia.tasks.segmentation.agreement_figure"],
    "describe_data": DESCRIBING,
    "show_balance": DESCRIBING,
    "show_samples": DESCRIBING,
    "show_patches": ["dlia.tasks.volume_segmentation.patches"],
    "evaluate": [
        f"dlia.tasks.{task}.tables"
        for task in ("classification", "segmentation", "volume_segmentation")
    ],
    "draw_figures": [
        f"dlia.tasks.{name}"
        for name in (
            "classification.misclassified",
            "classification.confusion",
            "segmentation.segmentations",
            "segmentation.boundary_figure",
            "volume_segmentation.slices",
            "volume_segmentation.confusion",
        )
    ],
    "draw_standin": [
        f"dlia.data.standins.{kind}" for kind in ("digits", "glands", "shapes", "ellipsoids")
    ],
    "unpack": [
        f"dlia.data.layouts.{name}"
        for name in (
            "class_folders",
            "image_mask_pairs",
            "labelled_files",
            "masked_files",
            "nifti_volumes",
        )
    ]
    + ["dlia.data.volumes"],
    "train": [
        "dlia.tasks.classification.curves",
        "dlia.tasks.segmentation.curves",
        "dlia.tasks.volume_segmentation.curves",
        "dlia.training.volume_data",
        "dlia.training.one_by_one",
        "dlia.training.stacked",
        "dlia.training.learner",
        "dlia.training.numpy_learner",
        "dlia.training.augmentation",
    ],
    "predict": [
        "dlia.training.predict",
        "dlia.tasks.volume_segmentation.predict",
        "dlia.training.batch_statistics",
        *(f"dlia.models.{family}" for family in ("cnn", "fcn", "mlp", "unet", "segnet")),
    ],
    "show_layers": [f"dlia.models.{family}" for family in ("cnn", "fcn", "mlp", "unet", "segnet")],
}


def imports(script: str) -> str:
    """Give the statements by which a script imports, those within its job included."""
    tree = ast.parse((ROOT / "workflow" / "scripts" / f"{script}.py").read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.With)]
    found = [node for node in block.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join([*map(ast.unparse, found), *(f"import {m}" for m in FOUND.get(script, []))])


def test_every_script_is_looked_at():
    assert [script.stem for script in SCRIPTS] == sorted(HEAVY)


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted(HEAVY))
def test_a_script_imports_nothing_heavy_that_it_does_not_need(script):
    words = f"import json, sys\n{imports(script)}\nprint(json.dumps(list(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", words],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {name for name in NAMES if name in json.loads(result.stdout)} <= HEAVY[script]
