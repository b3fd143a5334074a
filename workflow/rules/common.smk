# Reads the configuration and the studies, and names what the rules share. No rules here.
import atexit
import gc
import os
import shlex
import signal
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

# All objects created here are kept. Frequent garbage collection would take a quarter of the time
# that Snakemake needs to plan a large study, and that at its exit a sixth.
gc.set_threshold(100_000, 20, 100)
atexit.register(gc.freeze)
quote_the_interpreter()
find_producers_by_path()
read_signatures_once()
look_for_scripts_once()
reevaluate_by_one_timer()


def tell_interruption(kind, error, trace, usual=sys.excepthook):
    """Say in one line that Snakemake was interrupted, as before the first job; nothing is to trace."""
    if issubclass(kind, KeyboardInterrupt):
        print("\ndlia: interrupted; the same command goes on", file=sys.stderr)
    else:
        usual(kind, error, trace)


sys.excepthook = tell_interruption
# A closed terminal interrupts a build as Ctrl-C does. Otherwise the folder would stay locked.
if is_main_process() and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
    with suppress(ValueError):  # a program that runs Snakemake in a thread has the signals
        signal.signal(signal.SIGHUP, signal.default_int_handler)

# The folder of the project; `workflow.basedir` would be that of a workflow that imports it.
ROOT = Path(workflow.current_basedir).parents[1]
SCRIPTS = ROOT / "workflow" / "scripts"

# Planning reads settings, and the versions of what trains. Jobs need more, if they run here.
needed = "numpy pydantic rich torch torchvision"
if not uses_conda():
    needed += " jinja2 matplotlib medpy pandas PIL safetensors scipy sklearn torchinfo"


def check_packages(names):
    """End the build if any of these packages is not installed."""
    missing = [name for name in names if not find_spec(name)]
    if missing:
        sys.exit(
            f"dlia: the environment of this Snakemake lacks {', '.join(missing)}; activate that of "
            f"the project, which make setup creates: . {shlex.quote(str(ROOT))}/.venv/bin/activate"
        )


check_packages(needed.split())

# Scripts import the package from here, also those that run in a conda environment.
sys.path.insert(0, str(ROOT / "src"))

from dlia.runtime.environment import SOURCE, clean

# The environment may be that of another checkout. Its code must not plan, and so run, this one.
if not SOURCE.samefile(ROOT / "src"):
    sys.exit(
        f"dlia: the code of {SOURCE.parent} is in use, and not that of this checkout; activate the "
        f"environment that make setup creates here: . {shlex.quote(str(ROOT))}/.venv/bin/activate "
        "(one workflow cannot import two checkouts)"
    )

clean(Path(".snakemake/cache"), shared=imported())

from dlia.plan import candidates, judging, machine, notes, outputs, parameters, readings
from dlia.plan.fingerprints import Fingerprints
from dlia.plan.modules import (
    agreement_modules,
    describing_modules,
    drawing_modules,
    evaluation_modules,
    feature_modules,
    layer_modules,
    number_modules,
    prediction_modules,
    pretraining_modules,
    report_modules,
    standin_modules,
    training_modules,
    unpacking_modules,
)
from dlia.plan.plan import Plan
from dlia.plan.reports import FRONT_PAGE, TABLES, reports_there, summaries_there, tables_there
from dlia.plan.replaced_archive import fault_of_replacement
from dlia.reporting.labels import category, result_label
from dlia.errors import UserError
from dlia.study.config import ORIGIN, keep_settings, load_config, with_texts
from dlia.study.load import study_file
from dlia.study.document import Shown
from dlia.study.yaml_files import load_yaml, own_or_project
from dlia.plan.timed_jobs import timed_jobs
from dlia.runtime.build_folder import check_folder
from dlia.runtime.provenance import numeric_versions
from dlia.runtime.terminal import wrapped


def refuse(why):
    """End this Snakemake with a message."""
    # Snakemake would add lines of its own to an exception, and the place in this file.
    sys.exit(wrapped(f"dlia: {why}"))


if moves_paths():
    refuse(
        "a module statement with prefix: or replace_prefix: is not supported; results are "
        "written to results/ in the working directory (snakemake --directory chooses another)"
    )

# A workflow that imports this one gives its settings with `config:`; its own config.yaml is not read.
CONFIG_FILE = str(own_or_project("config.yaml", ROOT if imported() else Path()))
try:
    check_folder(Path(), ROOT)
    # Snakemake would not name the line of a YAML error, and would accept duplicate keys.
    WRITTEN = load_yaml(Path(CONFIG_FILE)) if os.path.isfile(CONFIG_FILE) else {}
except UserError as error:
    refuse(error)


configfile: CONFIG_FILE


try:
    origin = "config: of the module statement" if imported() else ORIGIN
    PLAN = Plan.read(with_texts(dict(config), WRITTEN), Path(), on_cluster(), origin)
    if is_main_process():
        keep_settings(PLAN.config if imported() else None)
    IN_FILE, KEYS = load_config(Path()), ("trials", "max_epochs", "seed", "readings")
    OVERRIDES = {
        name: PLAN.overrides(IN_FILE, KEYS, report.studies)
        for name, report in PLAN.reports().items()
    }
except UserError as error:
    refuse(error)
except OSError as error:
    refuse(f"{error.filename}: {error.strerror}; check its name and permissions")

if not uses_conda():
    check_packages(machine.packages(PLAN))

# The reports that this build writes, by name.
REPORTS = PLAN.reports()
# Trainings of each study that need a GPU, if there is none.
LEFT_OUT = {name: PLAN.left_out(study) for name, study in PLAN.whole.items()}
# What the variants of each study train less of, and otherwise.
LIMITS = {name: list(PLAN.limits(study)) for name, study in PLAN.studies.items()}
# Versions of the libraries that train and predict: other versions may give other numbers.
NUMERICS = numeric_versions()
FINGERPRINTS = Fingerprints(SCRIPTS, Path(".snakemake/fingerprints.json"))

# Jobs read from `config` what must not trigger a rerun: the device, the number of trials to train
# in parallel, the folder by which all trainings of a machine share its cores (a job on a cluster has
# its own cores), the main process, and where the archives are.
# A new mapping, because an importing workflow may go on to use its own.
config = PLAN.config.model_dump()
if is_main_process():
    config.update(workers=cores_of_build(), places=".snakemake/cores")
else:
    config.update(workers=int(os.environ.get("SLURM_CPUS_PER_TASK", "1")), places=None)
config.update(process=os.getpid())
config.update(archives=parameters.archive_records(PLAN))


def code(script, *modules):
    """The fingerprint of the code that a script executes; comments do not change it."""
    return FINGERPRINTS.of(script, *modules)


def standin_of(study):
    """A study's stand-in, or nothing; the content of a real archive is tracked as a param.

    Snakemake asks for it only if a target needs the study. Then a missing archive ends the build,
    and so does a new one that cannot be used, before the arrays of the old one are deleted.
    """

    def asked(wildcards):
        if refusal := PLAN.refusal(study) or fault_of_replacement(PLAN, study):
            refuse(refusal)
        choice = PLAN.archives[study.name]
        return choice.path if choice.kind == "stand-in" else []

    return asked


def arrays(study):
    """The unpacked and split data set of a study.

    Only the digests in ``dataset`` cause a rerun. Snakemake compares the contents of small files
    alone, and large ones that were touched or copied would look new.
    """
    return {
        "images": ancient(f"results/data/{study.name}/images.npy"),
        "targets": ancient(f"results/data/{study.name}/{study.task.targets}.npy"),
        "split": ancient(f"results/data/{study.name}/split.csv"),
        "dataset": f"results/data/{study.name}/dataset.json",
    }


def weights(study, variant):
    """The pre-trained weights of a training, if it has any, or those that stand in for them.

    A missing file ends the build only where stand-ins are not allowed to replace it.
    """
    path = PLAN.weights(study, variant)

    def asked(wildcards):
        if fault := PLAN.missing_weights(study, variant):
            refuse(fault)
        return path

    return {"weights": asked} if path else {}


def features(study, exercise):
    """Inputs and params of a t-SNE map: of pixels, or of a network's features before training."""
    if not (study.task.boxed and exercise.network):
        data = {"data": PLAN.archives[study.name].kind, "code": code("show_tsne")}
        return {"input": {}, "params": {**data, "model": {}, "mapped": ""}}
    variant = PLAN.network(study, exercise)
    model = variant.settings.model.plain()
    said = {
        "data": PLAN.data_of(study, variant),
        "model": model,
        "mapped": ", ".join(filter(None, [f"features of {model['name']}", variant.otherwise])),
        "code": code("show_tsne", *feature_modules(variant)),
    }
    return {"input": weights(study, variant), "params": said}


def files_of(exercise, name):
    """A file of every training that an exercise shows, in the order of its variants."""
    predicted = name == "predictions.safetensors"
    return [
        f"results/{variant.predicted_as if predicted else variant.trained_as}/{name}"
        for variant in exercise.variants.values()
    ]


def readings_of(exercise):
    """The trainings of an exercise's readings."""
    return [reading.variant for variant in exercise.read for reading in variant.readings]


def raced(study, exercise):
    """The trainings of an exercise whose learning speed is compared."""
    return exercise.raced(study.variant)


def of_the_checkout(*names):
    """The project's own files, by paths that stay the same when the checkout moves."""
    return [os.path.relpath(ROOT / name) for name in names]


def in_report(file, shows, kind, rows, study=None, exercise=None, variant="all", studies=()):
    """Mark a file for Snakemake's own report, with its caption and label.

    The kind of data is read from the tables ``rows`` when the report is written, and from summaries
    whether trainings were shortened, so that the label describes the existing results, not the next
    build. A file of no study in particular rests on ``studies``, or on all. Images of a study that
    keeps them out of reports are not marked.
    """
    # What exercises show without training is never shortened.
    if kind == "figure" and study and not study.shows_images and shows in study.task.image_figures:
        return file
    within = [study] if study else studies
    exercises = [exercise] if exercise else [e for _, e in PLAN.exercises(*within)]
    summaries = [
        Path(f"results/{e.id}/summary.csv") for e in exercises if shows not in get_args(Shown)
    ]
    return report(
        file,
        caption=f"../../report/captions/{shows}.rst",
        category=category(study.title) if study else "All studies",
        subcategory=category(f"{exercise.id}: {exercise.title}") if exercise else None,
        # One label only: Snakemake turns several labels into switches and misplaces some of them.
        labels=lambda wildcards: {
            "result": result_label(shows, variant, kind, list(map(Path, rows)), summaries)
        },
    )


def table(name, study, exercise=None):
    """A table of an exercise or of a study, marked for Snakemake's own report."""
    file = f"results/{exercise.id if exercise else study.name}/{name}.csv"
    # Of a study's tables not all have a row, or a column of what it rests on.
    rows = file if exercise else f"results/{study.name}/timing.csv"
    return in_report(file, name, "table", [rows], study, exercise)


def balance(study):
    """The table of a data set's classes, marked for Snakemake's own report."""
    file = f"results/data/{study.name}/balance.csv"
    return in_report(file, "balance", "table", [file], study)


def samples(study):
    """The figure of a data set's images; the SVG is marked for Snakemake's own report."""
    svg, pdf = outputs.sample_files(study)
    rows = f"results/data/{study.name}/balance.csv"
    return [in_report(svg, "samples", "figure", [rows], study), pdf]


def headline(study):
    """The figure of all results of a study; the SVG is marked for Snakemake's own report."""
    svg, pdf = outputs.headline_files(study)
    rows = f"results/{study.name}/claims.csv"
    return [in_report(svg, "headline", "figure", [rows], study), pdf]


def build_time(study):
    """The figure of a study's run times; the SVG is marked for Snakemake's own report."""
    svg, pdf = outputs.build_time_files(study)
    return [in_report(svg, "durations", "figure", [f"results/{study.name}/timing.csv"], study), pdf]


def shown(study, exercise, kind):
    """The outputs of an exercise that need no training, marked for Snakemake's own report."""
    tables, figures = outputs.show_files(exercise, kind)
    rows = tables or [f"results/data/{study.name}/balance.csv"]
    marked = [in_report(file, kind, "table", [file], study, exercise) for file in tables]
    drawn = [
        in_report(file, kind, "figure", rows, study, exercise) if file.endswith(".svg") else file
        for file in figures
    ]
    return ({"table": marked[0]} if marked else {}) | ({"figure": drawn} if drawn else {})


def drawings(study, exercise):
    """The figures of an exercise; the SVGs are marked for Snakemake's own report."""

    def marked(file):
        shows, _, variant = Path(file).stem.partition("_")
        summary = f"results/{exercise.id}/summary.csv"
        return in_report(file, shows, "figure", [summary], study, exercise, variant or "all")

    files = outputs.figure_files(study, exercise)
    return [marked(file) if file.endswith(".svg") else file for file in files]


def drawing_of_readings(study, exercise):
    """The figure of an exercise's readings; the SVG is marked for Snakemake's own report."""
    rows, svg, pdf = outputs.reading_files(exercise)
    return [in_report(svg, "readings", "figure", [rows], study, exercise), pdf]


def drawings_of_agreement(study, exercise):
    """The table and the figures of an exercise's agreement, marked for Snakemake's own report."""
    rows, *drawn = outputs.agreement_files(exercise)
    names = {"agreement": drawn[:2], "masks": drawn[2:]}
    return {"table": table("agreement", study, exercise)} | {
        name: [in_report(svg, name, "figure", [rows], study, exercise), pdf]
        for name, (svg, pdf) in names.items()
    }


def studies_of(report):
    """The studies of a report."""
    return [PLAN.studies[name] for name in report.studies]


def figures(suffix, report):
    """The figures of a report's studies and exercises, as "svg" or as "pdf"."""
    studies = studies_of(report)
    shown = [file for _, e, kind in PLAN.shows(*studies) for file in outputs.show_files(e, kind)[1]]
    drawn = [
        *(
            file
            for study in studies
            for file in (*outputs.build_time_files(study), *outputs.sample_files(study))
        ),
        *(file for study in studies for file in outputs.headline_files(study)),
        *shown,
        *(
            file
            for _, e in readings.exercises_with_readings(PLAN, *studies)
            for file in outputs.reading_files(e)
        ),
        *(file for _, e in PLAN.agreeing(*studies) for file in outputs.agreement_files(e)),
        *(f for study, e in PLAN.exercises(*studies) for f in outputs.figure_files(study, e)),
    ]
    return [file for file in drawn if file.endswith(f".{suffix}")]


def outputs_of_build(wildcards):
    """The reports and results of the build. A function: other targets do without thousands of paths."""
    return [*outputs.report_files(PLAN), *outputs.results(PLAN)]


# The long texts of the report.
PROSE = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("report/prose/*.md"))


def report_inputs(suffix, report, *templates):
    """The inputs of a report; only the formats of the figures differ between report formats.

    A function, as `outputs_of_build` is.
    """

    def asked(wildcards):
        studies = studies_of(report)
        exercises = [(study, exercise.id) for study, exercise in PLAN.exercises(*studies)]
        trained = [variant.key for _, variant in PLAN.trained_variants(*studies)]
        data = [f"results/data/{name}" for name in report.studies]
        return {
            "summaries": [f"results/{id_}/summary.csv" for _, id_ in exercises],
            "results": [
                f"results/{id_}/{name}.csv"
                for study, id_ in exercises
                for name in study.task.tables
            ],
            "fits": [f"results/{id_}/fit.csv" for _, id_ in exercises],
            "parts": [
                f"results/{e.id}/parts.csv" for _, e in PLAN.exercises(*studies) if e.reports_parts
            ],
            "comparisons": [f"results/{id_}/comparisons.csv" for _, id_ in exercises],
            "tables": [
                f"results/{name}/{table}.csv" for name in report.studies for table in TABLES
            ],
            "records": [f"results/{key}/run.json" for key in trained],
            "histories": [f"results/{key}/history.csv" for key in trained],
            "sources": [f"{folder}/source.json" for folder in data],
            "splits": [f"{folder}/split.csv" for folder in data],
            "equal": [f"{folder}/equal_images.csv" for folder in data],
            "balance": [f"{folder}/balance.csv" for folder in data],
            "figures": figures(suffix, report),
            "readings": [
                outputs.reading_files(e)[0]
                for _, e in readings.exercises_with_readings(PLAN, *studies)
            ],
            "shown": [
                f for _, e, kind in PLAN.shows(*studies) for f in outputs.show_files(e, kind)[0]
            ],
            "templates": of_the_checkout(*templates),
        }

    return unpack(asked)


def report_params(name):
    """Content of a report that comes from no file of the build, without the formats."""
    own = REPORTS[name]
    return {
        "studies": parameters.digest(PLAN, own),
        "left_out": [key for name in own.studies for key in LEFT_OUT[name]],
        "limits": {name: LIMITS[name] for name in own.studies},
        "asked": {
            "report": own.model_dump(exclude={"studies"}),
            **{key: config[key] for key in ("seed", "trials", "margins", "readings")},
            "overrides": OVERRIDES[name],
        },
    }


def written_report(name, suffix, kind):
    """A report in a format, marked for Snakemake's own report."""
    studies = studies_of(REPORTS[name])
    rows = [f"results/{study.name}/timing.csv" for study in studies]
    file = f"results/reports/{name}.{suffix}"
    return in_report(file, "report", kind, rows, variant=name, studies=studies)
