# The table of contents: what exists. What depends on what stands in workflow/rules/, how it is done
# in src/dlia/, with which numbers in studies/, on which machine in profiles/.
from snakemake.utils import min_version

min_version("9.20")


configfile: "config.yaml"


report: "report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        reports(),
        PLAN.results(),
        "results/timing.csv",


onstart:
    look_at_the_machine()
    print_what_is_missing()


onsuccess:
    print_closing_table()
