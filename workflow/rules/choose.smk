# Settings that no source states, chosen by validation images. `snakemake choose_<exercise>_<variant>`
# trains the candidates and writes the table; no build does. The study quotes the table.
for study, exercise in candidates.choosing(PLAN):

    rule:
        name:
            f"choose_{exercise.id}"
        input:
            source=f"results/data/{study.name}/source.json",
            records=[f"results/{c.variant.key}/run.json" for c in exercise.candidates],
            histories=[f"results/{c.variant.key}/history.csv" for c in exercise.candidates],
        output:
            choices=f"results/{exercise.id}/choices.csv",
        log:
            f"logs/choose_{exercise.id}.log",
        benchmark:
            f"results/benchmarks/choose_{exercise.id}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            candidates=candidates.candidates_of(exercise),
            metric=study.metric,
            code=code("choose"),
        script:
            "../scripts/choose.py"

    for variant in exercise.variants.values():
        if variant.candidates:

            rule:
                name:
                    f"choose_{variant.exercise}_{variant.name}"
                input:
                    f"results/{exercise.id}/choices.csv",
                localrule: True
