# The report, from tables, records and figures. Formats are those of config.yaml, or
# results/report.tex and results/report.pdf if they are requested by name.
rule list_hyperparameters:
    input:
        records=[f"results/{v.key}/run.json" for _, v in PLAN.trained_variants()],
    output:
        table=in_report(
            "results/hyperparameters.csv", "hyperparameters", "table", "results/timing.csv"
        ),
    log:
        "logs/list_hyperparameters.log",
    benchmark:
        "results/benchmarks/list_hyperparameters.tsv"
    localrule: True
    conda:
        "../envs/dlia.yaml"
    params:
        settings=PLAN.settings_digest(),
        limits=LIMITS,
        trained=[v.key for _, v in PLAN.trained_variants()],
        trials=config["trials"],
        left_out=LEFT_OUT,
        code=code("list_hyperparameters"),
    script:
        "../scripts/list_hyperparameters.py"


rule report_html:
    input:
        **report_inputs(
            "svg",
            "report/report.html.j2",
            "report/blocks.html.j2",
            "report/style.css",
            "report/script.js",
        ),
    output:
        report=in_report("results/report.html", "report", "page", "results/timing.csv"),
    log:
        "logs/report_html.log",
    benchmark:
        "results/benchmarks/report_html.tsv"
    localrule: True
    conda:
        "../envs/dlia.yaml"
    params:
        **report_params(),
        code=code("report_html", *report_modules(PLAN.studies.values())),
    script:
        "../scripts/report_html.py"


rule report_tex:
    input:
        **report_inputs(
            "pdf", "report/report.tex.j2", "report/blocks.tex.j2", "report/preamble.tex"
        ),
    output:
        report="results/report.tex",
    log:
        "logs/report_tex.log",
    benchmark:
        "results/benchmarks/report_tex.tsv"
    localrule: True
    conda:
        "../envs/dlia.yaml"
    params:
        **report_params(),
        code=code("report_tex", *report_modules(PLAN.studies.values())),
    script:
        "../scripts/report_tex.py"


# LaTeX is not in the conda environment; the installation of the machine is used.
rule report_pdf:
    input:
        tex="results/report.tex",
        figures=figures("pdf"),
    output:
        report=in_report("results/report.pdf", "report", "document", "results/timing.csv"),
    log:
        run="logs/report_pdf.log",
        latex="logs/report_pdf.latex.log",
    benchmark:
        "results/benchmarks/report_pdf.tsv"
    localrule: True
    conda:
        "../envs/dlia.yaml"
    params:
        code=code("report_pdf"),
    script:
        "../scripts/report_pdf.py"
