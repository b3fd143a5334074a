# What exercises show beside variants: figures and tables of the data, the layers of a network, and the
# labels that it gives to the test images. Only these need a training.

for kind in ("samples", "random_samples"):
    for study, exercise in PLAN.showing(kind):

        rule:
            name:
                f"show_{kind}_{exercise.id}"
            input:
                **arrays(study),
            output:
                **shown(study, exercise, kind),
            log:
                f"logs/show_{kind}_{exercise.id}.log",
            benchmark:
                f"results/benchmarks/show_{kind}_{exercise.id}.tsv"
            localrule: True
            conda:
                "../envs/dlia.yaml"
            params:
                classes=study.data.classes,
                seed=config["seed"] if kind == "random_samples" else None,
                task=study.task.name,
                code=code("show_samples", *describing_modules(study)),
            script:
                "../scripts/show_samples.py"


for study, exercise in PLAN.showing("balance"):

    rule:
        name:
            f"show_balance_{exercise.id}"
        input:
            **arrays(study),
        output:
            **shown(study, exercise, "balance"),
        log:
            f"logs/show_balance_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/show_balance_{exercise.id}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            classes=study.data.classes,
            data=PLAN.archives[study.name].kind,
            task=study.task.name,
            code=code("show_balance", *describing_modules(study)),
        script:
            "../scripts/show_balance.py"


for study, exercise in PLAN.showing("tsne"):

    rule:
        name:
            f"show_tsne_{exercise.id}"
        input:
            **arrays(study),
            **features(study, exercise)["input"],
            ids=ancient(f"results/data/{study.name}/ids.csv"),
        output:
            **shown(study, exercise, "tsne"),
        log:
            f"logs/show_tsne_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/show_tsne_{exercise.id}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            **features(study, exercise)["params"],
            classes=study.data.classes,
            seed=config["seed"],
        script:
            "../scripts/show_tsne.py"


for study, exercise in PLAN.showing("layers"):

    rule:
        name:
            f"show_layers_{exercise.id}"
        input:
            **arrays(study),
        output:
            **shown(study, exercise, "layers"),
        log:
            f"logs/show_layers_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/show_layers_{exercise.id}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            classes=study.data.classes,
            data=PLAN.archives[study.name].kind,
            settings=parameters.network_shown(PLAN, study, exercise),
            code=code("show_layers", *layer_modules(PLAN.network(study, exercise))),
        script:
            "../scripts/show_layers.py"


for study, exercise in PLAN.showing("test_labels"):

    rule:
        name:
            f"show_test_labels_{exercise.id}"
        input:
            **arrays(study),
            history=f"results/{study.variant(exercise.network).trained_as}/history.csv",
            predictions=f"results/{study.variant(exercise.network).predicted_as}/predictions.safetensors",
        output:
            **shown(study, exercise, "test_labels"),
        log:
            f"logs/show_test_labels_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/show_test_labels_{exercise.id}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            classes=study.data.classes,
            data=PLAN.archives[study.name].kind,
            metric=study.metric,
            network=exercise.network,
            code=code("show_test_labels"),
        script:
            "../scripts/show_test_labels.py"


for study, exercise in PLAN.showing("patches"):

    rule:
        name:
            f"show_patches_{exercise.id}"
        input:
            **arrays(study),
        output:
            **shown(study, exercise, "patches"),
        log:
            f"logs/show_patches_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/show_patches_{exercise.id}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            task=study.task.name,
            classes=study.data.classes,
            data=PLAN.archives[study.name].kind,
            rules=parameters.samplings(PLAN, study),
            code=code("show_patches", f"dlia.tasks.{study.task.name}.patches"),
        script:
            "../scripts/show_patches.py"
