# From tables and predictions to figures: one job for each exercise.
for study, exercise in PLAN.exercises():

    rule:
        name:
            f"draw_{exercise.id}"
        input:
            **arrays(study),
            results=f"results/{exercise.id}/{study.metric}.csv",
            summary=f"results/{exercise.id}/summary.csv",
            parts=f"results/{exercise.id}/parts.csv" if exercise.reports_parts else [],
            speed=f"results/{exercise.id}/speed.csv" if exercise.level else [],
            histories=files_of(exercise, "history.csv"),
            predictions=files_of(exercise, "predictions.safetensors"),
        output:
            drawings(study, exercise),
        log:
            f"logs/draw_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/draw_{exercise.id}.tsv"
        priority: 1
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            variants=parameters.facts_of(exercise.variants.values()),
            task=study.task.name,
            metric=study.metric,
            classes=study.data.classes,
            losses=list(study.task.losses),
            pictures=list(study.task.pictures),
            boundary=list(exercise.boundary),
            swept=parameters.swept(exercise),
            of_class=study.task.metric_of_class,
            code=code("draw_figures", *drawing_modules(study, exercise)),
        script:
            "../scripts/draw_figures.py"


# All results of a study at a glance, for the first page of the report.
for study in filter(outputs.headline_files, PLAN.studies.values()):

    rule:
        name:
            f"draw_headline_{study.name}"
        input:
            tables=outputs.headline_tables(study),
            claims=f"results/{study.name}/claims.csv",
        output:
            figure=headline(study),
        log:
            f"logs/draw_headline_{study.name}.log",
        benchmark:
            f"results/benchmarks/draw_headline_{study.name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            title=study.title,
            metric=study.metric,
            part=study.reported_part,
            about=study.claims_of_values(study.reported_part),
            code=code("draw_headline"),
        script:
            "../scripts/draw_headline.py"
