"""What is wrong with a declaration is said when it is taken, with the file and the line."""

from __future__ import annotations

from types import ModuleType

import pytest

from espsh.core.command import DeclarationError
from espsh.core.params import FLAG, TEXT, Candidate, Number
from espsh.core.registry import Registry

HEAD = """\
from typing import Annotated
from espsh.api import TEXT, Arg, Choice, Number, Opt, command
from espsh.core.params import FLAG
"""
RIGHT = '''
@command(boards="none")
def hello(ctx, name: Annotated[str, Arg(TEXT, "whom")] = "you", *,
          loud: Annotated[bool, Opt("-l", "--loud", help="louder")] = False):
    """Greet somebody."""
'''
WRONG = {
    "no summary": ('"""Greet somebody."""', "pass", "the docstring is missing, whose first line is its summary"),
    "an empty summary": ('"""Greet somebody."""', '"""  """', "the docstring is missing"),
    "boards": ('"none"', '"all"', "boards='all' is none of: one, each, set, none"),
    "needs": ('"none"', '"none", needs="wifi"', "needs='wifi' is none of: MicroPython, port"),
    "two words": ("@command(", '@command("say hello", ', "'say hello' is no word that a line can begin with"),
    "nothing": ("@command(", '@command(name="", aliases=("",), ', "no word"),
    "a semicolon": ("@command(", '@command("a;b", ', "'a;b' is no word"),
    "a quote": ("@command(", "@command(\"it's\", ", "no word"),
    "a comment": ("@command(", '@command("#1", ', "'#1' is no word"),
    "a set": ("@command(", '@command("@lab", ', "'@lab' is no word"),
    "a redirection": ("@command(", '@command("a>b", ', "'a>b' is no word"),
    "an escape": ("@command(", '@command("a\\x1b[31m", ', "no word"),
    "the same alias": ("@command(", '@command(aliases=("hi", "hi"), ', "'hi' is there twice"),
    "its name as alias": ("@command(", '@command(aliases=("hello",), ', "'hello' is there twice"),
    "one example": ("@command(", '@command(examples=("hello"), ', "examples are a tuple of lines"),
    "an option twice": ('"--loud"', '"-l"', "option -l is there twice"),
    "an option without dashes": ('"--loud"', '"loud"', "option loud is spelled neither -x nor --word"),
    "a long short option": ('"--loud"', '"-loud"', "option -loud is spelled neither"),
    "an option of two words": ('"--loud"', '"--very loud"', "spelled neither"),
    "an option that help has": ('"--loud"', '"--help"', "option --help is every command's"),
    "an option without spelling": ('"-l", "--loud", ', "", "option 'loud' can never be given"),
    "an option that is required": ('help="louder")] = False', 'help="louder")]', "option -l needs a default"),
    "a flag that is on": ("= False", "= True", "option -l can never be off"),
    "a flag as argument": ("Arg(TEXT,", "Arg(FLAG,", "argument 'name' can never be filled: FLAG is for options"),
    "a class for a type": ("Arg(TEXT,", "Arg(Number,", "parameter 'name': Number is a class, and no parameter type"),
    "a Python type": ("Arg(TEXT,", "Arg(int,", "parameter 'name': int is a class"),
    "half a type": ("Arg(TEXT,", "Arg('text',", "'text' is no parameter type: it has no metavar, no parse, no comp"),
    "no declaration": ('Annotated[str, Arg(TEXT, "whom")]', "str", "parameter 'name' has no Arg(…) or Opt(…)"),
    "an unknown name": ("Annotated[str,", "'Annotated[Strange,", None),
    "an option as argument": ('Arg(TEXT, "whom")', 'Opt("-n", help="whom")', "options are keyword-only parameters"),
    "args": ("*,\n", "*names: str,\n", "*args, **kwargs and parameters before a / can never be filled"),
    "kwargs": ("= False)", "= False, **more)", "can never be filled"),
    "positional only": ("*,\n", "/, *,\n", "can never be filled"),
    "no context": ('ctx, name: Annotated[str, Arg(TEXT, "whom")] = "you", ', "", "its first parameter is the context"),
    "a generator": ("somebody.\"\"\"", "somebody.\"\"\"\n    yield", "its body would never run"),
    "a coroutine": ("def hello", "async def hello", "its body would never run"),
    "two of many": ('"whom")] = "you"', '"whom", many="*")], rest: Annotated[str, Arg(TEXT, "x", many="+")]',
                    "only one argument may take many words: name, rest"),
    "all words, not at the end": ('"whom")] = "you"', '"whom", many="...")], last: Annotated[str, Arg(TEXT, "x")]',
                                  "'name' takes all words that are left, and is not the last"),
    "a rest without argument": ('boards="none")\ndef hello(ctx, name: Annotated[str, Arg(TEXT, "whom")] = "you", *,',
                                'rest="")\ndef hello(ctx, *,', "it takes the rest of the line, and has no argument"),
    "a danger without -y": ('boards="none"', 'destroys=lambda options: "all"', "needs an option -y"),
}  # fmt: skip


def take(source: str) -> tuple[str, ...]:
    module = ModuleType("plugin_under_test")
    module.__file__ = "/some/hello.py"
    exec(compile(HEAD + source, "/some/hello.py", "exec"), module.__dict__)
    return Registry({}).add(module, "plugin hello")


def test_what_is_right_is_taken() -> None:
    assert take(RIGHT) == ("hello",)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name: str) -> None:
    old, new, problem = WRONG[name]
    assert RIGHT.count(old) == 1
    source = RIGHT.replace(old, new)
    if problem is None:
        source, problem = source.replace('"whom")]', '"whom")]\''), "its annotations cannot be read"
    with pytest.raises(DeclarationError) as raised:
        take(source)
    assert problem in str(raised.value)
    assert (raised.value.file, raised.value.line) == ("/some/hello.py", 5)


def test_what_is_no_function() -> None:
    with pytest.raises(DeclarationError, match="@command is for functions, and <class"):
        take("@command('hello')\nclass Hello: pass")


def test_the_same_name_twice_in_one_plugin() -> None:
    with pytest.raises(DeclarationError, match="'hello' exists already, from plugin hello") as raised:
        take(RIGHT + RIGHT.replace("def hello", "def hallo").replace("@command(", '@command("hello", '))
    assert raised.value.line == 10


class Even:
    """A parameter type of a plugin's own: no base class is needed."""

    metavar = "EVEN"

    def parse(self, word: object, scope: object) -> int:
        return 2

    def complete(self, prefix: str, scope: object) -> list[Candidate]:
        return [Candidate("2")]


@pytest.mark.parametrize("kind", [TEXT, FLAG, Number(), Even()])
def test_what_can_be_a_type(kind: object) -> None:
    from espsh.core.declaration import _of_type

    assert _of_type(kind) == ""
