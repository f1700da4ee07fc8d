"""Sets of boards that have a name."""

from __future__ import annotations

from typing import Annotated

from espsh.api import SET, Arg, Context, NotFoundError, Opt, Table, UsageError, command, group_boards


@command(
    boards="none",
    examples=("group lab = attic,kitchen", "group rest = all!@lab", "group c3 = chip:esp32c3", "group", "group -d lab"),
)
def group(
    ctx: Context,
    words: Annotated[list[str], Arg(SET, "a name; then = and the set it stands for", many="*")],
    *,
    delete: Annotated[bool, Opt("-d", "--delete", help="forget the group")] = False,
) -> None:
    """List the groups of boards, show one, or call a set of boards by a name; @NAME then stands for it.

    A set joins boards, groups, chips and globs by , (or), ! (but not), & (and also), ^ (in one of both), from left to
    right. Groups are kept on this computer. What a group holds is looked at when it is used; a board that is not
    connected then is an error, but for commands that only show something.
    """
    name, equals, members = "".join(words if "=" in "".join(words) else words[:1]).partition("=")
    if delete and (equals or len(words) != 1):
        raise UsageError("-d takes the name of one group", "usage: group -d NAME")
    if len(words) > 1 and not equals:
        raise UsageError(f"'{words[1]}' is one word too many", "usage: group NAME = SET")
    if delete:
        ctx.session.groups.delete(name)
    elif equals:
        _keep(ctx, name, members.removeprefix("@"))
    else:
        _show(ctx, name)


def _keep(ctx: Context, name: str, members: str) -> None:
    if name in ctx.session.boards:
        raise UsageError(f"a board is called '{name}'", "give the group another name")
    ctx.session.groups.keep(name, members)
    absent = group_boards(name, ctx.session.members, ctx.session.groups.all()).absent
    if absent:
        ctx.out.note(f"not connected now: {', '.join(absent)}")


def _show(ctx: Context, name: str) -> None:
    groups = ctx.session.groups.all()
    if name and name not in groups:
        raise NotFoundError(f"no group '{name}'", f"groups: {', '.join(sorted(groups)) or 'none'}")
    rows = []
    for known in [name] if name else groups:
        here, absent = group_boards(known, ctx.session.members, groups)
        rows.append([known, groups[known], ",".join(here) or "-", ",".join(absent) or "-"])
    if rows:
        ctx.out.table(Table(("group", "set", "connected", "not connected"), rows))
    else:
        ctx.out.note("there are no groups; make one: group lab = attic,kitchen")
