"""`hubctl version`."""

from importlib import metadata

from ops.cli.output import Report, Said


def version() -> Report:
    """Show the version of this program.

    Example: hubctl version
    """
    try:
        number = metadata.version("voucher-exchange-hub")
    except metadata.PackageNotFoundError:
        number = "0 (not installed: run from a checkout)"
    told = number.replace("not installed: run from a checkout", "未安装，从源码目录运行")
    return Report("version", {"version": number}, [Said(f"hubctl {number}", f"hubctl {told}")])
