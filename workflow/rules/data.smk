# From an archive to arrays and a split. A stand-in is generated only if PLAN contains one.
for study in PLAN.studies.values():

    rule:
        name:
            f"draw_standin_{study.name}"
        output:
            archive=f"results/data/standins/{study.data.archive}",
        log:
            f"logs/draw_standin_{study.name}.log",
        benchmark:
            f"results/benchmarks/draw_standin_{study.name}.tsv"
        priority: 1
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            standin=study.data.drawn(),
            code=code("draw_standin", *standin_modules(study)),
        script:
            "../scripts/draw_standin.py"

    # Weights that stand in for those that were trained on large sets of photographs.
    for path, network in PLAN.pretrained(study).items():

        rule:
            name:
                f"pretrain_{study.name}_{Path(path).stem}"
            output:
                weights=path,
            log:
                f"logs/pretrain_{study.name}_{Path(path).stem}.log",
            benchmark:
                f"results/benchmarks/pretrain_{study.name}_{Path(path).stem}.tsv"
            priority: 1
            localrule: True
            conda:
                "../envs/dlia.yaml"
            threads: 1
            params:
                network=network,
                task=study.task.name,
                standin=study.data.drawn(),
                versions=NUMERICS,
                code=code("pretrain", *pretraining_modules(study, network["name"])),
            script:
                "../scripts/pretrain.py"

    rule:
        name:
            f"unpack_{study.name}"
        input:
            standin=standin_of(study),
        output:
            images=f"results/data/{study.name}/images.npy",
            targets=f"results/data/{study.name}/{study.task.targets}.npy",
            ids=f"results/data/{study.name}/ids.csv",
            source=f"results/data/{study.name}/source.json",
        log:
            f"logs/unpack_{study.name}.log",
        benchmark:
            f"results/benchmarks/unpack_{study.name}.tsv"
        priority: 1  # so that an archive that cannot be used is refused before others train
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            layout=PLAN.layout(study),
            study=study.name,
            data=PLAN.archives[study.name].kind,
            archive=study.data.archive,
            contents=PLAN.facts[study.name].contents,
            # An upgrade of what decodes may change pixels.
            decoders=parameters.decoders(PLAN, study),
            code=code("unpack", *unpacking_modules(study, PLAN.layout(study)["kind"])),
        script:
            "../scripts/unpack.py"

    rule:
        name:
            f"split_{study.name}"
        input:
            ids=ancient(f"results/data/{study.name}/ids.csv"),
            targets=ancient(f"results/data/{study.name}/{study.task.targets}.npy"),
            source=f"results/data/{study.name}/source.json",
        output:
            split=f"results/data/{study.name}/split.csv",
            dataset=f"results/data/{study.name}/dataset.json",
            equal=f"results/data/{study.name}/equal_images.csv",
            similar=[f"results/data/{study.name}/similar_images.csv"] if study.task.boxed else [],
        log:
            f"logs/split_{study.name}.log",
        benchmark:
            f"results/benchmarks/split_{study.name}.tsv"
        priority: 1  # so that the longest training of all studies can start first
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            validation=study.data.validation,
            seed=study.data.split_seed,
            code=code("split"),
        script:
            "../scripts/split.py"

    rule:
        name:
            f"describe_{study.name}"
        input:
            **arrays(study),
        output:
            balance=balance(study),
            samples=samples(study),
        log:
            f"logs/describe_{study.name}.log",
        benchmark:
            f"results/benchmarks/describe_{study.name}.tsv"
        priority: 1  # it takes seconds, and does not wait for trainings
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            classes=study.data.classes,
            task=study.task.name,
            data=PLAN.archives[study.name].kind,
            code=code("describe_data", *describing_modules(study)),
        script:
            "../scripts/describe_data.py"
