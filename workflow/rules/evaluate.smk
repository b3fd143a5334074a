# From predictions to tables: one job for each exercise.
for study, exercise in PLAN.exercises():

    rule:
        name:
            f"evaluate_{exercise.id}"
        input:
            **arrays(study),
            source=f"results/data/{study.name}/source.json",
            predictions=files_of(exercise, "predictions.safetensors"),
            histories=files_of(exercise, "history.csv"),
        output:
            **{name: f"results/{exercise.id}/{name}.csv" for name in study.tables},
            summary=f"results/{exercise.id}/summary.csv",
        log:
            f"logs/evaluate_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/evaluate_{exercise.id}.tsv"
        conda:
            "../envs/dlia.yaml"
        resources:
            mem_mb=2000,
        params:
            variants=PLAN.shown(exercise),
            task=study.task,
            classes=study.data["classes"],
            code=code("evaluate", f"dlia.evaluation.{study.task}"),
        script:
            "../scripts/evaluate.py"

    if exercise.level:

        rule:
            name:
                f"measure_speed_{exercise.id}"
            input:
                source=f"results/data/{study.name}/source.json",
                histories=[f"results/{v['trained_as']}/history.csv" for v in exercise.raced],
                records=[f"results/{v['trained_as']}/run.json" for v in exercise.raced],
            output:
                speed=f"results/{exercise.id}/speed.csv",
            log:
                f"logs/measure_speed_{exercise.id}.log",
            benchmark:
                f"results/benchmarks/measure_speed_{exercise.id}.tsv"
            localrule: True
            conda:
                "../envs/dlia.yaml"
            params:
                raced=exercise.raced,
                metric=study.metric,
                level=exercise.level,
                code=code("measure_speed"),
            script:
                "../scripts/measure_speed.py"


rule collect_timing:
    input:
        records=[f"results/{variant.key}/run.json" for _, variant in PLAN.trained_variants()],
    output:
        timing="results/timing.csv",
    log:
        "logs/collect_timing.log",
    benchmark:
        "results/benchmarks/collect_timing.tsv"
    localrule: True
    conda:
        "../envs/dlia.yaml"
    params:
        data={name: PLAN.archives[name].kind for name in PLAN.studies},
        exercises={e.id: study.name for study, e in PLAN.exercises()},
        bases={v.key: v.base_trained_as for _, v in PLAN.trained_variants()},
        code=code("collect_timing"),
    script:
        "../scripts/collect_timing.py"
