"""Minify the snippets into ``packed/``, at development time: ``python espsh/onboard/pack.py``.

Names at module level stay, since snippets and the host call each other by them; the rest is shortened.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_SNIPPETS = {"__init__", "pack"}


def snippets():
    """Return the names of the snippets."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_SNIPPETS)


def packed(name):
    """Return the minified text of a snippet."""
    import python_minifier

    text = (HERE / (name + ".py")).read_text(encoding="utf-8")
    return (
        python_minifier.minify(
            text,
            rename_globals=False,
            rename_locals=True,
            hoist_literals=False,
            remove_literal_statements=True,
            remove_annotations=True,
            convert_posargs_to_args=False,
            remove_builtin_exception_brackets=True,
        ).strip()
        + "\n"
    )


if __name__ == "__main__":
    for name in snippets():
        (HERE / "packed" / (name + ".py")).write_text(packed(name), encoding="utf-8")
        sys.stdout.write("%5d %s\n" % (len(packed(name)), name))
