"""What goes wrong because of something that the user can mend."""


class UserError(Exception):
    """A fault in a file, key or entry that the user provided.

    Its text is all that the user sees: it names the file, the key or entry, and the remedy.
    """


def listing(offences: list[str], limit: int = 20) -> str:
    """Join the first ``limit`` offences, one a line, and say how many more there are."""
    lines = [f"  {offence}" for offence in offences[:limit]]
    if len(offences) > limit:
        lines.append(f"  ... and {len(offences) - limit} more ({len(offences)} in all)")
    return "\n".join(lines)
