"""``python -m dlia``: what the workflow knows, without running it."""

import argparse
import sys

from dlia.commands import doctor, status, variants, verify
from dlia.errors import UserError


def main() -> int:
    """Run the command given on the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dlia", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True)
    for command in (doctor, status, variants, verify):
        command.register(commands)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except UserError as error:
        print(f"dlia: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # The reader of the pipe, such as head, has exited.
        sys.stderr.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
