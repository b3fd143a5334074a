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
            **{name: table(name, study, exercise) for name in study.task.tables},
            **({"parts": table("parts", study, exercise)} if exercise.reports_parts else {}),
            summary=table("summary", study, exercise),
            fit=table("fit", study, exercise),
        log:
            f"logs/evaluate_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/evaluate_{exercise.id}.tsv"
        priority: 1
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            variants=parameters.facts_of(exercise.variants.values()),
            task=study.task.name,
            classes=study.data.classes,
            code=code("evaluate", *evaluation_modules(study)),
        script:
            "../scripts/evaluate.py"

    rule:
        name:
            f"compare_{exercise.id}"
        input:
            list(parameters.tables_compared(study, exercise).values()),
        output:
            comparisons=table("comparisons", study, exercise),
            images=[table("mcnemar", study, exercise)] if study.task.mistakes else [],
        log:
            f"logs/compare_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/compare_{exercise.id}.tsv"
        priority: 1
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            compared={
                "metric": study.metric,
                "per_trial": study.task.per_trial,
                "described": list(study.task.described),
            },
            pairs=parameters.pairs_of(study, exercise),
            tables=parameters.tables_compared(study, exercise),
            code=code("compare"),
        script:
            "../scripts/compare.py"

    if exercise.level:

        rule:
            name:
                f"measure_speed_{exercise.id}"
            input:
                source=f"results/data/{study.name}/source.json",
                histories=[f"results/{v['trained_as']}/history.csv" for v in raced(study, exercise)],
                records=[f"results/{v['trained_as']}/run.json" for v in raced(study, exercise)],
            output:
                speed=table("speed", study, exercise),
            log:
                f"logs/measure_speed_{exercise.id}.log",
            benchmark:
                f"results/benchmarks/measure_speed_{exercise.id}.tsv"
            localrule: True
            conda:
                "../envs/dlia.yaml"
            params:
                raced=raced(study, exercise),
                metric=study.metric,
                level=exercise.level,
                code=code("measure_speed"),
            script:
                "../scripts/measure_speed.py"

    if exercise.agreement:

        rule:
            name:
                f"agree_{exercise.id}"
            input:
                **arrays(study),
                source=f"results/data/{study.name}/source.json",
                results=f"results/{exercise.id}/{study.metric}.csv",
                histories=files_of(exercise, "history.csv"),
                predictions=files_of(exercise, "predictions.safetensors"),
            output:
                **drawings_of_agreement(study, exercise),
            log:
                f"logs/agree_{exercise.id}.log",
            benchmark:
                f"results/benchmarks/agree_{exercise.id}.tsv"
            localrule: True
            conda:
                "../envs/dlia.yaml"
            params:
                variants=parameters.facts_of(exercise.variants.values()),
                bases=parameters.bases(exercise),
                task=study.task.name,
                metric=study.metric,
                classes=study.data.classes,
                code=code("agree", *agreement_modules(study)),
            script:
                "../scripts/agree.py"


# What a study has as a whole: verdicts, and run times. A build of some studies leaves the others
# alone; `report.smk` collects the tables of all.
for study in PLAN.studies.values():

    rule:
        name:
            f"judge_claims_{study.name}"
        input:
            tables=[
                f"results/{e.id}/{name}.csv"
                for _, e in PLAN.exercises(study)
                for name in study.judged
            ],
            agreements=[f"results/{e.id}/agreement.csv" for _, e in PLAN.agreeing(study)],
            maps=judging.maps_judged_by(PLAN, study),
            readings=[
                f"results/{e.id}/readings/{name}.csv"
                for _, e in readings.exercises_with_readings(PLAN, study)
                for name in study.judged
            ],
            histories=[
                f"results/{key}/history.csv"
                for key in judging.judged_by(PLAN, study, volatile=False)
            ],
            records=[
                f"results/{key}/run.json" for key in judging.judged_by(PLAN, study, volatile=False)
            ],
        output:
            claims=table("claims", study),
        log:
            f"logs/judge_claims_{study.name}.log",
        benchmark:
            f"results/benchmarks/judge_claims_{study.name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            studies=[judging.claims_of(PLAN, study, volatile=False)],
            margins=config["margins"],
            code=code("judge_claims"),
        script:
            "../scripts/judge_claims.py"

    # A separate rule, because run times differ from run to run.
    rule:
        name:
            f"judge_times_{study.name}"
        input:
            records=[
                f"results/{key}/run.json" for key in judging.judged_by(PLAN, study, volatile=True)
            ],
        output:
            claims=table("claims_timing", study),
        log:
            f"logs/judge_times_{study.name}.log",
        benchmark:
            f"results/benchmarks/judge_times_{study.name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            studies=[judging.claims_of(PLAN, study, volatile=True)],
            margins=config["margins"],
            code=code("judge_claims"),
        script:
            "../scripts/judge_claims.py"

    # Runs after all jobs whose seconds it reads from Snakemake's benchmarks. It depends on their
    # results and not on the benchmarks, because a missing benchmark must not cause a rerun.
    rule:
        name:
            f"collect_timing_{study.name}"
        input:
            records=[f"results/{v.key}/run.json" for _, v in PLAN.trained_variants(study)],
            results=[job["file"] for job in timed_jobs(PLAN, study) if job["step"] != "train"],
        output:
            timing=table("timing", study),
            figure=build_time(study),
        log:
            f"logs/collect_timing_{study.name}.log",
        benchmark:
            f"results/benchmarks/collect_timing_{study.name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            study=study.name,
            jobs=[{k: v for k, v in job.items() if k != "file"} for job in timed_jobs(PLAN, study)],
            bases={v.key: v.base_trained_as for _, v in PLAN.trained_variants(study)},
            code=code("collect_timing"),
        script:
            "../scripts/collect_timing.py"
