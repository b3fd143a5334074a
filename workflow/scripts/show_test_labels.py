"""Lists the labels that one network gives to the test images."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    import pandas as pd

    from dlia.data.arrays import Arrays
    from dlia.evaluation.given_labels import given_labels
    from dlia.evaluation.predictions import read_predictions
    from dlia.evaluation.shown_trial import shown_trial
    from dlia.runtime.files import write_csv

    inputs, params = snakemake.input, snakemake.params
    arrays = Arrays.open(inputs.images, inputs.targets, inputs.split)
    predictions = read_predictions(inputs.predictions)
    kept = pd.Series({trial["trial"]: trial["epoch"] for trial in predictions.trials})
    trial = shown_trial(pd.read_csv(inputs.history), kept, params.metric)
    truth = arrays.targets_at(arrays.rows("test"))
    table = given_labels(predictions, trial, truth, params.classes)
    table.insert(0, "data", params.data)
    table.insert(1, "variant", params.network)
    write_csv(snakemake.output.table, table)
