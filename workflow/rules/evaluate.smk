# From predictions to tables: one job for each exercise.
for study, exercise in PLAN.exercises():

    rule:
        name:
            f"evaluate_{exercise.id}"
        input:
            **arrays(study),
            source=f"results/data/{study.name}/source.json",
            predictions=files_of(exercise, "predictions.safetensors").values(),
        output:
            results=f"results/{exercise.id}/{study.metric}.csv",
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
            code=code("evaluate", f"dlia.evaluation.{study.task}"),
        script:
            "../scripts/evaluate.py"


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
        code=code("collect_timing"),
    script:
        "../scripts/collect_timing.py"
