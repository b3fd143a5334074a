# The report, from tables, records and figures alone.
rule report_html:
    input:
        summaries=[f"results/{exercise.id}/summary.csv" for _, exercise in PLAN.exercises()],
        results=[
            f"results/{exercise.id}/{name}.csv"
            for study, exercise in PLAN.exercises()
            for name in study.tables
        ],
        fits=[f"results/{exercise.id}/fit.csv" for _, exercise in PLAN.exercises()],
        comparisons=[f"results/{e.id}/comparisons.csv" for _, e in PLAN.exercises()],
        claims=["results/claims.csv", "results/claims_timing.csv"],
        timing="results/timing.csv",
        records=[f"results/{variant.key}/run.json" for _, variant in PLAN.trained_variants()],
        sources=[f"results/data/{name}/source.json" for name in PLAN.studies],
        splits=[f"results/data/{name}/split.csv" for name in PLAN.studies],
        equal=[f"results/data/{name}/equal_images.csv" for name in PLAN.studies],
        figures=[file for study, e in PLAN.exercises() for file in PLAN.figure_files(study, e)],
        templates=of_the_checkout("report/report.html.j2", "report/style.css"),
        # Meanings and the order of the settings stand in here.
        schema=of_the_checkout("workflow/schemas/variant.schema.yaml"),
    output:
        report="results/report.html",
    log:
        "logs/report_html.log",
    benchmark:
        "results/benchmarks/report_html.tsv"
    localrule: True
    conda:
        "../envs/dlia.yaml"
    params:
        studies=PLAN.digest(),
        report=config["report"],
        seed=config["seed"],
        trials=config["trials"],
        margins=config["margins"],
        code=code("report_html"),
    script:
        "../scripts/report_html.py"
