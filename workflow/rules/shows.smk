# Outputs that need no training: figures and tables of the data, and the layers of a network.

for study, exercise in PLAN.showing("samples"):

    rule:
        name:
            f"show_samples_{exercise.id}"
        input:
            **arrays(study),
        output:
            **shown(study, exercise, "samples"),
        log:
            f"logs/show_samples_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/show_samples_{exercise.id}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            classes=study.data.classes,
            code=code("show_samples"),
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
            code=code("show_balance"),
        script:
            "../scripts/show_balance.py"


for study, exercise in PLAN.showing("tsne"):

    rule:
        name:
            f"show_tsne_{exercise.id}"
        input:
            **arrays(study),
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
            classes=study.data.classes,
            data=PLAN.archives[study.name].kind,
            seed=config["seed"],
            code=code("show_tsne"),
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
            settings=PLAN.network_shown(study, exercise),
            code=code("show_layers", *showing_modules(study, exercise)),
        script:
            "../scripts/show_layers.py"
