# Entry point. workflow/rules/: jobs; src/: code; studies/: hyperparameters; profiles/: machines.
from snakemake.utils import min_version

min_version("9.20")
if not hasattr(workflow.current_basedir, "__fspath__"):
    raise SystemExit(
        "dlia: jobs need all files of the project; clone it, and import its Snakefile by path"
    )


report: "report/workflow.rst"


include: "workflow/rules/snakemake_internals.smk"
include: "workflow/rules/machine.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/hooks.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/choose.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/readings.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/shows.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/pack.smk"


rule all:
    input:
        outputs_of_build,


onstart:
    prepare_build()


onsuccess:
    print_closing_table()
