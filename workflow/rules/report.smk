# The reports, from tables, records and figures, in the formats of config.yaml or requested by name.
for study in PLAN.studies.values():

    rule:
        name:
            f"list_hyperparameters_{study.name}"
        input:
            records=[f"results/{v.key}/run.json" for _, v in PLAN.trained_variants(study)],
        output:
            table=table("hyperparameters", study),
        log:
            f"logs/list_hyperparameters_{study.name}.log",
        benchmark:
            f"results/benchmarks/list_hyperparameters_{study.name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            settings=parameters.settings_digest(PLAN, study),
            limits={study.name: LIMITS[study.name]},
            trained=[v.key for _, v in PLAN.trained_variants(study)],
            trials=config["trials"],
            left_out=LEFT_OUT[study.name],
            code=code("list_hyperparameters"),
        script:
            "../scripts/list_hyperparameters.py"


for name, document in REPORTS.items():
    said = report_params(name)

    rule:
        name:
            f"report_html_{name}"
        input:
            report_inputs(
                "svg",
                document,
                "report/report.html.j2",
                "report/blocks.html.j2",
                *PROSE,
                "report/style.css",
                "report/script.js",
            ),
        output:
            report=written_report(name, "html", "page"),
        log:
            f"logs/report_html_{name}.log",
        benchmark:
            f"results/benchmarks/report_html_{name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            **said,
            code=code("report_html", *report_modules(studies_of(document))),
        script:
            "../scripts/report_html.py"

    rule:
        name:
            f"report_tex_{name}"
        input:
            report_inputs(
                "pdf",
                document,
                "report/report.tex.j2",
                "report/blocks.tex.j2",
                *PROSE,
                "report/preamble.tex",
            ),
            # The document reads its results from there. Not ancient: below a job that runs, Snakemake
            # would then not look at the other reasons to run this one.
            numbers="results/numbers.tex",
        output:
            report=f"results/reports/{name}.tex",
        log:
            f"logs/report_tex_{name}.log",
        benchmark:
            f"results/benchmarks/report_tex_{name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            **said,
            code=code("report_tex", *report_modules(studies_of(document))),
        script:
            "../scripts/report_tex.py"

    # LaTeX is not in the conda environment; the installation of the machine is used.
    rule:
        name:
            f"report_pdf_{name}"
        input:
            tex=f"results/reports/{name}.tex",
            numbers="results/numbers.tex",
            figures=figures("pdf", document),
        output:
            report=written_report(name, "pdf", "document"),
        log:
            run=f"logs/report_pdf_{name}.log",
            latex=f"logs/report_pdf_{name}.latex.log",
        benchmark:
            f"results/benchmarks/report_pdf_{name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            code=code("report_pdf"),
        script:
            "../scripts/report_pdf.py"

    # What the front page says about the report.
    rule:
        name:
            f"report_outline_{name}"
        input:
            claims=[f"results/{study}/claims.csv" for study in document.studies],
            sources=[f"results/data/{study}/source.json" for study in document.studies],
        output:
            outline=f"results/reports/{name}.json",
        log:
            f"logs/report_outline_{name}.log",
        benchmark:
            f"results/benchmarks/report_outline_{name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            **said,
            formats=config["formats"],
            code=code("report_outline"),
        script:
            "../scripts/report_outline.py"


# Files about everything that lies in results/: this build writes them anew, also from the tables and
# reports of studies that it is not asked for.
for name in TABLES:

    rule:
        name:
            f"collect_{name}"
        input:
            tables=tables_there(name, PLAN.studies),
        output:
            table=f"results/{name}.csv",
        log:
            f"logs/collect_{name}.log",
        benchmark:
            f"results/benchmarks/collect_{name}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            code=code("collect_tables"),
        script:
            "../scripts/collect_tables.py"


# For one's own text: LaTeX macros, and the same numbers for other programs.
rule collect_numbers:
    input:
        summaries=summaries_there(exercise for _, exercise in PLAN.exercises()),
    output:
        tex="results/numbers.tex",
        json="results/numbers.json",
    log:
        "logs/collect_numbers.log",
    benchmark:
        "results/benchmarks/collect_numbers.tsv"
    localrule: True
    conda:
        "../envs/dlia.yaml"
    params:
        code=code("collect_numbers", *number_modules()),
    script:
        "../scripts/collect_numbers.py"


rule report_front:
    input:
        headlines=[
            file for study in PLAN.studies.values() for file in outputs.headline_files(study)[:1]
        ],
        # Without LaTeX, the page that leads to all others must not wait for a PDF.
        reports=reports_there(
            [
                file
                for file in outputs.report_files(PLAN)
                if file != FRONT_PAGE and not (file.endswith(".pdf") and what_is_missing(file))
            ]
        ),
        templates=of_the_checkout(
            "report/front.html.j2", "report/blocks.html.j2", "report/style.css"
        ),
    output:
        page=in_report(
            FRONT_PAGE,
            "front_page",
            "page",
            [f"results/{name}/timing.csv" for name in PLAN.studies],
        ),
    log:
        "logs/report_front.log",
    benchmark:
        "results/benchmarks/report_front.tsv"
    localrule: True
    conda:
        "../envs/dlia.yaml"
    params:
        order=list(config["reports"]),
        code=code("report_front"),
    script:
        "../scripts/report_front.py"


# Copies of the first report, in the place where its figures have the shortest paths.
for suffix in ("tex", "pdf"):

    rule:
        name:
            f"report_copy_{suffix}"
        input:
            report=f"results/reports/{next(iter(REPORTS))}.{suffix}",
        output:
            report=f"results/report.{suffix}",
        log:
            f"logs/report_copy_{suffix}.log",
        benchmark:
            f"results/benchmarks/report_copy_{suffix}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            code=code("report_copy"),
        script:
            "../scripts/report_copy.py"
