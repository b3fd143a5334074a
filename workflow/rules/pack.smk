# Results to be passed on, in one archive. No build makes them unless they are named.
from dlia.reporting.crate import digest_of_code


def described():
    """The studies, by their paths in an archive."""
    return {f"studies/{name}.yaml": str(study_file(name, Path())) for name in PLAN.studies}


def handed_in():
    """The documents and settings to hand in, by their paths in the archive."""
    pdfs = {f"{name}.pdf": f"results/reports/{name}.pdf" for name in REPORTS}
    tables = {f"settings/{n}.csv": f"results/{n}/hyperparameters.csv" for n in PLAN.studies}
    return pdfs | tables


def logs():
    """The logs of the jobs of these studies; whatever else lies in logs/ is not packed."""
    jobs = [job for study in PLAN.studies.values() for job in timed_jobs(PLAN, study)]
    return [f"logs/{job['job']}.log" for job in jobs]


# Only what belongs to the studies that are asked for: results/ may have more. Functions: it takes a
# hundredth of a plan to list what no other target needs.
for kind, made in {
    "crate": lambda wildcards: outputs.passed_on(PLAN),
    "hand_in": lambda wildcards: list(handed_in().values()),
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
            made=made,
            logs=lambda wildcards, kind=kind: logs() if kind == "crate" else [],
            # Not known before the job is planned: it takes Git and the whole code to tell.
            state=lambda wildcards, kind=kind: digest_of_code(kind, described()),
            # The folder of the data on this machine says nothing on another one.
            config=PLAN.config.model_dump(mode="json") | {"data_dir": "data"},
            data=parameters.data_facts(PLAN),
            described=described(),
            handed_in=handed_in(),
            code=code("pack"),
        script:
            "../scripts/pack.py"
