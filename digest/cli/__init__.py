"""The command line: what can be asked, and the exit code of the answer.

Importing this costs argparse and nothing else: each command's module, and all that it needs,
is imported when that command runs.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from collections.abc import Sequence

from digest.cli import parser
from digest.errors import DigestError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    # Nearly all that a command makes while it starts stays: to look through it for garbage again and again took 10 %.
    gc.set_threshold(200_000, 20, 50)
    # To look for plug-ins of pydantic's, of which none has a say here, is to read what every package says of itself.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    arguments = parser.whole().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    module, _, function = arguments.run.partition(":")
    try:
        command = getattr(importlib.import_module(f"digest.cli.{module}"), function)
        return int(command(arguments) or 0)
    except DigestError as error:
        print(f"digest: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("digest: interrupted; run the same command again to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `digest explain | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if arguments.debug:
            raise
        kind = type(error).__name__
        print(f"digest: unexpected {kind}: {error}\n  run it with --debug to see where", file=sys.stderr)
        return 1
