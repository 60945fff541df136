"""`hubctl version`."""

from importlib import metadata

from ops.cli.output import Report


def version() -> Report:
    """Show the version of this program.

    Example: hubctl version
    """
    try:
        number = metadata.version("voucher-exchange-hub")
    except metadata.PackageNotFoundError:
        number = "0 (not installed: run from a checkout)"
    return Report("version", {"version": number}, [f"hubctl {number}"])
