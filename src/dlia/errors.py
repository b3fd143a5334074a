"""Errors that the user can fix."""


class UserError(Exception):
    """An error in a file, key or archive entry that the user provided.

    The user sees the message only, without a traceback. It has to name the file, the key or entry,
    what is wrong, and what to do. Characters that cannot be printed, such as those that command a
    terminal, are written as Python writes them.
    """

    def __init__(self, text: str) -> None:
        shown = (c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
        super().__init__("".join(shown))


def listing(offences: list[str], limit: int = 20) -> str:
    """List the first ``limit`` offences, one per line, and how many more there are."""
    lines = [f"  {offence}" for offence in offences[:limit]]
    if len(offences) > limit:
        lines.append(f"  ... and {len(offences) - limit} more ({len(offences)} in all)")
    return "\n".join(lines)
