"""The interactive front end: prompt, completion, REPL pass-through."""
