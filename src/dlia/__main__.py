# PYTHON_ARGCOMPLETE_OK
"""The command ``dlia``, also ``python -m dlia``: what the workflow knows, without building."""

import argparse
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from dlia.runtime.environment import clean

clean(Path(".snakemake/cache"))  # Before the next imports, which might find other packages.

from dlia.commands import (  # noqa: E402
    compare,
    detect,
    doctor,
    fetch,
    new_study,
    status,
    variants,
    verify,
)
from dlia.commands.folder import enter  # noqa: E402
from dlia.errors import UserError  # noqa: E402
from dlia.runtime.terminal import wrapped  # noqa: E402
from dlia.study.messages import suggestion  # noqa: E402

_COMMANDS = {
    "compare": compare,
    "detect": detect,
    "doctor": doctor,
    "fetch": fetch,
    "new-study": new_study,
    "status": status,
    "variants": variants,
    "verify": verify,
}
_EXAMPLE = "example: %(prog)s variants ex1_2/sgd\nexamples of a command: %(prog)s variants --help"


class _Parser(argparse.ArgumentParser):
    """Parser whose errors are one line, with a suggestion for a misspelt command."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        """Print what is wrong with the command line, and exit with status 2."""
        unknown = re.search(r"invalid choice: '(.*?)'", message)
        if unknown:
            message = f"{unknown[1]}: no such command{suggestion(unknown[1], list(_COMMANDS))}"
        self.exit(2, f"dlia: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    called = Path(sys.argv[0]).name
    top = _Parser(
        prog="python -m dlia" if called == "__main__.py" else "dlia",
        description="Shows what the workflow knows. Builds are started with make or snakemake.",
        epilog=_EXAMPLE,
    )
    top.add_argument(
        "--directory",
        metavar="FOLDER",
        default=".",
        help="the folder of the build, as for snakemake --directory; by default this one",
    )
    commands = top.add_subparsers(title="commands", metavar="command", required=True)
    for command in _COMMANDS.values():
        command.register(commands)
    return top


def main() -> int:
    """Run the command given on the command line.

    Returns:
        The exit status: 0 or what the command says, 1 for an error that the user can fix (2 for
        one in the command line), or 128 and the number of the signal that ended the command, as
        in a shell.
    """
    top = parser()
    if "_ARGCOMPLETE" in os.environ:  # the shell asks for completions
        import argcomplete

        argcomplete.autocomplete(top)
    arguments = top.parse_args()
    try:
        enter(arguments.directory)
        status: int | None = arguments.run(arguments)
        sys.stdout.flush()  # Here, where a closed pipe is handled, and not at exit.
    except UserError as error:
        print(wrapped(f"dlia: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("dlia: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:  # The reader of the pipe, such as head, has exited.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"dlia: {text}", file=sys.stderr)
        return 1
    return status or 0


if __name__ == "__main__":
    sys.exit(main())
