# Readings: other values of settings that no source states. With `readings: true` in config.yaml they
# are trained and predicted as variants are (train.smk), and tested here. None is chosen.
for study, exercise in readings.exercises_with_readings(PLAN):

    rule:
        name:
            f"evaluate_readings_{exercise.id}"
        input:
            **arrays(study),
            source=f"results/data/{study.name}/source.json",
            predictions=[f"results/{v.key}/predictions.safetensors" for v in readings_of(exercise)],
            histories=[f"results/{v.key}/history.csv" for v in readings_of(exercise)],
        output:
            **{
                name: f"results/{exercise.id}/readings/{name}.csv"
                for name in (*study.task.tables, "summary", "fit")
            },
        log:
            f"logs/evaluate_readings_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/evaluate_readings_{exercise.id}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            variants=parameters.facts_of(readings_of(exercise)),
            task=study.task.name,
            classes=study.data.classes,
            code=code("evaluate", *evaluation_modules(study)),
        script:
            "../scripts/evaluate.py"

    rule:
        name:
            f"draw_readings_{exercise.id}"
        input:
            summaries=[
                f"results/{exercise.id}/summary.csv",
                f"results/{exercise.id}/readings/summary.csv",
            ],
        output:
            table=table("readings", study, exercise),
            figure=drawing_of_readings(study, exercise),
        log:
            f"logs/draw_readings_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/draw_readings_{exercise.id}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            readings=readings.readings_of(exercise),
            code=code("draw_readings"),
        script:
            "../scripts/draw_readings.py"
