"""TAB in bash, from 3.2 on, the one of macOS: no arrays by name, nothing of the package bash-completion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from shlex import quote

from espsh.core.command import Command
from espsh.shell.host.vocabulary import PORT_PATTERNS, VIRTUAL_PORTS, Flag, entries, names_of, own_flags

SCRIPT = r"""# TAB for espsh in bash. Made by: espsh --completion bash
_espsh_about() {
    case $1 in
@TABLE@
    *) options='' valued='' takes='' ;;
    esac
}

_espsh_kind() {  # the kind of value that option $1 has
    local pair
    for pair in $valued; do
        [[ ${pair%%=*} == "$1" ]] && kind=${pair#*=}
    done
}

_espsh_offer() {  # what words of kind $1 there are
    case $1 in
    files) compgen -f -- "$cur" ;;
    ports) compgen -W "$(@PORTS@) @VIRTUAL@" -- "${cur#*=}" ;;
    commands) compgen -W '@COMMANDS@' -- "$cur" ;;
    '' | unknown) ;;
    *) compgen -W "${1//|/ }" -- "$cur" ;;
    esac
}

_espsh() {
    local line=$COMP_LINE word cur='' command='' kind='' options valued takes i cut
    local -a words=() places
    # bash ends words at : and =, too, a Unix shell does not.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i -gt 0 && $line != [[:blank:]]* ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        line=${line#"${line%%[![:blank:]]*}"}
        line=${line#"$word"}
    done
    cur=${words[${#words[@]} - 1]}
    _espsh_about ''
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        word=${words[i]}
        if [[ -n $kind ]]; then
            kind=''
        elif [[ $word == -* ]]; then
            _espsh_kind "$word"
        elif [[ -z $command && $word != @* ]]; then
            command=$word
            _espsh_about "$command"
            places=($takes)
        elif [[ ${#places[@]} -gt 1 ]]; then
            places=("${places[@]:1}")  # what follows the last word is as that
        fi
    done
    if [[ -n $kind ]]; then
        :
    elif [[ $cur == -* ]]; then
        kind="${options// /|}"
    elif [[ -z $command ]]; then
        kind='@all|@WORDS@'
    else
        kind=${places[0]}
    fi
    COMPREPLY=()
    cut=${cur%"${cur##*[:=]}"}
    [[ $kind == ports ]] && cut=${cut#*=}  # NAME= stands before it
    while IFS= read -r word; do
        [[ -n $word ]] && COMPREPLY+=("${word#"$cut"}")
    done < <(_espsh_offer "$kind")
    [[ $kind == files ]] && compopt -o filenames 2>/dev/null
    return 0
}

complete -F _espsh espsh
"""


def bash_completion(commands: Sequence[Command]) -> str:
    """Return the script that gives bash TAB for espsh: source it, or put it where bash-completion looks."""
    known = entries(commands)
    table = [_case("''", own_flags(), ()), *(_case("|".join(entry.names), entry.flags, entry.takes) for entry in known)]
    parts = {
        "TABLE": "\n".join(table),
        "PORTS": "; ".join(f"compgen -G '{pattern}'" for pattern in PORT_PATTERNS),
        "VIRTUAL": " ".join(VIRTUAL_PORTS),
        "COMMANDS": " ".join(names_of(known)),
        "WORDS": "|".join(names_of(known)),
    }
    script = SCRIPT
    for name, text in parts.items():
        script = script.replace(f"@{name}@", text)
    return script


def _case(pattern: str, flags: Iterable[Flag], takes: Iterable[str]) -> str:
    flags = list(flags)
    options = " ".join(spelling for flag in flags for spelling in flag.spellings)
    help_word = "" if any("--help" in flag.spellings for flag in flags) else " --help"
    valued = " ".join(f"{spelling}={flag.value}" for flag in flags if flag.value for spelling in flag.spellings)
    parts = {"options": options + help_word, "valued": valued, "takes": " ".join(takes)}
    return f"    {pattern}) {' '.join(f'{name}={quote(text)}' for name, text in parts.items())} ;;"
