"""Checks an unpacked crate with roc-validator and mlcroissant, and prints what is wrong.

    python tests/validators/check.py FOLDER

Runs in an environment of its own (requirements.txt beside it), without the network: the meaning
of the terms, which RO-Crate publishes on the web, is stated here.
"""

import sys
from pathlib import Path

import mlcroissant
from rocrate_validator import models, services
from rocrate_validator.utils import document_loader

SCHEMA, BIOSCHEMAS = "http://schema.org/", "https://bioschemas.org/"
# Terms of RO-Crate 1.1 that are not those of schema.org of the same name.
TERMS = {
    "@vocab": SCHEMA,
    "File": f"{SCHEMA}MediaObject",
    "ComputationalWorkflow": f"{BIOSCHEMAS}ComputationalWorkflow",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
}
# Whether the published context can be reached, and whether all terms are in it.
OF_THE_NETWORK = ["ro-crate-1.1_3.1", "ro-crate-1.1_3.2"]


def faults_of_crate(folder: Path) -> list[str]:
    """Give what the profile Workflow Run Crate requires and the crate lacks."""
    document_loader._fetch_json_ld = lambda _: {"@context": TERMS}
    settings = services.ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier="workflow-run-crate",
        requirement_severity=models.Severity.REQUIRED,
        skip_checks=OF_THE_NETWORK,
    )
    issues = services.validate(settings).get_issues()
    return [f"{issue.check.identifier}: {issue.message}" for issue in issues]


def faults_of_data_set(file: Path) -> list[str]:
    """Give what a description in Croissant lacks."""
    try:
        mlcroissant.Dataset(jsonld=file)
    except mlcroissant.ValidationError as error:
        return str(error).splitlines()
    return []


def main() -> None:
    """Print all faults of the crate in the folder that is named; exit with 1 if there are any."""
    folder = Path(sys.argv[1])
    faults = faults_of_crate(folder)
    described = sorted((folder / "data").glob("*.json"))
    for file in described:
        faults += [f"{file.name}: {fault}" for fault in faults_of_data_set(file)]
    print("\n".join([*faults, f"{len(described)} data sets, {len(faults)} faults"]))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
