# Results to be passed on, in one archive. No build makes them unless they are named.
def described():
    """The files that describe the build, by their paths in an archive."""
    studies = {f"studies/{name}.yaml": str(study_file(name, Path())) for name in PLAN.studies}
    return studies | ({"config.yaml": CONFIG_FILE} if os.path.isfile(CONFIG_FILE) else {})


def handed_in():
    """The documents and settings to hand in, by their paths in the archive."""
    pdfs = {f"{name}.pdf": f"results/reports/{name}.pdf" for name in REPORTS}
    return pdfs | {"settings/hyperparameters.csv": "results/hyperparameters.csv"}


for kind, made in {
    "crate": [*outputs.report_files(PLAN), *outputs.results(PLAN)],
    "hand_in": list(handed_in().values()),
}.items():

    rule:
        name:
            f"pack_{kind}"
        input:
            made,
        output:
            archive=f"results/{kind}.zip",
        log:
            f"logs/pack_{kind}.log",
        benchmark:
            f"results/benchmarks/pack_{kind}.tsv"
        localrule: True
        conda:
            "../envs/dlia.yaml"
        params:
            kind=kind,
            data=parameters.data_facts(PLAN),
            described=described(),
            handed_in=handed_in(),
            code=code("pack"),
        script:
            "../scripts/pack.py"
