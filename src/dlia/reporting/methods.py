"""Methods: parts of the data, measures, failed trials, statistics, seeds."""

import inspect
from collections.abc import Sequence
from typing import Any

from dlia.evaluation import statistics
from dlia.reporting.blocks import AnyBlock, Formula, Section, paragraph, table, words
from dlia.reporting.rules import LEVEL_TEXT, ONE_SIDED
from dlia.tasks.segmentation.boundary import WIDTHS
from dlia.tasks.segmentation.dice import soft_dice_pooled
from dlia.tasks.segmentation.mask_shape import PERIOD


def methods_part(seed: int, records: Sequence[dict[str, Any]]) -> Section:
    """Return the section on methods.

    Args:
        seed: The seed of the build.
        records: The records of all trainings.
    """
    longest = max((record["seeds"] for record in records), key=len)
    return Section(
        "methods",
        "Methods",
        (
            Section("parts", "Parts of the data", _PARTS),
            Section("measures", "Measures", _measures()),
            Section("failed", "Failed trials and baselines", _FAILED),
            Section("statistics", "Statistics", _statistics()),
            Section("seeds", "Seeds", _seeds(seed, longest)),
        ),
    )


_PARTS: tuple[AnyBlock, ...] = (
    paragraph(
        "All trials use the same split. The validation images are held out from the course's "
        "training part, stratified by class or by foreground share. Every choice is made on "
        "validation images. A variant that rebuilds a report trains on the images that the report "
        "trained on, validation images included, and its curves show what the report's curves "
        "show. Where these are test images, each network is applied to them after every epoch, "
        "otherwise once, after its training. Evaluation, figures and the search for duplicate "
        "images also read the test images."
    ),
    paragraph(
        "Nothing is chosen by test images: not the weights, not the trials, not the figures. "
        "Where a variant has no validation images, the figures show the variant that its source "
        "calls best (every variant if the source calls none best), and the trial with the median "
        "final training loss. The column Validation gives the mean on the validation images, "
        "which is the number to select a variant by; variants that train on all images have none. "
        "Training curves are measured in evaluation mode, without augmentation, on a fixed subset "
        "of the training images that is as large as the validation part. The untrained network is "
        "epoch 0 in history.csv and is not drawn."
    ),
)


def _measures() -> tuple[AnyBlock, ...]:
    *first, last = map(str, WIDTHS)
    return (
        paragraph(
            "*Accuracy* is the share of test images whose most probable class is the true one. "
            "*Dice* [@dice] of a predicted mask $A$ and a true mask $B$ is"
        ),
        Formula(
            r"D(A, B) = \frac{2\,\lvert A \cap B\rvert}{\lvert A\rvert + \lvert B\rvert}", "eq-dice"
        ),
        paragraph(
            "Two empty masks count as 1. A variant's Dice is the mean over the test images, then "
            "over the trials. `dice_pooled` is the Dice of all test images taken as one. "
            "`dice_soft_pooled` uses predicted probabilities $p$ instead of a binary mask and "
            "pools the pixels $j$ of batches of {pooled} consecutive images, as in the report of "
            "2019, weighted by their number of images; $t_j$ is 1 in the true mask and 0 "
            "elsewhere:",
            pooled=inspect.signature(soft_dice_pooled).parameters["batch"].default,
        ),
        Formula(r"\frac{2 \sum_j p_j t_j}{\sum_j p_j + \sum_j t_j}", "eq-soft"),
        paragraph(
            "*IoU* is $\\lvert A \\cap B\\rvert / \\lvert A \\cup B\\rvert$. *Pixel accuracy* is "
            "the share of correct pixels. *Boundary Dice* is the Dice of the pixels within "
            "{widths} pixels of the true or the predicted contour. With the foreground pixels "
            "$\\partial A$ and $\\partial B$ that touch the background or the image's edge, and "
            "the distance $d(a, S)$ of a pixel from the nearest one of $S$, the average symmetric "
            "surface distance is",
            widths=f"{', '.join(first)} and {last}",
        ),
        Formula(
            r"\frac{\sum_{a \in \partial A} d(a, \partial B)"
            r" + \sum_{b \in \partial B} d(b, \partial A)}"
            r"{\lvert \partial A\rvert + \lvert \partial B\rvert}",
            "eq-assd",
        ),
        paragraph(
            "and the 95th percentile of the Hausdorff distance is that of all these distances "
            "together, both as defined in MedPy. If only one mask is empty, the distances are the "
            "diagonal of the image; if both are empty, they are 0. *Checkerboard* is the share of "
            "the fine structure of a predicted mask that repeats every {period} pixels; an image "
            "shows a checkerboard if its share is above those of all true masks. A gland is a "
            "connected region of the true mask.",
            period=PERIOD,
        ),
    )


_FAILED: tuple[AnyBlock, ...] = (
    paragraph(
        "A trial is *collapsed* if its network is no better than a constant prediction on the "
        "validation images (on the monitored training images if the variant also trains on the "
        "validation part): a segmentation network that predicts one class everywhere, or a "
        "classifier that is no more accurate than always predicting the most frequent class."
    ),
    paragraph(
        "A trial is *diverged* if its loss became infinite or undefined (it is then evaluated "
        "with the weights of the last epoch before), if its final loss is higher than that of the "
        "untrained network, or if its network is no better than a constant prediction and its "
        "loss stayed above that of equal probabilities for all classes (it is then called "
        "diverged, not collapsed)."
    ),
    paragraph(
        "Diverged and collapsed trials are included in the mean. If a network gives no finite "
        "output, there is no prediction, and the images get the first class, the second, and so "
        "on, in turn. The rows `majority` and `all_foreground` are baselines without learning: "
        "they always predict the most frequent class, or foreground for every pixel."
    ),
)


def _statistics() -> tuple[AnyBlock, ...]:
    return (
        paragraph(
            "Statements about a method use the trial as the unit. Let $n$ trials have the mean "
            "$\\bar{x}$ and the standard deviation $s$. Let $t$ be the point above which "
            "{one_sided} of Student's distribution with $n - 1$ degrees of freedom lies. The "
            "{level} interval of the mean, and the prediction interval for one more trial, are",
            one_sided=ONE_SIDED,
            level=LEVEL_TEXT,
        ),
        Formula(
            r"\bar{x} \pm t\,\frac{s}{\sqrt{n}} \quad\text{and}\quad "
            r"\bar{x} \pm t\,s\,\sqrt{1 + \frac{1}{n}}",
            "eq-intervals",
        ),
        paragraph(
            "For shares they are clipped to 0 and 1. With one trial there are no intervals. "
            "*Comparisons* use the differences $d_i$ of two variants in the same trial, with mean "
            "$\\bar{d}$ and standard deviation $s_d$. The effect size is Hedges' $g$ [@hedges],"
        ),
        Formula(r"g = \Bigl(1 - \frac{3}{4n - 5}\Bigr)\,\frac{\bar{d}}{s_d}", "eq-hedges"),
        paragraph(
            "and the $p$-value is that of the sign-flip test [@fisher]: the share of all $2^n$ "
            "sign assignments whose sum is at least as far from zero. It is exact up to {exact} "
            "pairs; with more pairs, {flips} random sign assignments are drawn. It cannot be less "
            "than $2^{1-n}$. For the $m$ comparisons of an exercise with ordered $p$-values, "
            "Holm's adjustment [@holm] gives",
            exact=statistics.FLIPS.bit_length() - 1,
            flips=statistics.FLIPS,
        ),
        Formula(r"\tilde{p}_{(k)} = \max_{j \le k} \min(1, (m - j + 1) p_{(j)})", "eq-holm"),
        paragraph(
            "The verdicts use the unadjusted interval; the $p$-values are given for information "
            "only. Three statistics describe *single networks* and not methods. Wilson's interval "
            "[@wilson] of the accuracy $\\hat{p}$ on $N$ test images (`accuracy.csv`), with $z$ "
            "the two-sided {level} point of the normal distribution, is",
            level=LEVEL_TEXT,
        ),
        Formula(
            r"\frac{1}{1 + z^2/N}\Bigl(\hat{p} + \frac{z^2}{2N} \pm z\,"
            r"\sqrt{\frac{\hat{p}(1 - \hat{p})}{N} + \frac{z^2}{4N^2}}\Bigr)",
            "eq-wilson",
        ),
        paragraph(
            "McNemar's test [@mcnemar] (`mcnemar.csv`) compares the number $b$ of images that "
            "only the first network classifies correctly with the number $c$ of images that only "
            "the second one classifies correctly. Under the null hypothesis, each of the $b + c$ "
            "images is equally likely to be of either kind:"
        ),
        Formula(
            r"p = \min\Bigl(1, 2 \sum_{k=0}^{\min(b, c)} \binom{b + c}{k} 2^{-(b + c)}\Bigr)",
            "eq-mcnemar",
        ),
        paragraph(
            "For segmentations, the interval of the mean over test images (`metrics.csv`) is the "
            "percentile bootstrap interval from {resamples} resamples of the images [@efron].",
            resamples=statistics.RESAMPLES,
        ),
    )


def _seeds(seed: int, seeds: Sequence[dict[str, int]]) -> tuple[AnyBlock, ...]:
    caption = words(
        "Seeds of each trial, by purpose: the first 63 bits of the SHA-256 of "
        "`seed/purpose/trial`. For initial weights, the name of the layer is appended: "
        "`seed/init/trial/layer`."
    )
    purposes = {
        "init": "Initial weights",
        "order": "Order",
        "augmentation": "Augmentation",
        "dropout": "Dropout",
    }
    rows = [
        (str(trial), *(str(own[purpose]) for purpose in purposes))
        for trial, own in enumerate(seeds)
    ]
    heads = ["#Trial", *(f"#{name}" for name in purposes.values())]
    return (
        paragraph(
            "All random numbers derive from the seed {seed}. Each trial has its own random "
            "streams for the order of images, augmentation and dropout, and one for the initial "
            "weights of each layer. Seeds depend neither on the exercise nor on the variant: the "
            "same trial of two variants uses the same random numbers and the same order of "
            "images, so that comparisons are paired. Trainings run on one thread with "
            "deterministic algorithms, so the same archive, settings and machine type give the "
            "same bytes.",
            seed=str(seed),
        ),
        table("seed-table", caption, heads, rows, "seeds"),
    )
