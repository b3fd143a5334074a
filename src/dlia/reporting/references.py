"""References of the report: what the methods rest on, and the sources of the studies."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dlia.reporting.data_sets import NOT_STATED
from dlia.study.model import Study

METHODS = {
    "dice": (
        "Dice",
        "L. R. Dice: Measures of the amount of ecologic association between species. Ecology 26"
        " (1945), 297-302.",
    ),
    "efron": (
        "Efron",
        "B. Efron: Bootstrap methods: another look at the jackknife. Annals of Statistics 7 "
        "(1979), 1-26.",
    ),
    "fisher": ("Fisher", "R. A. Fisher: The design of experiments. Oliver and Boyd, 1935."),
    "hedges": (
        "Hedges",
        "L. V. Hedges: Distribution theory for Glass's estimator of effect size and related "
        "estimators. Journal of Educational Statistics 6 (1981), 107-128.",
    ),
    "holm": (
        "Holm",
        "S. Holm: A simple sequentially rejective multiple test procedure. Scandinavian Journal"
        " of Statistics 6 (1979), 65-70.",
    ),
    "mcnemar": (
        "McNemar",
        "Q. McNemar: Note on the sampling error of the difference between correlated "
        "proportions or percentages. Psychometrika 12 (1947), 153-157.",
    ),
    "pineau": (
        "Pineau",
        "J. Pineau et al.: Improving reproducibility in machine learning research. Journal of "
        "Machine Learning Research 22 (2021), article 164.",
    ),
    "simonsohn": (
        "Simonsohn",
        "U. Simonsohn, J. P. Simmons, L. D. Nelson: Specification curve analysis. Nature Human "
        "Behaviour 4 (2020), 1208-1214.",
    ),
    "steegen": (
        "Steegen",
        "S. Steegen, F. Tuerlinckx, A. Gelman, W. Vanpaemel: Increasing transparency through a "
        "multiverse analysis. Perspectives on Psychological Science 11 (2016), 702-712.",
    ),
    "wilson": (
        "Wilson",
        "E. B. Wilson: Probable inference, the law of succession, and statistical inference. "
        "Journal of the American Statistical Association 22 (1927), 209-212.",
    ),
}


@dataclass(frozen=True)
class Reference:
    """A reference.

    Attributes:
        label: Its anchor, without the prefix reference-.
        key: What citations show.
        study: The study that cites it, or "".
    """

    label: str
    key: str
    text: str
    study: str = ""


def references(studies: Sequence[Study]) -> list[Reference]:
    """Return every cited source and data set of the studies, the data of a study last.

    If two studies use a key for different texts, the name of the study is added to the key.
    """
    items = [
        (study.name, key, text)
        for study in studies
        for key, text in (
            *study.sources.items(),
            (study.data.archive.split(".")[0], study.data.citation or NOT_STATED),
        )
    ]
    texts: dict[str, set[str]] = defaultdict(set)
    for _, key, text in items:
        texts[key].add(text)
    labels: dict[tuple[str, str], str] = {}
    found = []
    for study, key, text in items:
        own = f"{key} ({study})" if len(texts[key]) > 1 else key
        # Labels are numbered, because a key may have any characters.
        label = labels.setdefault((own, text), f"source-{len(labels) + 1}")
        found.append(Reference(label, own, text, study))
    return found


def once(items: Sequence[Reference]) -> list[Reference]:
    """Return every reference once, in the order of the first citation, and those of the methods."""
    methods = [Reference(label, key, text) for label, (key, text) in METHODS.items()]
    return [*{item.label: item for item in items}.values(), *methods]
