# One training rule for every variant and every candidate of a setting, one prediction rule for every
# variant. Networks see test images in `predict`, and in the curves of variants with `monitor: [train,
# test]`; nothing is chosen by them.
for study, variant in [*PLAN.variants_by_name(), *candidates.all_candidates(PLAN)]:

    rule:
        name:
            f"train_{variant.exercise}_{variant.name}"
        input:
            **arrays(study),
            **weights(study, variant),
        output:
            model=f"results/{variant.key}/model.safetensors",
            history=f"results/{variant.key}/history.csv",
            record=f"results/{variant.key}/run.json",
        log:
            f"logs/train_{variant.exercise}_{variant.name}.log",
        benchmark:
            f"results/benchmarks/train_{variant.exercise}_{variant.name}.tsv"
        priority: machine.priority_of(PLAN, study, variant)
        conda:
            "../envs/dlia.yaml"
        # One thread, because the result must not depend on --cores. Variants run in parallel, and
        # trials run in parallel on the cores that no other training uses.
        threads: 1
        resources:
            gpu=0 if variant.by_hand else gpus,
            cpus_per_task=cores(variant),
            mem_mb=memory(study, variant),
            runtime=runtime(study, variant),
        params:
            settings=variant.settings.of_training(),
            asked=variant.asked_of_training(),
            task=study.task.name,
            classes=len(study.data.classes),
            # In the model files of detectors, which are applied to new photographs.
            class_names=study.data.classes if study.task.boxed else [],
            trials=PLAN.trials(variant),
            seed=config["seed"],
            # Not a declared output, because Snakemake deletes outputs of failed jobs.
            checkpoints=f"checkpoints/{variant.key}",
            versions=NUMERICS,
            code=code("train", *training_modules(study, variant)),
        script:
            "../scripts/train.py"


for study, variant in PLAN.predicting_variants(by_name=True):

    rule:
        name:
            f"predict_{variant.exercise}_{variant.name}"
        input:
            **arrays(study),
            model=f"results/{variant.trained_as}/model.safetensors",
        output:
            predictions=f"results/{variant.key}/predictions.safetensors",
        log:
            f"logs/predict_{variant.exercise}_{variant.name}.log",
        benchmark:
            f"results/benchmarks/predict_{variant.exercise}_{variant.name}.tsv"
        priority: 1  # it takes seconds, and does not wait for other trainings
        localrule: True
        conda:
            "../envs/dlia.yaml"
        threads: 1
        resources:
            gpu=gpus_of(cluster=False),  # it is not submitted
        params:
            task=study.task.name,
            prediction=variant.settings.prediction.plain(),
            own=parameters.predicted_by(study, variant),
            versions=NUMERICS,
            code=code("predict", *prediction_modules(study, variant)),
        script:
            "../scripts/predict.py"
