"""What a build says before its first job."""

from dlia.plan.plan import Plan
from dlia.runtime.gpus import has_gpu
from dlia.study.origins import REAL_BUT_WEIGHTS, STANDIN
from dlia.study.shorten import stated_weights


def standin_note(plan: Plan, studies: set[str]) -> str:
    """Return a note on those of ``studies`` that are built from stand-ins, else ""."""
    drawn = [
        study.data.archive
        for name, study in plan.studies.items()
        if name in studies and plan.archives[name].kind == STANDIN
    ]
    if not drawn:
        return ""
    remedy = (
        "set standins: auto"
        if plan.config.standins is True
        else f"put it into {plan.config.data_dir}/ or name its folder by --config data_dir=..."
    )
    return (
        f"generated stand-ins replace {' and '.join(drawn)}: the results will say nothing "
        f"about the original reports.\n      To build from a real archive, {remedy}"
    )


def weights_note(plan: Plan, files: set[str]) -> str:
    """Return a note on the stand-in weights among ``files`` that replace missing ones, else ""."""
    said = [
        stated_weights(variant)
        for study, variant in plan.trained_variants()
        if plan.data_of(study, variant) == REAL_BUT_WEIGHTS
        and plan.weights(study, variant) in files
    ]
    each = {f"{one.file} (SHA-256 {one.sha256[:16]}; {one.origin})" for one in said if one}
    if not each:
        return ""
    return (
        f"stand-in weights, trained on drawn shapes, replace {' and '.join(sorted(each))}: "
        "results of their variants are marked, and test no claim.\n      To train from the "
        "file, put it beside the archive"
    )


def device_note(plan: Plan) -> str:
    """Return a note on the device of the trainings if it may surprise the user, else "".

    Raises:
        UserError: device is cuda, but PyTorch finds no GPU.
    """
    wanted = plan.config.device
    if wanted == "auto" and not has_gpu():
        return "no GPU here: trainings run on the CPU (device: auto)"
    if wanted != "cuda":
        return ""
    # Imported here because importing PyTorch takes seconds.
    from dlia.runtime.devices import choose_device

    choose_device(wanted)
    return ""
